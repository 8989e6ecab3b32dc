import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginIdempotent, endIdempotent } from '#signing-api/steps/idempotent';
import { DEAD_REQUEST_MS, REQUEST_TIMEOUT_MS } from '#signing-api/timeouts';
import { makeWorld, waitFor, type World } from '../support/world.ts';

let world: World;
let key: string;
let operator: string;
beforeAll(async () => {
  world = await makeWorld();
  key = await world.key('district', '760');
  operator = await world.key('operator');
});
afterAll(() => world.close());

const units = (name: string) => ({
  units: [{ kind: 'facility', code: '79-09999', name, district: '760', validFrom: '2021-01-01' }],
});
const post = (path: string, body: unknown, idempotencyKey: string | null, by = operator) =>
  world.call('POST', path, { key: by, body, idempotencyKey });

describe('an Idempotency-Key', () => {
  it('is needed wherever something is made', async () => {
    for (const bad of [null, 'short', 'x'.repeat(101), 'with space in it'])
      expect(await post('/v1/units', units('A'), bad)).toMatchObject({
        status: 400,
        body: { code: 'IDEMPOTENCY_KEY_MISSING' },
      });
    expect(
      await world.call('POST', '/v1/imports', {
        key: operator,
        raw: '{}',
        type: 'application/x-ndjson',
        idempotencyKey: null,
      }),
    ).toMatchObject({
      status: 400,
      body: { code: 'IDEMPOTENCY_KEY_MISSING' },
    });
  });

  it('gives the same answer again, and does the work once', async () => {
    const once = randomUUID();
    const first = await post('/v1/identity-checks', {}, once);
    expect(first.status).toBe(202);
    const again = await post('/v1/identity-checks', {}, once);
    expect({ status: again.status, body: again.body }).toEqual({ status: 202, body: first.body });
    const jobs = await world.sql(`select from jobs where job_id = $1`, [first.body['jobId']]);
    expect(jobs).toHaveLength(1);
  });

  it('gives the place of what was made again', async () => {
    const ask = (once: string) =>
      fetch(`${world.url}/v1/identity-checks`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${operator}`,
          'idempotency-key': once,
          'content-type': 'application/json',
        },
        body: '{}',
      });
    const once = randomUUID();
    const [first, again] = [await ask(once), await ask(once)];
    expect(first.headers.get('location')).toMatch(/^\/v1\/jobs\//);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
  });

  it('whose row was swept away while its request ran keeps the answer all the same', async () => {
    const slot = {
      caller: 'somebody',
      route: 'POST /v1/units',
      key: randomUUID(),
      bodySha256: Buffer.alloc(32),
    };
    expect(await beginIdempotent(world.service, slot)).toBeNull();
    await world.sql('delete from idempotency_keys where key = $1', [slot.key]);
    await endIdempotent(world.service, slot, { status: 201, answer: '{"added":1}', location: null });
    expect(await beginIdempotent(world.service, slot)).toMatchObject({ status: 201, answer: '{"added":1}' });
    const other = { ...slot, bodySha256: Buffer.alloc(32, 1) };
    await endIdempotent(world.service, other, { status: 201, answer: '{"added":2}', location: null });
    expect(await beginIdempotent(world.service, slot)).toMatchObject({ answer: '{"added":1}' });
  });

  it('is refused with another body', async () => {
    const once = randomUUID();
    expect((await post('/v1/units', units('A'), once)).status).toBe(201);
    expect(await post('/v1/units', units('B'), once)).toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    });
    expect((await post('/v1/units', units('A'), once)).body).toEqual({ added: 1 });
  });

  it('belongs to its caller and its route', async () => {
    const once = randomUUID();
    expect((await post('/v1/identity-checks', {}, once)).status).toBe(202);
    expect((await post('/v1/identity-checks', {}, once, key)).status).toBe(202);
    expect((await post('/v1/units', units('C'), once)).status).toBe(201);
  });

  it('is free again after a refusal', async () => {
    const once = randomUUID();
    expect((await post('/v1/batches', { mode: 'list' }, once, key)).body).toMatchObject({
      code: 'BATCH_EMPTY',
    });
    expect((await post('/v1/batches', { mode: 'list' }, once, key)).body).toMatchObject({
      code: 'BATCH_EMPTY',
    });
  });

  it('of an answer with a secret is refused on repeat, and the secret is not kept', async () => {
    const once = randomUUID();
    const first = await post('/v1/enrolments', {}, once, key);
    expect(first.status).toBe(201);
    expect(await post('/v1/enrolments', {}, once, key)).toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    });
    const [kept] = await world.sql<{ text: string }>(
      `select string_agg(t::text, ' ') as text from idempotency_keys t`,
    );
    expect(kept?.text).not.toContain(String(first.body['code']));
  });

  it('says that a request still runs, for that time only', async () => {
    const once = randomUUID();
    await world.sql(
      `insert into idempotency_keys (caller, route, key, body_sha256, at)
       select key_id::text, 'POST /v1/identity-checks', $1, sha256('{}'), now() from api_keys where role = 'operator' limit 1`,
      [once],
    );
    expect(await post('/v1/identity-checks', {}, once)).toMatchObject({
      status: 409,
      body: { code: 'IDEMPOTENCY_IN_PROGRESS' },
    });
    // the process that took the key is gone: the sweep frees it, but not before the longest request is over
    expect(DEAD_REQUEST_MS).toBeGreaterThan(REQUEST_TIMEOUT_MS);
    world.clock.offsetMs = DEAD_REQUEST_MS + 60_000;
    await waitFor(
      async () => (await world.sql('select from idempotency_keys where key = $1', [once])).length === 0,
    );
    expect((await post('/v1/identity-checks', {}, once)).status).toBe(202);
  });
});

import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problem } from '#core/wire/problem';
import { buildApp } from '#signing-api/app';
import type { App } from '#signing-api/routes/app-type';
import { JobRunner } from '#signing-api/jobs/runner';
import { makeWorld, ndjson, type World } from '../support/world.ts';
import { personRow } from './rows-in.ts';

const SECRETS = ['079080313131', 'Nguyễn Bí Mật', 'C9988776'];

let world: World;
let app: App;
let key: string;
const log: string[] = [];
beforeAll(async () => {
  world = await makeWorld();
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      log.push(chunk.toString('utf8'));
      done();
    },
  });
  app = await buildApp({ ...world.service, config: { ...world.service.config, logLevel: 'debug' } }, stream);
  key = await world.key('operator');
});
afterAll(async () => {
  await app.close();
  await world.close();
});

type Ask = {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS';
  readonly url: string;
  readonly payload?: string;
  readonly headers?: Record<string, string>;
};

async function refusalOf({ method = 'POST', url, payload, headers = {} }: Ask) {
  const response = await app.inject({
    method,
    url,
    headers: {
      authorization: `Bearer ${key}`,
      'idempotency-key': 'k'.repeat(12),
      'content-type': 'application/json',
      ...headers,
    },
    ...(payload === undefined ? {} : { payload }),
  });
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  const document = problem.parse(response.json());
  expect(document.status).toBe(response.statusCode);
  expect(document.requestId).toMatch(/^[0-9a-f-]{36}$/);
  for (const secret of SECRETS) expect(response.body).not.toContain(secret);
  return { status: document.status, code: document.code, errors: document.errors };
}

describe('a problem document answers', () => {
  it.each<[string, Ask, number, string]>([
    ['an unknown route', { method: 'GET', url: `/v1/people/${SECRETS[0] ?? ''}` }, 404, 'ROUTE_UNKNOWN'],
    ['an unknown method', { method: 'PUT', url: '/v1/batches', payload: '{}' }, 404, 'ROUTE_UNKNOWN'],
    [
      'a URL that is not one',
      { method: 'GET', url: `/v1/districts/%zz/records/${SECRETS[0] ?? ''}` },
      400,
      'REQUEST_MALFORMED',
    ],
    [
      'a part of a URL that is too long',
      { method: 'GET', url: `/v1/jobs/${'x'.repeat(200)}` },
      400,
      'REQUEST_MALFORMED',
    ],
    [
      'malformed JSON',
      { url: '/v1/units', payload: `{"units":"${SECRETS[1] ?? ''}` },
      400,
      'REQUEST_MALFORMED',
    ],
    ['no body', { url: '/v1/units', payload: '' }, 400, 'REQUEST_MALFORMED'],
    [
      'a poisoned prototype',
      { url: '/v1/units', payload: '{"__proto__":{"a":1},"units":[]}' },
      400,
      'REQUEST_MALFORMED',
    ],
    [
      'an oversized body',
      { url: '/v1/units', payload: `{"units":"${'x'.repeat(1024 * 1024)}"}` },
      413,
      'INPUT_TOO_LARGE',
    ],
    [
      'another content type',
      { url: '/v1/units', payload: '<x/>', headers: { 'content-type': 'text/xml' } },
      400,
      'REQUEST_MALFORMED',
    ],
    ['another content type of an import', { url: '/v1/imports', payload: '{}' }, 400, 'REQUEST_MALFORMED'],
    [
      'a CSV where JSON is wanted',
      { url: '/v1/units', payload: 'a,b', headers: { 'content-type': 'text/csv' } },
      400,
      'REQUEST_MALFORMED',
    ],
    [
      'an unknown member',
      { url: '/v1/identity-checks', payload: `{"number":"${SECRETS[0] ?? ''}"}` },
      400,
      'REQUEST_MALFORMED',
    ],
    ['an unknown question', { method: 'GET', url: '/v1/reports/stages?who=me' }, 400, 'REQUEST_MALFORMED'],
    ['a value of another type', { url: '/v1/units', payload: '{"units":{}}' }, 400, 'REQUEST_MALFORMED'],
    ['an id of another form', { method: 'GET', url: '/v1/jobs/1' }, 400, 'REQUEST_MALFORMED'],
    ['no key', { method: 'GET', url: '/v1/units', headers: { authorization: '' } }, 401, 'UNAUTHENTICATED'],
  ])('%s', async (_what, ask, status, code) => {
    expect(await refusalOf(ask)).toMatchObject({ status, code });
  });

  it('with all faults of a body at once, by JSON pointer', async () => {
    const unit = { kind: 'hospital', code: '7', name: SECRETS[1], district: '7', validFrom: '2021-01-01' };
    const { errors } = await refusalOf({
      url: '/v1/units',
      payload: JSON.stringify({ units: [unit], more: SECRETS[2] }),
    });
    expect(errors.map(({ at }) => at)).toEqual(
      expect.arrayContaining(['/units/0/kind', '/units/0/code', '/units/0/district']),
    );
  });

  it('what went wrong inside, and tells nothing of it', async () => {
    const broken = await buildApp({
      ...world.service,
      trust: { ...world.service.trust, envelope: () => Promise.reject(new Error(SECRETS[1])) },
    });
    const response = await broken.inject({ method: 'GET', url: '/v1/trust' });
    await broken.close();
    expect(response.statusCode).toBe(500);
    expect(problem.parse(response.json())).toMatchObject({ code: 'INTERNAL', errors: [] });
    expect(response.body).not.toContain(SECRETS[1]);
  });
});

describe('the log', () => {
  it('has lines for requests, by route, and never a number or a name', async () => {
    const rows = [
      personRow({ name: SECRETS[1] ?? '', idNumber: SECRETS[0] ?? '' }),
      personRow({
        nationality: 'US',
        idType: 'PASSPORT',
        idNumber: SECRETS[2] ?? '',
        name: SECRETS[1] ?? '',
      }),
      personRow({
        name: SECRETS[1] ?? '',
        idNumber: SECRETS[0] ?? '',
        doseDate: SECRETS[0] ?? '',
        doseId: ` ${SECRETS[1] ?? ''} x`,
      }),
    ];
    const headers = {
      authorization: `Bearer ${key}`,
      'idempotency-key': 'import-of-secrets',
      'content-type': 'application/x-ndjson',
    };
    const answer = await app.inject({ method: 'POST', url: '/v1/imports', headers, payload: ndjson(rows) });
    expect(answer.statusCode).toBe(201);
    await refusalOf({
      url: '/v1/imports',
      payload: `${SECRETS[1] ?? ''},${SECRETS[0] ?? ''}\n"${SECRETS[2] ?? ''}`,
      headers: { 'content-type': 'text/csv' },
    });
    const failing = {
      ...world.service,
      register: {
        ...world.service.register,
        check: () => Promise.reject(new Error(`${SECRETS[1] ?? ''}\n${SECRETS[0] ?? ''}`)),
      },
    };
    // a job whose lease has run out by this runner's clock only
    const runner = new JobRunner({ ...failing, clock: () => new Date(Date.now() + 2 * 3_600_000) }, app.log);
    await world.sql(`insert into jobs (job_id, kind, args, state, made_at, lease_until)
      values ('0180726f-2c00-7abc-8def-0123456789ac', 'identity', '{"district":null,"facility":null}', 'running', now(), now() + interval '1 hour')`);
    runner.start();
    await runner.stop();
    const text = log.join('');
    expect(text).toContain('job failed');
    expect(text).toContain('"route":"/v1/imports"');
    expect(text).toContain('"status":201');
    for (const secret of [...SECRETS, key, 'Bearer']) expect(text).not.toContain(secret);
  });

  it('names what failed inside by kind and place, not by message', async () => {
    const before = log.length;
    const broken = await buildApp(
      {
        ...world.service,
        config: { ...world.service.config, logLevel: 'debug' },
        trust: {
          ...world.service.trust,
          envelope: () => Promise.reject(new TypeError(`x\n${SECRETS[1] ?? ''}`)),
        },
      },
      { write: (line: string) => void log.push(line) },
    );
    await broken.inject({ method: 'GET', url: '/v1/trust' });
    await broken.close();
    const lines = log.slice(before).join('');
    expect(lines).toContain('"type":"TypeError"');
    expect(lines).toMatch(/problems\.test/);
    expect(lines).not.toContain(SECRETS[1]);
  });
});

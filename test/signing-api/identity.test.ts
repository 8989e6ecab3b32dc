import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freeze, makeWorld, verifyIdentities, waitFor, type World } from '../support/world.ts';
import { knownAs, operatorOf, personRow, stageOf, take } from './rows-in.ts';

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterEach(() => {
  Object.assign(world.register.faults, { down: false, failNext: 0, delayMs: 0 });
});
afterAll(() => world.close());

/** Starts a run and gives the job as it ends. */
async function run(request: object = {}): Promise<Record<string, unknown>> {
  const key = await operatorOf(world);
  const { body } = await world.call('POST', '/v1/identity-checks', { key, body: request });
  let job: Record<string, unknown> = {};
  await waitFor(async () => {
    job = (await world.call('GET', `/v1/jobs/${String(body['jobId'])}`, { key })).body;
    return job['state'] === 'done' || job['state'] === 'failed';
  });
  return job;
}

describe("the register's answer", () => {
  it('right: the record is eligible', async () => {
    const row = personRow();
    knownAs(world, row);
    const { ids } = await take(world, [row]);
    expect(await stageOf(world, '760', ids[0])).toMatchObject({
      stage: 'blocked',
      reason: 'IDENTITY_PENDING',
      whoActs: 'register',
    });
    await verifyIdentities(world);
    expect(await stageOf(world, '760', ids[0])).toMatchObject({
      stage: 'eligible',
      reason: null,
      whoActs: null,
    });
  });

  it.each([
    ['name', { name: 'Trần Thị Bưởi' }],
    ['sex', { sex: 'F' }],
    ['birthDate', { birthDate: '1979-01-02' }],
  ])('wrong in %s: the police have to act, and there is no leaf', async (field, changes) => {
    const row = personRow();
    knownAs(world, row, changes);
    const { ids } = await take(world, [row]);
    await verifyIdentities(world);
    expect(await stageOf(world, '760', ids[0])).toMatchObject({
      stage: 'blocked',
      reason: 'IDENTITY_WRONG',
      whoActs: 'police',
    });
    const [check] = await world.sql<{ fields: string[]; reply: Buffer }>(
      `select c.wrong_fields as fields, c.reply_sha256 as reply from identity_checks c join record_versions v using (district, identity_index)
       where v.record_id = $1`,
      [ids[0]],
    );
    expect(check?.fields).toEqual([field]);
    expect(check?.reply).toHaveLength(32);
    expect(await world.sql('select from leaves where record_id = $1', [ids[0]])).toEqual([]);
  });

  it('unverifiable: the register knows nobody by that number', async () => {
    const { ids } = await take(world, [personRow()]);
    await verifyIdentities(world);
    expect(await stageOf(world, '760', ids[0])).toMatchObject({
      reason: 'IDENTITY_UNVERIFIABLE',
      whoActs: 'police',
    });
  });

  it('serves all doses of a person: asked once', async () => {
    const row = personRow();
    knownAs(world, row);
    const doses = [1, 2, 3].map((n) => ({
      ...row,
      doseId: `${row.doseId ?? ''}/${n}`,
      doseNumber: String(n),
    }));
    const before = world.register.asked();
    const { ids } = await take(world, doses);
    await verifyIdentities(world);
    expect(world.register.asked() - before).toBe(1);
    for (const id of ids) expect((await stageOf(world, '760', id)).stage).toBe('eligible');
    const later = await take(world, [{ ...row, doseId: `${row.doseId ?? ''}/4`, doseNumber: '4' }]);
    await verifyIdentities(world);
    expect(world.register.asked() - before).toBe(1);
    expect((await stageOf(world, '760', later.ids[0])).stage).toBe('eligible');
  });

  it('of one version is no answer for a corrected one', async () => {
    const row = personRow();
    knownAs(world, row, { name: 'Nguyễn Văn Đúng' });
    const { ids } = await take(world, [row]);
    await verifyIdentities(world);
    await take(world, [{ ...row, name: 'Nguyễn Văn Đúng' }]);
    expect(await stageOf(world, '760', ids[0])).toMatchObject({ version: 2, reason: 'IDENTITY_PENDING' });
    await verifyIdentities(world);
    expect((await stageOf(world, '760', ids[0])).stage).toBe('eligible');
  });

  it('is asked about clean records of citizens only', async () => {
    const before = world.register.asked();
    await take(world, [
      personRow({ idNumber: '' }),
      personRow({ nationality: 'US', idType: 'PASSPORT', idNumber: 'C7654321', name: 'John Miller' }),
    ]);
    await verifyIdentities(world);
    expect(world.register.asked()).toBe(before);
  });
});

describe('a register that fails', () => {
  it('twice and then answers is asked again within the run', async () => {
    const row = personRow();
    knownAs(world, row);
    const { ids } = await take(world, [row]);
    world.register.faults.failNext = 2;
    expect(await run()).toMatchObject({ state: 'done', reason: null });
    expect((await stageOf(world, '760', ids[0])).stage).toBe('eligible');
  });

  it('for good fails the run with REGISTER_UNREACHABLE, and a later run completes what is left', async () => {
    const row = personRow();
    knownAs(world, row);
    const { ids } = await take(world, [row]);
    world.register.faults.down = true;
    expect(await run()).toMatchObject({ state: 'failed', reason: 'REGISTER_UNREACHABLE' });
    expect((await stageOf(world, '760', ids[0])).reason).toBe('IDENTITY_PENDING');
    world.register.faults.down = false;
    expect(await run()).toMatchObject({ state: 'done', done: 1, total: 1 });
    expect((await stageOf(world, '760', ids[0])).stage).toBe('eligible');
  });
});

describe('asked again on purpose', () => {
  it('are those whom the register did not find right, however lately it said so, and nobody else', async () => {
    const [right, wrong, unknown] = [personRow(), personRow(), personRow()];
    knownAs(world, right);
    knownAs(world, wrong, { sex: 'F' });
    const { ids } = await take(world, [right, wrong, unknown]);
    await verifyIdentities(world);
    knownAs(world, wrong);
    knownAs(world, unknown);
    await verifyIdentities(world);
    expect((await stageOf(world, '760', ids[1])).reason).toBe('IDENTITY_WRONG');
    expect((await stageOf(world, '760', ids[2])).reason).toBe('IDENTITY_UNVERIFIABLE');
    const checks = async (id: unknown) =>
      world.sql(
        'select from identity_checks join record_versions v using (district, identity_index) where v.record_id = $1',
        [id],
      );
    expect(await run({ again: true })).toMatchObject({ state: 'done', reason: null });
    for (const id of ids) expect((await stageOf(world, '760', id)).stage).toBe('eligible');
    expect(await checks(ids[0])).toHaveLength(1);
    expect(await checks(ids[1])).toHaveLength(2);
  });

  it('are asked once a run, also those who stay wrong', async () => {
    const row = personRow();
    knownAs(world, row, { sex: 'F' });
    const { ids } = await take(world, [row]);
    await verifyIdentities(world);
    const before = world.register.asked();
    const job = await run({ again: true });
    expect(job).toMatchObject({ state: 'done' });
    expect(world.register.asked() - before).toBe(job['done']);
    expect((await stageOf(world, '760', ids[0])).reason).toBe('IDENTITY_WRONG');
  });
});

describe('answers that are too old', () => {
  it('block, and are asked again before a freeze', async () => {
    const [still, changed] = [
      personRow({ ward: '26794', district: '769' }),
      personRow({ ward: '26794', district: '769' }),
    ];
    knownAs(world, still);
    knownAs(world, changed);
    const { ids } = await take(world, [still, changed]);
    world.clock.offsetMs = -31 * 86_400_000;
    await verifyIdentities(world);
    world.clock.offsetMs = 0;
    expect(await stageOf(world, '769', ids[0])).toMatchObject({
      stage: 'blocked',
      reason: 'IDENTITY_EXPIRED',
      whoActs: 'register',
    });
    knownAs(world, changed, { sex: 'F' });
    const batch = await freeze(world, await world.key('district', '769'));
    expect(batch).toMatchObject({ state: 'open', count: 1 });
    expect((await stageOf(world, '769', ids[0])).stage).toBe('batched');
    expect((await stageOf(world, '769', ids[1])).reason).toBe('IDENTITY_WRONG');
  });
});

describe("the facility's attestation", () => {
  const foreigner = () =>
    personRow({
      nationality: 'US',
      idType: 'PASSPORT',
      idNumber: `C${personRow().doseId?.slice(2) ?? ''}00000`,
      name: 'John Miller',
      facility: '79-00208',
      familyName: '',
    });
  const attest = (key: string, id: unknown) =>
    world.call('POST', `/v1/districts/760/records/${String(id)}/attestations`, { key, body: {} });

  it('lets a foreigner in, for all doses at that facility, and no others', async () => {
    const row = foreigner();
    const rows = [
      row,
      { ...row, doseId: `${row.doseId ?? ''}/2`, doseNumber: '2' },
      { ...row, doseId: `${row.doseId ?? ''}/3`, facility: '79-01017' },
    ];
    const { ids } = await take(world, rows);
    expect(await stageOf(world, '760', ids[0], 'facility')).toMatchObject({
      reason: 'ATTESTATION_MISSING',
      whoActs: 'facility',
    });
    const answer = await attest(await world.key('facility', '79-00208'), ids[0]);
    expect(answer).toMatchObject({ status: 201, body: { stage: 'eligible' } });
    expect((await stageOf(world, '760', ids[1], 'facility')).stage).toBe('eligible');
    expect((await stageOf(world, '760', ids[2], 'facility')).reason).toBe('ATTESTATION_MISSING');
  });

  it('completes the doses of that person only', async () => {
    const [one, other] = [foreigner(), foreigner()];
    const { ids } = await take(world, [one, other]);
    // the other is attested too, but nothing has completed it yet
    await world.sql(
      `insert into identity_attestations (district, identity_index, at, facility, by)
       select district, identity_index, now(), facility, by from record_versions where record_id = $1`,
      [ids[1]],
    );
    expect((await attest(await world.key('facility', '79-00208'), ids[0])).status).toBe(201);
    expect((await stageOf(world, '760', ids[0], 'facility')).stage).toBe('eligible');
    expect((await stageOf(world, '760', ids[1], 'facility')).reason).toBe('COMPLETION_PENDING');
  });

  it('is refused to another facility, which does not learn that the record exists', async () => {
    const { ids } = await take(world, [foreigner()]);
    expect(await attest(await world.key('facility', '79-01017'), ids[0])).toMatchObject({
      status: 404,
      body: { code: 'RECORD_UNKNOWN' },
    });
    expect(await attest(await world.key('district', '760'), ids[0])).toMatchObject({
      status: 403,
      body: { code: 'FORBIDDEN' },
    });
  });

  it('is refused for a citizen, and for a record with problems', async () => {
    const { ids } = await take(world, [personRow({ facility: '79-00208' }), { ...foreigner(), sex: '?' }]);
    for (const id of ids)
      expect(await attest(await world.key('facility', '79-00208'), id)).toMatchObject({
        status: 409,
        body: { code: 'ATTESTATION_NOT_ALLOWED' },
      });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareBytes, fromBase64, utf8, utf8Text } from '#core/bytes';
import { parseRecordText } from '#core/record/parse-record';
import { splitStreamLine } from '#core/record/stream-line';
import { parseStatement } from '#core/sign/statement';
import { parseStatusList } from '#core/sign/status-list';
import { nodeCrypto } from '#verifier/crypto-node';
import { StreamRoot } from '#core/tree/stream-root';
import { lineRowId } from '#signing-api/steps/complete-versions';
import {
  freeze,
  makeWorld,
  people,
  untilFrozen,
  verifyIdentities,
  waitFor,
  type World,
} from '../support/world.ts';
import { knownAs, personRow, stageOf, take } from './rows-in.ts';

let world: World;
beforeAll(async () => {
  world = await makeWorld();
  await take(
    world,
    people(world, 400, { errors: true }).map(({ row }) => row),
  );
  await verifyIdentities(world);
});
afterAll(() => world.close());

type Counts = {
  readonly records: number;
  readonly eligible: number;
  readonly batched: number;
  readonly signed: number;
  readonly blocked: Record<string, number>;
};

async function counts(role: 'district' | 'facility', unit: string): Promise<Counts> {
  const { body } = await world.call('GET', `/v1/reports/stages?kind=${role}`, {
    key: await world.key(role, unit),
  });
  return body as unknown as Counts;
}

function expectIdentity({ records, eligible, batched, signed, blocked }: Counts): void {
  expect(records).toBe(eligible + batched + signed + Object.values(blocked).reduce((sum, n) => sum + n, 0));
}

async function statusOf(district: string): Promise<ReturnType<typeof parseStatusList>> {
  const { text } = await world.call('GET', `/v1/status/${district}`);
  const [envelope] = JSON.parse(text) as { payload: string }[];
  return parseStatusList(fromBase64(envelope?.payload ?? '') ?? new Uint8Array());
}

const withdraw = (key: string, batchId: unknown) =>
  world.call('POST', `/v1/batches/${String(batchId)}/withdrawals`, {
    key,
    body: { reason: 'Sai danh sách' },
  });

describe("a district's batch", () => {
  it('takes every eligible record, and all counts stay true', async () => {
    const before = await counts('district', '760');
    expectIdentity(before);
    expect(before.eligible).toBeGreaterThan(50);
    const key = await world.key('district', '760');
    const batch = await freeze(world, key);
    expect(batch).toMatchObject({ state: 'open', kind: 'district', unit: '760', count: before.eligible });
    const after = await counts('district', '760');
    expectIdentity(after);
    expect(after).toMatchObject({
      records: before.records,
      eligible: 0,
      batched: before.eligible,
      blocked: before.blocked,
    });
    const statement = parseStatement(utf8(String(batch['statement'])));
    expect(statement).toMatchObject({
      count: before.eligible,
      root: batch['root'],
      sequence: 1,
      unit: { code: '760' },
      mode: 'list',
    });
    expect(statement).not.toHaveProperty('previous');
    await withdraw(key, batch['batchId']);
  });

  it('stands in the list of batches from the moment it is asked for, frozen or not yet', async () => {
    const key = await world.key('district', '760');
    const asked = await world.call('POST', '/v1/batches', { key, body: { mode: 'list' } });
    const { body } = await world.call('GET', '/v1/batches', { key });
    const [first] = (body as unknown as { batches: Record<string, unknown>[] }).batches;
    expect(first).toMatchObject({ batchId: asked.body['batchId'], kind: 'district', unit: '760' });
    expect(['freezing', 'open']).toContain(first?.['state']);
    await untilFrozen(world, key, String(asked.body['batchId']));
    await withdraw(key, asked.body['batchId']);
  });

  it('is one at a time: BATCH_OPEN until it ends', async () => {
    const key = await world.key('district', '760');
    const batch = await freeze(world, key);
    const again = await world.call('POST', '/v1/batches', { key, body: { mode: 'list' } });
    expect(again).toMatchObject({ status: 409, body: { code: 'BATCH_OPEN' } });
    expect((await withdraw(key, batch['batchId'])).status).toBe(201);
    expect(await withdraw(key, batch['batchId'])).toMatchObject({
      status: 409,
      body: { code: 'BATCH_WITHDRAWN' },
    });
  });

  it('is not made of nothing: BATCH_EMPTY, and nothing stays open', async () => {
    const key = await world.key('district', '770');
    const ask = () => world.call('POST', '/v1/batches', { key, body: { mode: 'list' } });
    expect(await ask()).toMatchObject({ status: 409, body: { code: 'BATCH_EMPTY' } });
    expect(await ask()).toMatchObject({ status: 409, body: { code: 'BATCH_EMPTY' } });
  });

  it('withdrawn frees its records, and stands in the status of the district', async () => {
    const key = await world.key('district', '760');
    const { eligible } = await counts('district', '760');
    const batch = await freeze(world, key);
    expect((await statusOf('760')).batchesWithdrawn).not.toContain(batch['batchId']);
    expect((await withdraw(key, batch['batchId'])).body).toMatchObject({ state: 'withdrawn' });
    expect((await counts('district', '760')).eligible).toBe(eligible);
    const status = await statusOf('760');
    expect(status.batchesWithdrawn).toContain(batch['batchId']);
    expect(status.withdrawn).toEqual([]);
    expect((await statusOf('769')).batchesWithdrawn).not.toContain(batch['batchId']);
  });

  it("and a facility's may hold the same record: each kind is counted apart", async () => {
    const key = await world.key('district', '769');
    const batch = await freeze(world, key);
    const [row] = await world.sql<{ record: string; facility: string }>(
      `select l.record_id as record, v.facility from batch_leaves l join record_versions v using (district, record_id, version) where l.batch_id = $1 limit 1`,
      [batch['batchId']],
    );
    expect((await stageOf(world, '769', row?.record, 'facility')).stage).toBe('eligible');
    expectIdentity(await counts('facility', row?.facility ?? ''));
    await withdraw(key, batch['batchId']);
  });
});

describe("a facility's batch", () => {
  it('spans districts in the order (district, recordId), and its root is that of its leaves', async () => {
    const elsewhere = personRow({ ward: '00001', district: '001', facility: '79-01017' });
    knownAs(world, elsewhere);
    const { ids } = await take(world, [elsewhere]);
    await verifyIdentities(world);
    expect(await stageOf(world, '001', ids[0])).toMatchObject({
      stage: 'blocked',
      reason: 'RESIDENCE_OUTSIDE',
    });
    const { eligible } = await counts('facility', '79-01017');
    const key = await world.key('facility', '79-01017');
    const batch = await freeze(world, key);
    expect(batch).toMatchObject({ state: 'open', count: eligible });
    const rows = await world.sql<{
      index: number;
      district: string;
      record: string;
      version: number;
      hash: Buffer;
      line: Buffer;
    }>(
      `select leaf_index as index, b.district, record_id as record, version, b.leaf_hash as hash, l.sealed_line as line
       from batch_leaves b join leaves l using (district, record_id, version) where batch_id = $1 order by leaf_index`,
      [batch['batchId']],
    );
    expect(rows.map(({ index }) => index)).toEqual(rows.map((_, i) => i));
    const keys = rows.map(({ district, record }) => utf8(`${district}/${record}`));
    expect(keys.every((one, i) => i === 0 || compareBytes(keys[i - 1] ?? one, one) < 0)).toBe(true);
    expect(new Set(rows.map(({ district }) => district))).toEqual(new Set(['001', '760', '769']));
    const tree = new StreamRoot(nodeCrypto.sha256);
    for (const row of rows) {
      const { leaf } = splitStreamLine(
        utf8Text(world.service.sealer.open(row.line, lineRowId(row.record, row.version))) ?? '',
      );
      expect(parseRecordText(leaf)).toMatchObject({
        recordId: row.record,
        version: row.version,
        facility: '79-01017',
      });
      tree.push(row.hash);
    }
    expect(Buffer.from(tree.end()).toString('base64url')).toBe(batch['root']);
    expectIdentity(await counts('facility', '79-01017'));
    await withdraw(key, batch['batchId']);
    for (const district of ['001', '760', '769'])
      expect((await statusOf(district)).batchesWithdrawn).toContain(batch['batchId']);
  });
});

describe('a batch belongs to its unit', () => {
  it('and nobody else sees or ends it', async () => {
    const batch = await freeze(world, await world.key('district', '760'));
    for (const [role, unit] of [
      ['district', '769'],
      ['facility', '79-00123'],
    ] as const) {
      const key = await world.key(role, unit);
      expect(await world.call('GET', `/v1/batches/${String(batch['batchId'])}`, { key })).toMatchObject({
        status: 404,
        body: { code: 'BATCH_UNKNOWN' },
      });
      expect(await withdraw(key, batch['batchId'])).toMatchObject({
        status: 404,
        body: { code: 'BATCH_UNKNOWN' },
      });
      expect((await world.call('GET', '/v1/batches', { key })).text).not.toContain(String(batch['batchId']));
    }
    expect(
      (await world.call('GET', '/v1/batches', { key: await world.key('district', '760') })).text,
    ).toContain(String(batch['batchId']));
  });

  it('and ends by itself when nobody signs it for 24 hours', async () => {
    const key = await world.key('district', '760');
    const { body } = await world.call('GET', '/v1/batches', { key });
    const open = (body['batches'] as { state: string; batchId: string }[]).find(
      ({ state }) => state === 'open',
    );
    const state = async () =>
      (await world.call('GET', `/v1/batches/${open?.batchId ?? ''}`, { key })).body['state'];
    world.clock.offsetMs = 23.9 * 3_600_000;
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await state()).toBe('open');
    world.clock.offsetMs = 24.2 * 3_600_000;
    await waitFor(async () => (await state()) === 'withdrawn');
    expect((await statusOf('760')).batchesWithdrawn).toContain(open?.batchId);
  });
});

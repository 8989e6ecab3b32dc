import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attestationsOf } from '#signing-api/store/batches';
import type { Db } from '#signing-api/store/database';
import { noteReplaced, prepareReplaced } from '#signing-api/store/records';
import { supersedeReplacedLeaves } from '#signing-api/store/status';
import { makeWorld, type World } from '../../support/world.ts';

/** A batch signed record by record has a signature for every leaf; whoever wants a few of them reads those, not all. */

const ITEMS = 10_000;
const WANTED = 20;
/** What a lookup may read beside the row itself. */
const READS_EACH = 4;

let world: World;
const batchId = randomUUID();
beforeAll(async () => {
  world = await makeWorld();
  const { sql } = world;
  // the planner as it is right after the signatures came in, before autovacuum has counted them
  await sql('alter table signatures set (autovacuum_enabled = false)');
  await sql(
    `insert into batches values ('760', $1, 'district', '760', 'each', 1, ${ITEMS}, '', '', '', now(), $1)`,
    [batchId],
  );
  await sql(
    `insert into batch_leaves
     select '760', $1, i, gen_random_uuid(), 1, sha256(i::text::bytea), 'district' from generate_series(0, ${ITEMS - 1}) i`,
    [batchId],
  );
  await sql('analyze batch_leaves');
  await sql(
    `insert into signatures
     select '760', $1, i, sha256(i::text::bytea), '', '', now() from generate_series(0, ${ITEMS - 1}) i`,
    [batchId],
  );
});
afterAll(() => world.close());

async function signaturesRead(tx: Db): Promise<number> {
  const [row] = await tx.query<{ reads: number }>(
    `select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) as reads
     from pg_stat_xact_user_tables where relname = 'signatures'`,
  );
  return row?.reads ?? 0;
}

async function recordIds(limit: number): Promise<string[]> {
  const rows = await world.sql<{ recordId: string }>(
    `select record_id as "recordId" from batch_leaves where batch_id = $1 order by leaf_index desc limit ${limit}`,
    [batchId],
  );
  return rows.map(({ recordId }) => recordId);
}

it('finds the signature of one record without reading those of the others', async () => {
  const [recordId = ''] = await recordIds(1);
  await world.service.db.transaction(async (tx) => {
    const before = await signaturesRead(tx);
    const found = await attestationsOf(tx, '760', recordId, 1);
    expect(found.map(({ leafIndex }) => leafIndex)).toEqual([ITEMS - 1]);
    expect((await signaturesRead(tx)) - before).toBeLessThanOrEqual(READS_EACH);
  });
});

it('lists the signed leaves that were replaced without reading the signatures of the others', async () => {
  const replaced = (await recordIds(WANTED)).map((recordId) => ({
    district: '760',
    recordId,
    version: 1,
    toDistrict: '760',
  }));
  await world.service.db.transaction(async (tx) => {
    const before = await signaturesRead(tx);
    await prepareReplaced(tx);
    await noteReplaced(tx, replaced);
    await supersedeReplacedLeaves(tx, new Date());
    expect((await signaturesRead(tx)) - before).toBeLessThanOrEqual(READS_EACH * WANTED);
  });
  expect(await world.sql("select from status_entries where reason = 'superseded'")).toHaveLength(WANTED);
});

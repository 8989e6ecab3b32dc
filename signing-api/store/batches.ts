import type { Tile } from '#core/tree/tiles';
import type { UnitKind } from '#core/sign/fields';
import { copyIn } from './copy.ts';
import type { Db, Tx } from './database.ts';

export type BatchRow = {
  readonly district: string;
  readonly batchId: string;
  readonly kind: UnitKind;
  readonly unit: string;
  readonly mode: 'list' | 'each';
  readonly sequence: number;
  readonly count: number;
  readonly root: Buffer;
  readonly statement: Buffer;
  readonly statementSha256: Buffer;
  readonly createdAt: Date;
  readonly collectedAt: Date | null;
  readonly withdrawnAt: Date | null;
};

const SELECT = `select b.district, b.batch_id as "batchId", b.kind, b.unit, b.mode, b.sequence, b.count, b.root, b.statement,
    b.statement_sha256 as "statementSha256", b.created_at as "createdAt", s.collected_at as "collectedAt", w.at as "withdrawnAt"
  from batches b
  left join signatures s on s.district = b.district and s.batch_id = b.batch_id and s.leaf_index = -1
  left join batch_withdrawals w on w.district = b.district and w.batch_id = b.batch_id`;

export async function findBatch(db: Db, batchId: string): Promise<BatchRow | null> {
  return (await db.query<BatchRow>(`${SELECT} where b.batch_id = $1`, [batchId]))[0] ?? null;
}

export async function listBatches(db: Db, kind: UnitKind, unit: string, limit: number): Promise<BatchRow[]> {
  return db.query<BatchRow>(
    `${SELECT} where b.kind = $1 and b.unit = $2 order by b.created_at desc limit $3`,
    [kind, unit, limit],
  );
}

/** The unit's newest collected batch of a kind: the next statement carries its sequence + 1 and its digest. */
export async function lastCollected(db: Db, kind: UnitKind, unit: string): Promise<BatchRow | null> {
  const rows = await db.query<BatchRow>(
    `${SELECT} where b.kind = $1 and b.unit = $2 and s.collected_at is not null order by b.sequence desc limit 1`,
    [kind, unit],
  );
  return rows[0] ?? null;
}

/** The districts in which a unit has records: its own, or for a facility wherever its people live; in bytewise order. */
export async function districtsOf(db: Db, kind: UnitKind, unit: string): Promise<string[]> {
  if (kind === 'district') return [unit];
  const rows = await db.query<{ district: string }>(
    `select district from (select distinct district from record_versions where facility = $1) d order by district collate "C"`,
    [unit],
  );
  return rows.map((row) => row.district);
}

/** Whether anything is eligible, or will be once the freeze has asked the register again. */
export async function hasEligible(db: Db, kind: UnitKind, unit: string, campaign: string): Promise<boolean> {
  for (const district of await districtsOf(db, kind, unit)) {
    const rows = await db.query(
      `select from record_stage
       where district = $1 and kind = $2 and (stage = 'eligible' or reason in ('IDENTITY_PENDING', 'IDENTITY_EXPIRED', 'COMPLETION_PENDING'))
         and ($2 = 'district' or facility = $3) and campaign = $4 limit 1`,
      [district, kind, unit, campaign],
    );
    if (rows.length > 0) return true;
  }
  return false;
}

/** Freezes the eligible leaves of one district after those before it; the leaf order is (district, recordId), bytewise. */
export async function freezeLeaves(
  tx: Tx,
  b: {
    readonly batchId: string;
    readonly kind: UnitKind;
    readonly unit: string;
    readonly district: string;
    readonly campaign: string;
  },
  leafDistrict: string,
  firstIndex: number,
): Promise<number> {
  await tx.query("set local work_mem = '128MB'");
  // chosen before anything is inserted: a query that reads the table it fills would read what it inserted, again and again
  await tx.query(
    `create temporary table frozen on commit drop as
     select record_id, version, leaf_hash from record_stage
     where district = $1 and kind = $2 and stage = 'eligible' and ($2 = 'district' or facility = $3) and campaign = $4`,
    [leafDistrict, b.kind, b.unit, b.campaign],
  );
  const rows = await tx.query<{ count: number }>(
    `with inserted as (
       insert into batch_leaves (district, batch_id, leaf_index, record_id, version, leaf_hash, kind)
       select $1, $2, $3::bigint + row_number() over (order by record_id) - 1, record_id, version, leaf_hash, $4 from frozen
       returning 1)
     select count(*) as count from inserted`,
    [leafDistrict, b.batchId, firstIndex, b.kind],
  );
  await tx.query('drop table frozen');
  const count = rows[0]?.count ?? 0;
  if (count > 0)
    await tx.query(
      'insert into batch_parts (district, batch_id, leaf_district, first_index, count) values ($1, $2, $3, $4, $5)',
      [b.district, b.batchId, leafDistrict, firstIndex, count],
    );
  return count;
}

/**
 * Tells the planner how many leaves there are now. Without it, until autovacuum comes round, it takes the table for empty and joins every
 * record with every leaf: freezing six records after 15,000 signed ones took 11 s instead of 0.3, growing with the square.
 */
export async function countLeavesForPlanner(tx: Tx): Promise<void> {
  await tx.query('analyze batch_leaves');
}

export type BatchPart = {
  readonly leafDistrict: string;
  readonly firstIndex: number;
  readonly count: number;
};

export async function batchParts(db: Db, district: string, batchId: string): Promise<BatchPart[]> {
  return db.query<BatchPart>(
    `select leaf_district as "leafDistrict", first_index as "firstIndex", count from batch_parts
     where district = $1 and batch_id = $2 order by first_index`,
    [district, batchId],
  );
}

const PAGE = 10_000;

/** The leaf hashes of a frozen batch, in order, a page at a time. */
export async function* leafHashes(
  db: Db,
  batchId: string,
  parts: readonly BatchPart[],
): AsyncGenerator<Buffer[]> {
  for (const part of parts) {
    const end = part.firstIndex + part.count;
    for (let from = part.firstIndex; from < end; from += PAGE) {
      const rows = await db.query<{ h: Buffer }>(
        `select leaf_hash as h from batch_leaves
         where district = $1 and batch_id = $2 and leaf_index >= $3 and leaf_index < $4 order by leaf_index`,
        [part.leafDistrict, batchId, from, Math.min(from + PAGE, end)],
      );
      yield rows.map((row) => row.h);
    }
  }
}

export async function insertTiles(
  tx: Tx,
  district: string,
  batchId: string,
  tiles: readonly Tile[],
): Promise<void> {
  await copyIn(
    tx,
    'tiles (district, batch_id, level, tile_no, hashes)',
    tiles.map((tile) => [district, batchId, tile.level, tile.tileNo, tile.bytes]),
  );
}

export async function readTile(
  db: Db,
  district: string,
  batchId: string,
  level: number,
  tileNo: number,
): Promise<Buffer | undefined> {
  const rows = await db.query<{ hashes: Buffer }>(
    'select hashes from tiles where district = $1 and batch_id = $2 and level = $3 and tile_no = $4',
    [district, batchId, level, tileNo],
  );
  return rows[0]?.hashes;
}

export async function insertBatch(
  tx: Tx,
  b: Omit<BatchRow, 'collectedAt' | 'withdrawnAt'> & { readonly by: string },
): Promise<void> {
  await tx.query(
    `insert into batches (district, batch_id, kind, unit, mode, sequence, count, root, statement, statement_sha256, created_at, by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      b.district,
      b.batchId,
      b.kind,
      b.unit,
      b.mode,
      b.sequence,
      b.count,
      b.root,
      b.statement,
      b.statementSha256,
      b.createdAt,
      b.by,
    ],
  );
}

export async function insertBatchWithdrawal(
  tx: Tx,
  district: string,
  batchId: string,
  by: string | null,
  reason: string,
  at: Date,
): Promise<void> {
  await tx.query(
    'insert into batch_withdrawals (district, batch_id, at, by, reason) values ($1, $2, $3, $4, $5)',
    [district, batchId, at, by, reason],
  );
}

export type SealedLine = { readonly recordId: string; readonly version: number; readonly sealed: Buffer };

/** The sealed stream lines of leaves `from` (inclusive) to `to` (exclusive) of one part. */
export async function sealedLines(
  db: Db,
  batchId: string,
  leafDistrict: string,
  from: number,
  to: number,
): Promise<SealedLine[]> {
  return db.query<SealedLine>(
    `select b.record_id as "recordId", b.version, l.sealed_line as sealed
     from batch_leaves b
     join leaves l on l.district = b.district and l.record_id = b.record_id and l.version = b.version
     where b.district = $1 and b.batch_id = $2 and b.leaf_index >= $3 and b.leaf_index < $4
     order by b.leaf_index`,
    [leafDistrict, batchId, from, to],
  );
}

/** Open batches that nobody has been signing since a moment: neither frozen nor leased after it. */
export async function abandonedBatches(db: Db, since: Date): Promise<BatchRow[]> {
  return db.query<BatchRow>(
    `${SELECT}
     left join leases l on l.name = 'signing:' || b.batch_id
     where s.collected_at is null and w.at is null and greatest(b.created_at, l.expires_at) < $1`,
    [since],
  );
}

export type RecordAttestation = {
  readonly batchDistrict: string;
  readonly batchId: string;
  readonly kind: UnitKind;
  readonly leafIndex: number;
  readonly version: number;
  readonly count: number;
  readonly statement: Buffer;
  readonly cms: Buffer;
};

/** The collected signatures over one version of a record, facility first. */
export async function attestationsOf(
  db: Db,
  district: string,
  recordId: string,
  version: number,
): Promise<RecordAttestation[]> {
  return db.query<RecordAttestation>(
    `select b.district as "batchDistrict", b.batch_id as "batchId", b.kind, l.leaf_index as "leafIndex", l.version, b.count, b.statement, s.cms
     from live_batch_leaves l
     join batches b on b.batch_id = l.batch_id
     join signatures s on s.district = b.district and s.batch_id = b.batch_id and s.leaf_index = -1
     where l.district = $1 and l.record_id = $2 and l.version = $3 order by b.kind desc`,
    [district, recordId, version],
  );
}

export async function sealedLineOf(
  db: Db,
  district: string,
  recordId: string,
  version: number,
): Promise<Buffer | null> {
  const rows = await db.query<{ sealed: Buffer }>(
    'select sealed_line as sealed from leaves where district = $1 and record_id = $2 and version = $3',
    [district, recordId, version],
  );
  return rows[0]?.sealed ?? null;
}

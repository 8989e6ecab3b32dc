import type { Tile } from '#core/tree/tiles';
import type { UnitKind } from '#core/sign/fields';
import { copyIn } from './copy.ts';
import type { Db, Tx } from './database.ts';
import { LIST_INDEX } from './signatures.ts';

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
    b.statement_sha256 as "statementSha256", b.created_at as "createdAt", c.at as "collectedAt", w.at as "withdrawnAt"
  from batches b
  left join batch_collections c on c.district = b.district and c.batch_id = b.batch_id
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
    `${SELECT} where b.kind = $1 and b.unit = $2 and c.at is not null order by b.sequence desc limit 1`,
    [kind, unit],
  );
  return rows[0] ?? null;
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

/** Says that everything in a batch is signed. */
export async function insertBatchCollection(
  tx: Tx,
  district: string,
  batchId: string,
  at: Date,
): Promise<void> {
  await tx.query('insert into batch_collections (district, batch_id, at) values ($1, $2, $3)', [
    district,
    batchId,
    at,
  ]);
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

/**
 * Open batches that nobody has been signing since a moment: neither frozen nor leased after it. Not those of which items are signed: that
 * is hours of a token's work, which only the unit itself may give up.
 */
export async function abandonedBatches(db: Db, since: Date): Promise<BatchRow[]> {
  return db.query<BatchRow>(
    `${SELECT}
     left join leases l on l.name = 'signing:' || b.batch_id
     where c.at is null and w.at is null and greatest(b.created_at, l.expires_at) < $1
       and not exists (select from item_counts i where i.district = b.district and i.batch_id = b.batch_id)`,
    [since],
  );
}

export type RecordAttestation = {
  readonly batchDistrict: string;
  readonly batchId: string;
  readonly kind: UnitKind;
  readonly mode: BatchRow['mode'];
  readonly leafIndex: number;
  readonly leafHash: Buffer;
  readonly version: number;
  readonly count: number;
  /** the list's */
  readonly statement: Buffer;
  readonly statementSha256: Buffer;
  /** over the list, or over the item in `each` mode */
  readonly cms: Buffer;
};

/** The collected signatures over one version of a record, facility first. */
export async function attestationsOf(
  db: Db,
  district: string,
  recordId: string,
  version: number,
): Promise<RecordAttestation[]> {
  // one signature looked up: joined as a table, all the items of the batch may be read for it
  return db.query<RecordAttestation>(
    `select b.district as "batchDistrict", b.batch_id as "batchId", b.kind, b.mode, l.leaf_index as "leafIndex", l.leaf_hash as "leafHash",
       l.version, b.count, b.statement, b.statement_sha256 as "statementSha256", s.cms
     from live_batch_leaves l
     join batches b on b.batch_id = l.batch_id
     cross join lateral (
       select cms from signatures
       where district = b.district and batch_id = b.batch_id
         and leaf_index = case b.mode when 'each' then l.leaf_index else ${LIST_INDEX} end limit 1) s
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

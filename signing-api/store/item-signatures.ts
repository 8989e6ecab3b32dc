import type { Db, Tx } from './database.ts';
import { LIST_INDEX } from './signatures.ts';

export type ItemRow = {
  readonly index: number;
  readonly cms: Buffer;
  /** 32 bytes */
  readonly cmsSha256: Uint8Array;
};

/**
 * The leaf hashes of some items of a batch, by index; those that the batch does not have are not among them.
 * @param leafDistricts of the batch's parts: the table is keyed by them
 */
export async function leafHashesOf(
  db: Db,
  batchId: string,
  leafDistricts: readonly string[],
  indexes: readonly number[],
): Promise<Map<number, Buffer>> {
  const rows = await db.query<{ index: number; hash: Buffer }>(
    `select leaf_index as index, leaf_hash as hash from batch_leaves
     where district = any($1::text[]) and batch_id = $2 and leaf_index = any($3::bigint[])`,
    [leafDistricts, batchId, indexes],
  );
  return new Map(rows.map(({ index, hash }) => [index, hash]));
}

/**
 * Stores the items that have no signature yet; those that have keep theirs. Hold the unit's open lease: it keeps two windows of one batch
 * apart.
 * @returns the indexes stored now
 */
export async function insertItems(
  tx: Tx,
  {
    district,
    batchId,
    signerSha256,
    collectedAt,
  }: {
    readonly district: string;
    readonly batchId: string;
    readonly signerSha256: Buffer;
    readonly collectedAt: Date;
  },
  items: readonly ItemRow[],
): Promise<number[]> {
  // all bytes as one value travel as they are; an array of bytea would be written and read as text of twice the length
  const rows = await tx.query<{ index: number }>(
    `insert into signatures (district, batch_id, leaf_index, cms, cms_sha256, signer_sha256, collected_at)
     select $1, $2, i.leaf_index, substring($4::bytea from i.ends - i.size + 1 for i.size),
            substring($5::bytea from 32 * (i.place - 1)::int + 1 for 32), $6::bytea, $7
     from (select leaf_index, size, place, sum(size) over (order by place)::int as ends
           from unnest($3::bigint[], $8::int[]) with ordinality as u (leaf_index, size, place)) i
     on conflict do nothing returning leaf_index as index`,
    [
      district,
      batchId,
      items.map(({ index }) => index),
      Buffer.concat(items.map(({ cms }) => cms)),
      Buffer.concat(items.map(({ cmsSha256 }) => cmsSha256)),
      signerSha256,
      collectedAt,
      items.map(({ cms }) => cms.length),
    ],
  );
  return rows.map(({ index }) => index);
}

/** How many items of a batch are signed. */
export async function countItems(db: Db, district: string, batchId: string): Promise<number> {
  const rows = await db.query<{ items: number }>(
    'select items from item_counts where district = $1 and batch_id = $2 order by items desc limit 1',
    [district, batchId],
  );
  return rows[0]?.items ?? 0;
}

export async function insertItemCount(
  tx: Tx,
  district: string,
  batchId: string,
  items: number,
): Promise<void> {
  await tx.query('insert into item_counts (district, batch_id, items) values ($1, $2, $3)', [
    district,
    batchId,
    items,
  ]);
}

/** Which items of a batch are signed, as stretches [first, last], ascending and apart. */
export async function signedStretches(
  db: Db,
  district: string,
  batchId: string,
): Promise<[number, number][]> {
  const rows = await db.query<{ first: number; last: number }>(
    `select min(leaf_index) as first, max(leaf_index) as last
     from (select leaf_index, leaf_index - row_number() over (order by leaf_index) as stretch
           from signatures where district = $1 and batch_id = $2 and leaf_index > ${LIST_INDEX}) s
     group by stretch order by first`,
    [district, batchId],
  );
  return rows.map(({ first, last }) => [first, last]);
}

import type { Db, Tx } from './database.ts';

/** Revocation lists: entries are numbered by key, a thousand make a block, and a batch is a block as it stood at some time. */

/** Of the last so many revocations, how many are seen: one that is committed after others that were written later is noticed too. */
const COUNTED = 10_000;

/** What tells that something was taken back, without reading all of it: rows are only ever added. */
export type RevocationMark = { readonly last: number; readonly count: number };

export async function revocationMark(db: Db): Promise<RevocationMark> {
  const rows = await db.query<RevocationMark>(
    `with newest as (select coalesce(max(no), 0) as no from certificate_revocations)
     select newest.no as last,
       (select count(*) from certificate_revocations r where r.no > newest.no - $1::bigint) as count
     from newest`,
    [COUNTED],
  );
  return rows[0] ?? { last: 0, count: 0 };
}

/** One at a time, of all processes. */
export async function lockRevocations(tx: Tx): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtext('kyso/revocations'))");
}

export type Block = { readonly kid: Buffer; readonly block: number };

/**
 * Numbers what was taken back, has not run out, and has no number.
 * @param since where only revocations since then are looked at
 * @returns the blocks that grew
 */
export async function addEntries(tx: Tx, blockSize: number, now: Date, since: Date | null): Promise<Block[]> {
  // the last numbers are read once for each key: asked row by row, each question would pass over all rows that this statement adds
  return tx.query<Block>(
    `with new as materialized (
       select c.district, c.certificate_id, c.kid, c.uvci_hash, c.expires,
         row_number() over (partition by c.kid order by r.at, c.certificate_id) as no
       from certificate_revocations r
       join certificates c on c.district = r.district and c.certificate_id = r.certificate_id
       where ($3::timestamptz is null or r.at > $3) and c.expires > $2
         and not exists (select from revocation_entries e where e.district = c.district and e.certificate_id = c.certificate_id)),
     last as materialized (
       select k.kid, (select coalesce(max(e.entry_no), -1) from revocation_entries e where e.kid = k.kid) as entry_no
       from (select distinct kid from new) k),
     added as (
       insert into revocation_entries (district, certificate_id, kid, entry_no, uvci_hash, expires)
       select n.district, n.certificate_id, n.kid, last.entry_no + n.no, n.uvci_hash, n.expires
       from new n join last on last.kid = n.kid
       returning kid, entry_no)
     select distinct kid, entry_no / $1::bigint as block from added order by kid, block`,
    [blockSize, now, since],
  );
}

export type Entry = { readonly uvciHash: Buffer; readonly expires: Date };

/** The entries of a block that have not run out. */
export async function blockEntries(
  tx: Tx,
  { kid, block }: Block,
  blockSize: number,
  now: Date,
): Promise<Entry[]> {
  return tx.query<Entry>(
    `select uvci_hash as "uvciHash", expires from revocation_entries
     where kid = $1 and entry_no >= $2 and entry_no < $3 and expires > $4`,
    [kid, block * blockSize, (block + 1) * blockSize, now],
  );
}

export type BatchRow = Block & {
  readonly sha256: Buffer;
  readonly sequence: number;
  readonly count: number;
  readonly expires: Date;
};

export async function insertRevocationBatch(tx: Tx, batch: BatchRow, bytes: Uint8Array): Promise<void> {
  await tx.query(
    `insert into revocation_batches (sha256, kid, block, sequence, count, expires, bytes) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict do nothing`,
    [batch.sha256, batch.kid, batch.block, batch.sequence, batch.count, batch.expires, bytes],
  );
}

/** The newest batch of every block, unless all of it ran out; the oldest first. */
export async function standingBatches(tx: Tx, now: Date): Promise<BatchRow[]> {
  return tx.query<BatchRow>(
    `select * from (
       select distinct on (kid, block) sha256, kid, block, sequence, count, expires
       from revocation_batches order by kid, block, sequence desc) newest
     where expires > $1 order by sequence, kid, block`,
    [now],
  );
}

/** Batches in place of which indexes have named newer ones since before a time. */
export async function deleteReplacedBatches(tx: Tx, before: Date): Promise<void> {
  await tx.query(
    `delete from revocation_batches b using revocation_batches newer
     join revocation_indexes i on i.sequence = newer.sequence
     where newer.kid = b.kid and newer.block = b.block and newer.sequence > b.sequence and i.at < $1`,
    [before],
  );
}

export async function readRevocationBatch(db: Db, sha256: Uint8Array): Promise<Buffer | null> {
  const rows = await db.query<{ bytes: Buffer }>('select bytes from revocation_batches where sha256 = $1', [
    sha256,
  ]);
  return rows[0]?.bytes ?? null;
}

export type LastIndex = { readonly sequence: number; readonly contentSha256: Buffer };

export async function lastIndex(tx: Tx): Promise<LastIndex | null> {
  const rows = await tx.query<LastIndex>(
    'select sequence, content_sha256 as "contentSha256" from revocation_indexes order by sequence desc limit 1',
  );
  return rows[0] ?? null;
}

export async function insertIndex(tx: Tx, { sequence, contentSha256 }: LastIndex, at: Date): Promise<void> {
  await tx.query('insert into revocation_indexes (sequence, content_sha256, at) values ($1, $2, $3)', [
    sequence,
    contentSha256,
    at,
  ]);
}

export type KeptEnvelope = { readonly sequence: number; readonly issuedAt: Date; readonly envelope: string };

export async function keptEnvelope(tx: Tx): Promise<KeptEnvelope | null> {
  const rows = await tx.query<KeptEnvelope>(
    'select sequence, issued_at as "issuedAt", envelope from revocation_envelopes',
  );
  return rows[0] ?? null;
}

export async function keepEnvelope(tx: Tx, kept: KeptEnvelope): Promise<void> {
  await tx.query(
    `insert into revocation_envelopes (only_one, sequence, issued_at, envelope) values (true, $1, $2, $3)
     on conflict (only_one) do update
       set sequence = excluded.sequence, issued_at = excluded.issued_at, envelope = excluded.envelope`,
    [kept.sequence, kept.issuedAt, kept.envelope],
  );
}

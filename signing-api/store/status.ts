import type { Database, Db, Tx } from './database.ts';
import { LIST_INDEX } from './signatures.ts';

/**
 * Taken by whoever replaces versions and by whoever collects a signature, just before commit: of the two, the later one sees the
 * earlier one's rows, so that no replaced version is ever signed without standing in the status list.
 */
export async function lockStatus(tx: Tx): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtext('kyso/status'))");
}

/** Leaves of a batch whose version is no longer the newest. */
export async function supersedeStaleLeavesOfBatch(tx: Tx, batchId: string, at: Date): Promise<number> {
  // versions past the first are few and have an index of their own: they lead, the batch's many leaves are looked up
  const rows = await tx.query(
    `with part as materialized (select leaf_district from batch_parts where batch_id = $1),
     newer as materialized (
       select district, record_id, version from record_versions
       where version > 1 and district in (select leaf_district from part)
       union all
       select district, record_id, version from record_departures where district in (select leaf_district from part))
     insert into status_entries (district, leaf_hash, reason, at)
     select distinct l.district, l.leaf_hash, 'superseded', $2::timestamptz
     from newer
     join batch_leaves l on l.district = newer.district and l.record_id = newer.record_id and l.version < newer.version
     where l.batch_id = $1
     on conflict do nothing returning 1`,
    [batchId, at],
  );
  return rows.length;
}

/** Signed leaves of the versions that this transaction replaced (store/records.ts, noteReplaced). */
export async function supersedeReplacedLeaves(tx: Tx, at: Date): Promise<void> {
  await tx.query('analyze replaced');
  // each leaf looks its own signature up: joined as tables, all the items of a batch may be read for every leaf of it
  await tx.query(
    `insert into status_entries (district, leaf_hash, reason, at)
     select distinct l.district, l.leaf_hash, 'superseded', $1::timestamptz
     from replaced r
     join batch_leaves l on l.district = r.district and l.record_id = r.record_id and l.version = r.version
     join batches b on b.batch_id = l.batch_id
     cross join lateral (
       select from signatures
       where district = b.district and batch_id = b.batch_id
         and leaf_index = case b.mode when 'each' then l.leaf_index else ${LIST_INDEX} end limit 1) s
     on conflict do nothing`,
    [at],
  );
}

/** Signed leaves of a record that was taken back. */
export async function withdrawLeavesOfRecord(tx: Tx, recordId: string, at: Date): Promise<void> {
  await tx.query(
    `insert into status_entries (district, leaf_hash, reason, at)
     select l.district, l.leaf_hash, 'withdrawn', $2 from live_batch_leaves l where l.record_id = $1 and l.collected_at is not null
     on conflict do nothing`,
    [recordId, at],
  );
}

export async function withdrawLeavesOfBatch(tx: Tx, batchId: string, at: Date): Promise<void> {
  await tx.query(
    `insert into status_batches (district, batch_id, at)
     select leaf_district, batch_id, $2 from batch_parts where batch_id = $1 on conflict do nothing`,
    [batchId, at],
  );
}

/** Leaves of a batch whose records were taken back while it was open. */
export async function withdrawTakenBackLeavesOfBatch(tx: Tx, batchId: string, at: Date): Promise<void> {
  await tx.query(
    `insert into status_entries (district, leaf_hash, reason, at)
     select distinct l.district, l.leaf_hash, 'withdrawn', $2::timestamptz
     from batch_parts p
     join record_withdrawals w on w.district = p.leaf_district
     join batch_leaves l on l.district = w.district and l.record_id = w.record_id and l.batch_id = p.batch_id
     where p.batch_id = $1
     on conflict do nothing`,
    [batchId, at],
  );
}

/** Of a few leaves of a batch, those whose version was replaced or whose record was taken back: what withdraw- and supersede…OfBatch do for all. */
export async function listStaleItems(
  tx: Tx,
  batchId: string,
  leafDistricts: readonly string[],
  indexes: readonly number[],
  at: Date,
): Promise<void> {
  await tx.query(
    `insert into status_entries (district, leaf_hash, reason, at)
     select l.district, l.leaf_hash, stale.reason, $4::timestamptz
     from batch_leaves l
     cross join lateral (
       select 'superseded' as reason from record_versions n
       where n.version > 1 and n.district = l.district and n.record_id = l.record_id and n.version > l.version
       union
       select 'superseded' from record_departures d
       where d.district = l.district and d.record_id = l.record_id and d.version > l.version
       union
       select 'withdrawn' from record_withdrawals w where w.district = l.district and w.record_id = l.record_id) stale
     where l.district = any($2::text[]) and l.batch_id = $1 and l.leaf_index = any($3::bigint[])
     on conflict do nothing`,
    [batchId, leafDistricts, indexes, at],
  );
}

/** What tells that a district's status changed, without reading it: rows are only ever added. */
export type StatusMark = {
  readonly entries: number;
  readonly batches: number;
  readonly changedAt: Date | null;
};

export async function statusMark(db: Db, district: string): Promise<StatusMark> {
  const rows = await db.query<StatusMark>(
    `select e.entries, b.batches, greatest(e.at, b.at) as "changedAt"
     from (select count(*) as entries, max(at) as at from status_entries where district = $1) e,
          (select count(*) as batches, max(at) as at from status_batches where district = $1) b`,
    [district],
  );
  return rows[0] ?? { entries: 0, batches: 0, changedAt: null };
}

/** Every district that some batch holds leaves of, in the city or not: whatever is signed there can be taken back. */
export async function batchedDistricts(db: Db): Promise<string[]> {
  const rows = await db.query<{ district: string }>(
    'select distinct leaf_district as district from batch_parts order by 1',
  );
  return rows.map((row) => row.district);
}

export type StatusContent = {
  readonly superseded: Buffer[];
  readonly withdrawn: Buffer[];
  readonly batches: string[];
};

export async function readStatus(db: Db, district: string): Promise<StatusContent> {
  const entries = await db.query<{ leafHash: Buffer; reason: string }>(
    'select leaf_hash as "leafHash", reason from status_entries where district = $1',
    [district],
  );
  const batches = await db.query<{ batchId: string }>(
    'select batch_id as "batchId" from status_batches where district = $1',
    [district],
  );
  const of = (reason: string) =>
    entries.filter((entry) => entry.reason === reason).map((entry) => entry.leafHash);
  return {
    superseded: of('superseded'),
    withdrawn: of('withdrawn'),
    batches: batches.map((row) => row.batchId),
  };
}

export type IssuedStatus = {
  readonly sequence: number;
  readonly contentSha256: Buffer;
  readonly issuedAt: Date;
  readonly envelope: string;
};

/** The newest list; its envelope is null where that was not kept. */
export async function lastStatusList(
  db: Db,
  district: string,
): Promise<(Omit<IssuedStatus, 'envelope'> & { readonly envelope: string | null }) | null> {
  const rows = await db.query<IssuedStatus>(
    `select l.sequence, l.content_sha256 as "contentSha256", l.issued_at as "issuedAt", e.envelope
     from status_lists l left join status_envelopes e on e.district = l.district and e.sequence = l.sequence
     where l.district = $1 order by l.sequence desc limit 1`,
    [district],
  );
  return rows[0] ?? null;
}

/** @returns false where another process issued the same sequence first */
export async function insertStatusList(db: Database, district: string, list: IssuedStatus): Promise<boolean> {
  return db.transaction(async (tx) => {
    const rows = await tx.query(
      `insert into status_lists (district, sequence, content_sha256, issued_at) values ($1, $2, $3, $4)
       on conflict do nothing returning 1`,
      [district, list.sequence, list.contentSha256, list.issuedAt],
    );
    if (rows.length === 0) return false;
    await tx.query(
      `insert into status_envelopes (district, sequence, envelope) values ($1, $2, $3)
       on conflict (district) do update set sequence = excluded.sequence, envelope = excluded.envelope
         where status_envelopes.sequence < excluded.sequence`,
      [district, list.sequence, list.envelope],
    );
    return true;
  });
}

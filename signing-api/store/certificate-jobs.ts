import type { UnitKind } from '#core/sign/fields';
import type { Db, Tx } from './database.ts';

/** The queue of certificates to be signed. Who takes jobs has them until the lease runs out; then they go to whoever asks next. */

export type NewLease = {
  readonly leaseId: string;
  readonly workerId: string;
  readonly by: string;
  readonly at: Date;
  readonly until: Date;
  readonly max: number;
  /** keys whose claims were fixed before */
  readonly kids: readonly Uint8Array[];
  /** also those whose claims are not fixed yet, were fixed before `tooOld` and never signed, or for a key that is none of `living` */
  readonly takeFresh: boolean;
  readonly living: readonly Uint8Array[];
  readonly tooOld: Date;
};

/**
 * Takes jobs in the order of the leaves. Of those taken, the ones whose certificate there is end: an order may queue a job anew while the
 * certificate that it would make is being stored.
 * @returns how many were taken and are left
 */
export async function takeJobs(tx: Tx, lease: NewLease): Promise<number> {
  const rows = await tx.query(
    `with free as (
       select j.district, j.certificate_id from certificate_jobs j
       where j.lease_until < $3 and (
         (j.kid = any($4::bytea[]) and j.claimed_at >= $6)
         or ($5 and (j.kid is null or j.claimed_at < $6 or j.kid <> all($8::bytea[]))))
       order by j.lease_until, j.district, j.record_id limit $7
       for update skip locked)
     update certificate_jobs j set lease_id = $1, lease_until = $2
     from free where j.district = free.district and j.certificate_id = free.certificate_id returning 1`,
    [
      lease.leaseId,
      lease.until,
      lease.at,
      lease.kids,
      lease.takeFresh,
      lease.tooOld,
      lease.max,
      lease.living,
    ],
  );
  const ended = await tx.query(
    `delete from certificate_jobs j using certificates c
     where j.lease_id = $1 and c.district = j.district and c.certificate_id = j.certificate_id returning 1`,
    [lease.leaseId],
  );
  if (rows.length > 0)
    await tx.query('insert into certificate_leases (lease_id, worker_id, by, at) values ($1, $2, $3, $4)', [
      lease.leaseId,
      lease.workerId,
      lease.by,
      lease.at,
    ]);
  return rows.length - ended.length;
}

export async function isLease(db: Db, leaseId: string): Promise<boolean> {
  const rows = await db.query('select 1 from certificate_leases where lease_id = $1', [leaseId]);
  return rows.length === 1;
}

export type LeasedJob = {
  readonly district: string;
  readonly certificateId: string;
  readonly recordId: string;
  readonly version: number;
  readonly renewal: number;
  readonly sealedLine: Buffer | null;
  readonly isTakenBack: boolean;
  readonly isSuperseded: boolean;
  /** the claims that were fixed before, null where there are none */
  readonly kid: Buffer | null;
  readonly claimsSha256: Buffer | null;
  readonly sealedClaims: Buffer | null;
  readonly issuedAt: Date | null;
  readonly expires: Date | null;
};

export async function leasedJobs(db: Db, leaseId: string, tooOld: Date): Promise<LeasedJob[]> {
  return db.query<LeasedJob>(
    `select o.district, o.certificate_id as "certificateId", o.record_id as "recordId", o.version, o.renewal,
       l.sealed_line as "sealedLine",
       exists (select from record_withdrawals w where w.district = o.district and w.record_id = o.record_id) as "isTakenBack",
       not exists (select from current_versions v
                   where v.district = o.district and v.record_id = o.record_id and v.version = o.version) as "isSuperseded",
       a.kid, a.claims_sha256 as "claimsSha256", a.sealed_claims as "sealedClaims", a.issued_at as "issuedAt", a.expires
     from certificate_jobs j
     join certificate_orders o on o.district = j.district and o.certificate_id = j.certificate_id
     left join leaves l on l.district = o.district and l.record_id = o.record_id and l.version = o.version
     left join certificate_claims a on j.claimed_at >= $2
       and a.district = j.district and a.certificate_id = j.certificate_id and a.claims_sha256 = j.claims_sha256
     where j.lease_id = $1 order by j.district, j.record_id`,
    [leaseId, tooOld],
  );
}

export type LeasedAttestation = {
  readonly certificateId: string;
  readonly kind: UnitKind;
  readonly batchId: string;
  readonly leafIndex: number;
  readonly leafHash: Buffer;
  /** over the item, in `each` mode */
  readonly itemCms: Buffer | null;
};

/** Whose signatures bind the leased records, of the kinds asked for. */
export async function leasedAttestations(
  db: Db,
  leaseId: string,
  kinds: readonly UnitKind[],
): Promise<LeasedAttestation[]> {
  // one signature looked up: joined as a table, all the items of the batch may be read for it
  return db.query<LeasedAttestation>(
    `select o.certificate_id as "certificateId", l.kind, l.batch_id as "batchId", l.leaf_index as "leafIndex",
       l.leaf_hash as "leafHash", case b.mode when 'each' then s.cms end as "itemCms"
     from certificate_jobs j
     join certificate_orders o on o.district = j.district and o.certificate_id = j.certificate_id
     join batch_leaves l on l.district = o.district and l.record_id = o.record_id and l.kind = any($2::text[]) and l.version = o.version
     join batches b on b.batch_id = l.batch_id
     cross join lateral (
       select cms from signatures
       where district = b.district and batch_id = b.batch_id
         and leaf_index = case b.mode when 'each' then l.leaf_index else -1 end limit 1) s
     where j.lease_id = $1
       and not exists (select from batch_withdrawals w where w.district = b.district and w.batch_id = b.batch_id)
     order by l.kind desc`,
    [leaseId, kinds],
  );
}

export type NewClaims = {
  readonly district: string;
  readonly certificateId: string;
  readonly kid: Uint8Array;
  readonly claimsSha256: Uint8Array;
  readonly sealedClaims: Buffer;
  readonly uvciHash: Uint8Array;
  readonly issuedAt: Date;
  readonly expires: Date;
};

/** Fixes what is to be signed, for jobs that this lease still has. @returns the certificates whose claims are fixed so */
export async function fixClaims(
  tx: Tx,
  leaseId: string,
  claims: readonly NewClaims[],
  at: Date,
): Promise<Set<string>> {
  const rows = await tx.query<{ id: string }>(
    `with new as (
       select * from unnest($2::text[], $3::uuid[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[], $8::timestamptz[], $9::timestamptz[])
         as n (district, certificate_id, kid, claims_sha256, sealed_claims, uvci_hash, issued_at, expires)),
     fixed as (
       update certificate_jobs j set kid = n.kid, claims_sha256 = n.claims_sha256, claimed_at = $10
       from new n where j.district = n.district and j.certificate_id = n.certificate_id and j.lease_id = $1
       returning n.*)
     insert into certificate_claims (district, certificate_id, kid, claims_sha256, sealed_claims, uvci_hash, issued_at, expires, at)
     select f.*, $10 from fixed f returning certificate_id as id`,
    [
      leaseId,
      claims.map((c) => c.district),
      claims.map((c) => c.certificateId),
      claims.map((c) => c.kid),
      claims.map((c) => c.claimsSha256),
      claims.map((c) => c.sealedClaims),
      claims.map((c) => c.uvciHash),
      claims.map((c) => c.issuedAt),
      claims.map((c) => c.expires),
      at,
    ],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Gives jobs back before the lease runs out. */
export async function releaseJobs(db: Db, leaseId: string, certificateIds: readonly string[]): Promise<void> {
  await db.query(
    `update certificate_jobs set lease_id = null, lease_until = '-infinity'
     where lease_id = $1 and certificate_id = any($2::uuid[])`,
    [leaseId, certificateIds],
  );
}

export type NewRefusal = { readonly certificateId: string; readonly code: string };

/** Ends jobs that cannot be, where this lease still has them. @returns the certificates refused now */
export async function refuseJobs(
  tx: Tx,
  leaseId: string,
  refusals: readonly NewRefusal[],
  at: Date,
): Promise<Set<string>> {
  const rows = await tx.query<{ id: string }>(
    `with new as (select * from unnest($2::uuid[], $3::text[]) as n (certificate_id, code)),
     ended as (
       delete from certificate_jobs j using new n
       where j.certificate_id = n.certificate_id and j.lease_id = $1 returning j.district, j.certificate_id, n.code)
     insert into certificate_refusals (district, certificate_id, at, code)
     select district, certificate_id, $4, code from ended
     on conflict do nothing returning certificate_id as id`,
    [leaseId, refusals.map(({ certificateId }) => certificateId), refusals.map(({ code }) => code), at],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Jobs that anyone may take, counted no further than `most`: asked with every lease. */
export async function countWaiting(db: Db, now: Date, most: number): Promise<number> {
  const rows = await db.query<{ count: number }>(
    `select count(*) as count from (select from certificate_jobs where lease_until < $1 order by lease_until limit $2) w`,
    [now, most],
  );
  return rows[0]?.count ?? 0;
}

import type { UnitKind } from '#core/sign/fields';
import type { Db, Tx } from './database.ts';

/** What a signature may have been made over. */
export type KnownClaims = {
  readonly district: string;
  readonly certificateId: string;
  readonly recordId: string;
  readonly version: number;
  readonly renewal: number;
  readonly kid: Buffer;
  readonly claimsSha256: Buffer;
  readonly sealedClaims: Buffer;
  readonly uvciHash: Buffer;
  readonly issuedAt: Date;
  readonly expires: Date;
  /** of the certificate that there is already */
  readonly storedClaims: Buffer | null;
};

export async function findClaims(db: Db, digests: readonly Uint8Array[]): Promise<KnownClaims[]> {
  return db.query<KnownClaims>(
    `select a.district, a.certificate_id as "certificateId", o.record_id as "recordId", o.version, o.renewal, a.kid,
       a.claims_sha256 as "claimsSha256", a.sealed_claims as "sealedClaims", a.uvci_hash as "uvciHash", a.issued_at as "issuedAt",
       a.expires, c.claims_sha256 as "storedClaims"
     from certificate_claims a
     join certificate_orders o on o.district = a.district and o.certificate_id = a.certificate_id
     left join certificates c on c.district = a.district and c.certificate_id = a.certificate_id
     where a.claims_sha256 = any($1::bytea[])`,
    [digests],
  );
}

export async function orderedAmong(db: Db, certificateIds: readonly string[]): Promise<Set<string>> {
  const rows = await db.query<{ id: string }>(
    'select certificate_id as id from certificate_orders where certificate_id = any($1::uuid[])',
    [certificateIds],
  );
  return new Set(rows.map(({ id }) => id));
}

export async function refusedAmong(db: Db, certificateIds: readonly string[]): Promise<Set<string>> {
  const rows = await db.query<{ id: string }>(
    `select r.certificate_id as id from certificate_orders o
     join certificate_refusals r on r.district = o.district and r.certificate_id = o.certificate_id
     where o.certificate_id = any($1::uuid[])
       and not exists (select from certificate_jobs j where j.district = o.district and j.certificate_id = o.certificate_id)`,
    [certificateIds],
  );
  return new Set(rows.map(({ id }) => id));
}

export type NewCertificate = Omit<KnownClaims, 'sealedClaims' | 'storedClaims'> & {
  readonly sealedCose: Buffer;
  readonly sealedHandle: Buffer;
  readonly lookupIndex: Buffer;
};

/**
 * Stores certificates, ends their jobs, and takes back at once those whose record was corrected or withdrawn meanwhile,
 * or whose signatures were given up. Call it under
 * lockStatusShared.
 * @returns the digests of the claims of every certificate that there is now, of those handed in
 */
export async function insertCertificates(
  tx: Tx,
  certificates: readonly NewCertificate[],
  { kinds, by, at }: { readonly kinds: readonly UnitKind[]; readonly by: string; readonly at: Date },
): Promise<Map<string, Buffer>> {
  const ids = certificates.map((c) => c.certificateId);
  const districts = certificates.map((c) => c.district);
  await tx.query(
    `with made as (
       insert into certificates (district, certificate_id, record_id, version, renewal, kid, claims_sha256, uvci_hash, sealed_cose,
         sealed_handle, lookup_index, issued_at, expires, at)
       select n.*, $14 from unnest($1::text[], $2::uuid[], $3::uuid[], $4::int[], $5::int[], $6::bytea[], $7::bytea[], $8::bytea[],
         $9::bytea[], $10::bytea[], $11::bytea[], $12::timestamptz[], $13::timestamptz[]) as n
       on conflict do nothing returning district, certificate_id, record_id, version, uvci_hash),
     named as (
       insert into uvci_index (uvci_hash, district, certificate_id) select uvci_hash, district, certificate_id from made)
     insert into certificate_revocations (district, certificate_id, reason, at, by)
     select m.district, m.certificate_id, stale.reason, $14, $15
     from made m
     cross join lateral (
       select case
         when exists (select from record_withdrawals w where w.district = m.district and w.record_id = m.record_id) then 'withdrawal'
         when not exists (select from current_versions v
                          where v.district = m.district and v.record_id = m.record_id and v.version = m.version) then 'correction'
         when exists (select from batch_leaves l
                      join batches b on b.batch_id = l.batch_id
                      join batch_withdrawals w on w.district = b.district and w.batch_id = b.batch_id
                      where l.district = m.district and l.record_id = m.record_id and l.version = m.version)
           and (select count(distinct l.kind) from live_batch_leaves l
                where l.district = m.district and l.record_id = m.record_id and l.version = m.version
                  and l.kind = any($16::text[]) and l.collected_at is not null) < cardinality($16::text[]) then 'withdrawal'
       end as reason) stale
     where stale.reason is not null`,
    [
      districts,
      ids,
      certificates.map((c) => c.recordId),
      certificates.map((c) => c.version),
      certificates.map((c) => c.renewal),
      certificates.map((c) => c.kid),
      certificates.map((c) => c.claimsSha256),
      certificates.map((c) => c.uvciHash),
      certificates.map((c) => c.sealedCose),
      certificates.map((c) => c.sealedHandle),
      certificates.map((c) => c.lookupIndex),
      certificates.map((c) => c.issuedAt),
      certificates.map((c) => c.expires),
      at,
      by,
      kinds,
    ],
  );
  await tx.query(
    `delete from certificate_jobs j using unnest($1::text[], $2::uuid[]) as done (district, certificate_id)
     where j.district = done.district and j.certificate_id = done.certificate_id`,
    [districts, ids],
  );
  const rows = await tx.query<{ id: string; claims: Buffer }>(
    `select c.certificate_id as id, c.claims_sha256 as claims
     from unnest($1::text[], $2::uuid[]) as n (district, certificate_id)
     join certificates c on c.district = n.district and c.certificate_id = n.certificate_id`,
    [districts, ids],
  );
  return new Map(rows.map(({ id, claims }) => [id, claims]));
}

/** As lockStatus, for those who only add what others may have to see: they do not wait for each other. */
export async function lockStatusShared(tx: Tx): Promise<void> {
  await tx.query("select pg_advisory_xact_lock_shared(hashtext('kyso/status'))");
}

export type CertificateRow = {
  readonly district: string;
  readonly certificateId: string;
  readonly recordId: string;
  readonly version: number;
  readonly renewal: number;
  readonly isQueued: boolean;
  readonly refusal: string | null;
  readonly kid: Buffer | null;
  readonly sealedHandle: Buffer | null;
  readonly issuedAt: Date | null;
  readonly expires: Date | null;
  readonly revokedAt: Date | null;
};

const ROW = `select o.district, o.certificate_id as "certificateId", o.record_id as "recordId", o.version, o.renewal,
    j.certificate_id is not null as "isQueued", refusal.code as refusal, c.kid, c.sealed_handle as "sealedHandle",
    c.issued_at as "issuedAt", c.expires, r.at as "revokedAt"
  from certificate_orders o
  left join certificate_jobs j on j.district = o.district and j.certificate_id = o.certificate_id
  left join certificates c on c.district = o.district and c.certificate_id = o.certificate_id
  left join certificate_revocations r on r.district = o.district and r.certificate_id = o.certificate_id
  left join lateral (
    select f.code from certificate_refusals f where f.district = o.district and f.certificate_id = o.certificate_id
    order by f.at desc limit 1) refusal on true`;

/** All that was ever ordered for a record, wherever it lay then; the newest first. */
export async function certificatesOfRecord(db: Db, recordId: string): Promise<CertificateRow[]> {
  return db.query<CertificateRow>(
    `${ROW} where o.record_id = $1 order by o.version desc, o.renewal desc limit 1000`,
    [recordId],
  );
}

export async function findCertificate(db: Db, certificateId: string): Promise<CertificateRow | null> {
  const rows = await db.query<CertificateRow>(`${ROW} where o.certificate_id = $1`, [certificateId]);
  return rows[0] ?? null;
}

export type SealedCertificate = {
  readonly certificateId: string;
  readonly sealedCose: Buffer;
  readonly issuedAt: Date;
  readonly expires: Date;
};

/** What a holder asks for; nothing where it was taken back. */
export async function lookUpCertificate(
  db: Db,
  indexes: readonly Buffer[],
): Promise<SealedCertificate | null> {
  const rows = await db.query<SealedCertificate>(
    `select c.certificate_id as "certificateId", c.sealed_cose as "sealedCose", c.issued_at as "issuedAt", c.expires
     from certificates c
     where c.lookup_index = any($1::bytea[])
       and not exists (select from certificate_revocations r
                       where r.district = c.district and r.certificate_id = c.certificate_id)
     order by c.issued_at desc limit 1`,
    [indexes],
  );
  return rows[0] ?? null;
}

export type IssuingCounts = {
  readonly waiting: number;
  readonly leased: number;
  readonly issued: number;
  readonly revoked: number;
  readonly refused: readonly { readonly code: string; readonly count: number }[];
  readonly keys: readonly { readonly kid: Buffer; readonly count: number }[];
};

export async function countIssuing(db: Db, now: Date): Promise<IssuingCounts> {
  const [queue] = await db.query<{ waiting: number; leased: number }>(
    `select count(*) filter (where lease_until < $1) as waiting, count(*) filter (where lease_until >= $1) as leased
     from certificate_jobs`,
    [now],
  );
  const keys = await db.query<{ kid: Buffer; count: number }>(
    'select kid, count(*) as count from certificates group by kid',
  );
  const [revoked] = await db.query<{ count: number }>(
    'select count(*) as count from certificate_revocations',
  );
  const refused = await db.query<{ code: string; count: number }>(
    `select code, count(*) as count
     from (select distinct on (f.district, f.certificate_id) f.code from certificate_refusals f
           where not exists (select from certificate_jobs j where j.district = f.district and j.certificate_id = f.certificate_id)
             and not exists (select from certificates c where c.district = f.district and c.certificate_id = f.certificate_id)
           order by f.district, f.certificate_id, f.at desc) last
     group by code order by code`,
  );
  return {
    waiting: queue?.waiting ?? 0,
    leased: queue?.leased ?? 0,
    issued: keys.reduce((sum, { count }) => sum + count, 0),
    revoked: revoked?.count ?? 0,
    refused,
    keys,
  };
}

import type { Db, Tx } from './database.ts';
import { signedOf, type OrderTerms } from './certificate-orders.ts';

/** Orders that were refused: they have neither job nor certificate, and count by their last refusal. */

const OF_DISTRICT = `refused as (
       select o.district, o.certificate_id, o.record_id, o.version, o.renewal, f.code, f.at
       from certificate_refusals f
       join certificate_orders o on o.district = f.district and o.certificate_id = f.certificate_id
       where f.district = $1 and ($2::text[] is null or f.code = any($2))
         and not exists (select from certificate_refusals n
                         where n.district = f.district and n.certificate_id = f.certificate_id and n.at > f.at)
         and not exists (select from certificate_jobs j where j.district = f.district and j.certificate_id = f.certificate_id)
         and not exists (select from certificates c where c.district = f.district and c.certificate_id = f.certificate_id))`;

/** Districts in which orders were refused, or of those asked for, in order. */
export async function refusedDistricts(tx: Tx, among: readonly string[] | null): Promise<string[]> {
  const rows = await tx.query<{ district: string }>(
    'select distinct district from certificate_refusals where $1::text[] is null or district = any($1) order by 1',
    [among],
  );
  return rows.map(({ district }) => district);
}

/**
 * Orders again what was refused in a district, under the same certificate; under the next renewal where a worker has promised that one to
 * claims that were lost. Versions that are not current any more, taken back or not signed as the policy wants are passed over.
 * @param codes null for all
 * @returns how many
 */
export async function orderRefused(
  tx: Tx,
  district: string,
  codes: readonly string[] | null,
  { campaign, kinds, by, at }: OrderTerms,
): Promise<number> {
  const rows = await tx.query<{ count: number }>(
    `with ${OF_DISTRICT},
     ${signedOf('$3')},
     wanted as materialized (
       select r.* from refused r
       join current_versions v on v.district = $1 and v.record_id = r.record_id and v.version = r.version
       join signed s on s.record_id = r.record_id and s.version = r.version
       where v.campaign = $4
         and not exists (select from record_withdrawals w where w.district = $1 and w.record_id = r.record_id)
         and not exists (select from certificate_orders n
                         where n.district = $1 and n.record_id = r.record_id and n.version = r.version and n.renewal > r.renewal)),
     made as (
       insert into certificate_orders (district, certificate_id, record_id, version, renewal, by, at)
       select district, make_uuid7(), record_id, version, renewal + 1, $5, $6
       from wanted where code = 'CERTIFICATE_ALREADY_ISSUED' order by record_id
       on conflict do nothing returning district, certificate_id, record_id),
     queued as (
       insert into certificate_jobs (district, certificate_id, record_id)
       select district, certificate_id, record_id from made
       union all
       select district, certificate_id, record_id from wanted where code <> 'CERTIFICATE_ALREADY_ISSUED'
       on conflict do nothing returning 1)
     select count(*) as count from queued`,
    [district, codes, kinds, campaign, by, at],
  );
  return rows[0]?.count ?? 0;
}

export type RefusedOrder = {
  readonly certificateId: string;
  readonly recordId: string;
  readonly version: number;
  readonly renewal: number;
  readonly refusal: string;
  readonly refusedAt: Date;
};

/** In the order of their certificates' ids: the oldest order first. */
export async function listRefused(
  db: Db,
  asked: {
    readonly district: string;
    readonly code: string | null;
    readonly after: string | null;
    readonly limit: number;
  },
): Promise<RefusedOrder[]> {
  return db.query<RefusedOrder>(
    `with ${OF_DISTRICT}
     select certificate_id as "certificateId", record_id as "recordId", version, renewal, code as refusal, at as "refusedAt"
     from refused where $3::uuid is null or certificate_id > $3 order by certificate_id limit $4`,
    [asked.district, asked.code === null ? null : [asked.code], asked.after, asked.limit],
  );
}

import type { UnitKind } from '#core/sign/fields';
import type { Tx } from './database.ts';

/** Who orders, for what, and whose signatures a record must bear. */
export type OrderTerms = {
  readonly campaign: string;
  readonly kinds: readonly UnitKind[];
  readonly by: string;
  readonly at: Date;
};

/** Every order becomes a job at once; both tables have the same rows until the job is done. */
const QUEUED = `queued as (
    insert into certificate_jobs (district, certificate_id, record_id) select district, certificate_id, record_id from made)
  select count(*) as count from made`;

/**
 * Whether nothing can be signed for an order any more: a worker promised its certificate to claims that were lost, and refuses others.
 * Whoever orders again gets the next renewal.
 */
const SPENT = `(
    not exists (select from certificates i where i.district = o.district and i.certificate_id = o.certificate_id)
    and not exists (select from certificate_jobs j where j.district = o.district and j.certificate_id = o.certificate_id)
    and (select f.code from certificate_refusals f where f.district = o.district and f.certificate_id = o.certificate_id
         order by f.at desc limit 1) is not distinct from 'CERTIFICATE_ALREADY_ISSUED')`;

/**
 * The number of an order of a record version that was ordered before, or 0. For many, ask before anything is inserted (`materialized`):
 * beside the insert, every question may look through all that the statement has inserted so far.
 */
const nextRenewal = (row: string) => `(select coalesce(max(o.renewal) + 1, 0) from certificate_orders o
          where o.district = ${row}.district and o.record_id = ${row}.record_id and o.version = ${row}.version)`;

const TAKEN_BACK = `exists (select from record_withdrawals w where w.district = v.district and w.record_id = v.record_id)`;

/** Whether a record version is signed as the policy wants, asked alone. */
function signedKinds(row: string, kinds: string): string {
  return `(select count(distinct l.kind) from live_batch_leaves l
          where l.district = ${row}.district and l.record_id = ${row}.record_id and l.version = ${row}.version
            and l.kind = any(${kinds}::text[]) and l.collected_at is not null) = cardinality(${kinds}::text[])`;
}

/**
 * Tells the planner how much there is now. Without it, until autovacuum comes round after a large import, it takes the tables for small:
 * ordering 97,000 of 194,000 fresh doses went on for minutes instead of seconds.
 */
export async function countForPlanner(tx: Tx): Promise<void> {
  await tx.query('analyze record_versions, batch_leaves, certificate_orders, certificates');
}

/** Districts with signed records, or of those asked for, in order. */
export async function signedDistricts(tx: Tx, among: readonly string[] | null): Promise<string[]> {
  const rows = await tx.query<{ district: string }>(
    `select distinct leaf_district as district from batch_parts where $1::text[] is null or leaf_district = any($1) order by 1`,
    [among],
  );
  return rows.map(({ district }) => district);
}

/** `signed`: record versions of district $1 that are signed as the policy wants. @param kinds parameter of the kinds */
export function signedOf(kinds: string): string {
  return `signed as (
       select l.record_id, l.version from live_batch_leaves l
       where l.district = $1 and l.kind = any(${kinds}::text[]) and l.collected_at is not null
       group by l.record_id, l.version having count(distinct l.kind) = cardinality(${kinds}::text[]))`;
}

/**
 * Orders, for everyone in a district, the newest dose that is signed as the policy wants, unless a newer one of the person is in another
 * district; where its version was not ordered before, or what was ordered is spent or went with signatures that were given up since.
 * @returns how many
 */
export async function orderNewest(tx: Tx, district: string, terms: OrderTerms): Promise<number> {
  const rows = await tx.query<{ count: number }>(
    `with ${signedOf('$2')},
     newest as (
       select distinct on (v.identity_index) v.district, v.record_id, v.version, v.identity_index, v.dose_date, v.dose_no
       from current_versions v
       join signed s on s.record_id = v.record_id and s.version = v.version
       where v.district = $1 and v.campaign = $3 and v.identity_index is not null and not ${TAKEN_BACK}
       order by v.identity_index, v.dose_date desc, v.dose_no desc, v.record_id desc),
     wanted as materialized (
       select n.*, ${nextRenewal('n')} as renewal from newest n
       where not exists (
         select from certificate_orders o
         where o.district = $1 and o.record_id = n.record_id and o.version = n.version and not ${SPENT}
           and not exists (select from certificate_revocations r
                           where r.district = $1 and r.certificate_id = o.certificate_id and r.reason = 'withdrawal'))),
     made as (
       insert into certificate_orders (district, certificate_id, record_id, version, renewal, by, at)
       select w.district, make_uuid7(), w.record_id, w.version, w.renewal, $4, $5
       from wanted w
       where ${NEWER_ELSEWHERE} is null
       order by w.record_id
       on conflict do nothing returning district, certificate_id, record_id),
     ${QUEUED}`,
    [district, terms.kinds, terms.campaign, terms.by, terms.at],
  );
  return rows[0]?.count ?? 0;
}

/** A version by which a record of `wanted` is not the person's newest; asked one by one by index, as almost nobody has any. */
const NEWER_ELSEWHERE = `(
         select 1 from record_versions v
         where v.identity_index = w.identity_index and v.district <> w.district and v.campaign = $3
           and (v.dose_date, v.dose_no, v.record_id) > (w.dose_date, w.dose_no, w.record_id)
           and exists (select from current_versions u
                       where u.district = v.district and u.record_id = v.record_id and u.version = v.version)
           and not ${TAKEN_BACK}
           and ${signedKinds('v', '$2')}
         limit 1)`;

/** Certain records, current and signed as the policy wants. */
const WANTED = `with wanted as (
   select v.district, v.record_id, v.version
   from unnest($1::text[], $2::uuid[]) as asked (district, record_id)
   join current_versions v on v.district = asked.district and v.record_id = asked.record_id
   where v.campaign = $4 and not ${TAKEN_BACK} and ${signedKinds('v', '$3')})`;

/**
 * Orders certain records: those never ordered in this version, or all of whose orders are spent or whose certificates were taken back;
 * and again those that were refused.
 * @returns how many
 */
export async function orderRecords(
  tx: Tx,
  records: readonly { readonly district: string; readonly recordId: string }[],
  terms: OrderTerms,
): Promise<number> {
  const asked = [
    records.map(({ district }) => district),
    records.map(({ recordId }) => recordId),
    terms.kinds,
    terms.campaign,
  ];
  const again = await tx.query(
    `${WANTED}
     insert into certificate_jobs (district, certificate_id, record_id)
     select o.district, o.certificate_id, o.record_id
     from wanted w
     join certificate_orders o on o.district = w.district and o.record_id = w.record_id and o.version = w.version
     where not exists (select from certificates c where c.district = o.district and c.certificate_id = o.certificate_id)
       and not ${SPENT}
     on conflict do nothing returning 1`,
    asked,
  );
  const rows = await tx.query<{ count: number }>(
    `${WANTED},
     made as (
       insert into certificate_orders (district, certificate_id, record_id, version, renewal, by, at)
       select w.district, make_uuid7(), w.record_id, w.version, ${nextRenewal('w')}, $5, $6
       from wanted w
       where not exists (
         select from certificate_orders o
         where o.district = w.district and o.record_id = w.record_id and o.version = w.version and not ${SPENT}
           and not exists (select from certificate_revocations r
                           where r.district = o.district and r.certificate_id = o.certificate_id))
       on conflict do nothing returning district, certificate_id, record_id),
     ${QUEUED}`,
    [...asked, terms.by, terms.at],
  );
  return again.length + (rows[0]?.count ?? 0);
}

/** Districts in which certificates were issued, in order. */
export async function issuedDistricts(tx: Tx): Promise<string[]> {
  const rows = await tx.query<{ district: string }>('select distinct district from certificates order by 1');
  return rows.map(({ district }) => district);
}

/**
 * Orders the next renewal of what runs out before a time, where the version is still the current one.
 * @returns how many
 */
export async function orderRenewals(
  tx: Tx,
  district: string,
  expiringBefore: Date,
  { campaign, by, at }: OrderTerms,
): Promise<number> {
  const rows = await tx.query<{ count: number }>(
    `with wanted as materialized (
       select c.district, c.record_id, c.version, ${nextRenewal('c')} as renewal
       from certificates c
       join current_versions v on v.district = c.district and v.record_id = c.record_id and v.version = c.version
       where c.district = $1 and c.expires < $2 and v.campaign = $5 and not ${TAKEN_BACK}
         and not exists (select from certificate_revocations r
                         where r.district = c.district and r.certificate_id = c.certificate_id)
         and not exists (select from certificate_orders o
                         where o.district = c.district and o.record_id = c.record_id and o.version = c.version and o.renewal > c.renewal
                           and not ${SPENT})),
     made as (
       insert into certificate_orders (district, certificate_id, record_id, version, renewal, by, at)
       select w.district, make_uuid7(), w.record_id, w.version, w.renewal, $3, $4
       from wanted w
       order by w.record_id
       on conflict do nothing returning district, certificate_id, record_id),
     ${QUEUED}`,
    [district, expiringBefore, by, at, campaign],
  );
  return rows[0]?.count ?? 0;
}

-- A frozen batch never changes: its leaves, tiles and statement are written before anything is signed.
create table batches (
  district text not null,
  batch_id uuid not null,
  kind text not null check (kind in ('district', 'facility')),
  unit text not null,
  mode text not null check (mode in ('list', 'each')),
  sequence bigint not null,
  count bigint not null,
  root bytea not null,
  statement bytea not null,
  statement_sha256 bytea not null,
  created_at timestamptz not null,
  by uuid not null,
  primary key (district, batch_id)
);
create index batches_by_unit on batches (kind, unit, created_at);
create index batches_by_id on batches (batch_id);

-- the district of the record, so that a facility's batch is spread over districts
create table batch_leaves (
  district text not null,
  batch_id uuid not null,
  leaf_index bigint not null,
  record_id uuid not null,
  version integer not null,
  leaf_hash bytea not null,
  kind text not null,
  primary key (district, batch_id, leaf_index)
);
create index batch_leaves_by_record on batch_leaves (district, record_id, kind);

-- which stretch of the leaf order lies in which district
create table batch_parts (
  district text not null,
  batch_id uuid not null,
  leaf_district text not null,
  first_index bigint not null,
  count bigint not null,
  primary key (district, batch_id, leaf_district)
);

create index batch_parts_by_leaf_district on batch_parts (leaf_district);

create table tiles (
  district text not null,
  batch_id uuid not null,
  level smallint not null,
  tile_no integer not null,
  hashes bytea not null,
  primary key (district, batch_id, level, tile_no)
);

create table batch_withdrawals (
  district text not null,
  batch_id uuid not null,
  at timestamptz not null,
  by uuid,
  reason text not null,
  primary key (district, batch_id)
);

-- over the list in `list` mode (leaf_index −1), over each leaf in `each` mode
create table signatures (
  district text not null,
  batch_id uuid not null,
  leaf_index bigint not null,
  cms bytea not null,
  cms_sha256 bytea not null,
  signer_sha256 bytea not null,
  collected_at timestamptz not null,
  primary key (district, batch_id, leaf_index)
);

-- how many items of an `each` batch are signed: one row a window that added any, so that nobody counts them
create table item_counts (
  district text not null,
  batch_id uuid not null,
  items bigint not null,
  primary key (district, batch_id, items)
);

-- a batch is collected once everything in it is signed, in either mode; this is the one place that says so
create table batch_collections (
  district text not null,
  batch_id uuid not null,
  at timestamptz not null,
  primary key (district, batch_id)
);

-- certificates, CRLs and OCSP answers, content-addressed
create table material (
  sha256 bytea primary key,
  kind text not null check (kind in ('certificate', 'crl', 'ocsp')),
  der bytea not null
);

create table signature_material (
  district text not null,
  batch_id uuid not null,
  sha256 bytea not null,
  primary key (district, batch_id, sha256)
);

-- what was signed and no longer holds: the content of the status lists
create table status_entries (
  district text not null,
  leaf_hash bytea not null,
  reason text not null check (reason in ('superseded', 'withdrawn')),
  at timestamptz not null,
  primary key (district, leaf_hash, reason)
);

create index status_entries_by_time on status_entries (district, at);

create table status_batches (
  district text not null,
  batch_id uuid not null,
  at timestamptz not null,
  primary key (district, batch_id)
);

create table status_lists (
  district text not null,
  sequence bigint not null,
  content_sha256 bytea not null,
  issued_at timestamptz not null,
  primary key (district, sequence)
);

-- the batch leaves that bind a record version now, of a batch that was not withdrawn: at most one a version and kind. An item is collected
-- when its own signature is, which is before its batch.
create view live_batch_leaves as
select l.*, coalesce(s.collected_at, c.at) as collected_at
from batch_leaves l
join batches b on b.batch_id = l.batch_id
left join batch_collections c on c.district = b.district and c.batch_id = b.batch_id
left join signatures s on s.district = b.district and s.batch_id = b.batch_id and s.leaf_index = l.leaf_index
where not exists (select from batch_withdrawals w where w.district = b.district and w.batch_id = b.batch_id);

-- Stage of every current version, for each kind of signature. One reason each, the first that applies; records = eligible + batched +
-- signed + blocked. Whose turn it is stands in core/record/stage.ts.
create view record_stage as
select v.district, v.record_id, v.version, v.campaign, k.kind, v.ward, v.facility, v.dose_date, v.at as since,
  case when reason.code is not null then 'blocked'
       when b.collected_at is not null then 'signed'
       when b.batch_id is not null then 'batched'
       else 'eligible' end as stage,
  reason.code as reason,
  b.batch_id,
  l.leaf_hash
from current_versions v
cross join (values ('district'), ('facility')) as k (kind)
left join leaves l on l.district = v.district and l.record_id = v.record_id and l.version = v.version
left join live_batch_leaves b on b.district = v.district and b.record_id = v.record_id and b.version = v.version and b.kind = k.kind
left join lateral (
  select c.result, c.at from identity_checks c
  where not v.is_foreign and c.district = v.district and c.identity_index = v.identity_index
  order by c.at desc limit 1) answer on true
left join lateral (
  select a.at from identity_attestations a
  where v.is_foreign and a.district = v.district and a.identity_index = v.identity_index and a.facility = v.facility
  limit 1) attested on true
left join lateral (
  select case
    when exists (select from record_withdrawals w
                 where w.district = v.district and w.record_id = v.record_id) then 'WITHDRAWN'
    when v.problems <> '{}' then v.problems[1]
    when b.batch_id is not null then null
    when k.kind = 'district' and not exists (select from units u where u.kind = 'district' and u.code = v.district)
      then 'RESIDENCE_OUTSIDE'
    when v.is_foreign then case when attested.at is null then 'ATTESTATION_MISSING' when l.leaf_hash is null then 'COMPLETION_PENDING' end
    when answer.result is null then 'IDENTITY_PENDING'
    when answer.result = 'wrong' then 'IDENTITY_WRONG'
    when answer.result = 'unverifiable' then 'IDENTITY_UNVERIFIABLE'
    when answer.at < now() - (select make_interval(days => (s.value #>> '{}')::integer) from settings s
                              where s.key = 'identityMaxAgeDays' order by s.version desc limit 1) then 'IDENTITY_EXPIRED'
    when l.leaf_hash is null then 'COMPLETION_PENDING'
  end as code) reason on true;

insert into settings (key, version, value, at) values ('identityMaxAgeDays', 1, '30', now());

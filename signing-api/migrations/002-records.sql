-- Records come in as rows, become versions, get an identity answer, then a leaf. Insert-only throughout: a change is a new row.
create table imports (
  district text not null,
  import_id uuid not null,
  unit_kind text not null,
  unit text,
  file_sha256 bytea not null,
  mapping jsonb not null,
  by uuid not null,
  at timestamptz not null,
  counts jsonb not null,
  primary key (district, import_id)
);
create unique index imports_once on imports (district, unit_kind, (coalesce(unit, '')), file_sha256);

create table import_rows (
  district text not null,
  import_id uuid not null,
  row_no integer not null,
  sealed bytea,
  outcome text not null check (outcome in ('new', 'changed', 'unchanged', 'refused')),
  record_id uuid,
  version integer,
  codes text[] not null,
  primary key (district, import_id, row_no)
);

create table record_versions (
  district text not null,
  record_id uuid not null,
  version integer not null,
  campaign text not null,
  cause text not null check (cause in ('import', 'correction')),
  import_id uuid,
  by uuid not null,
  at timestamptz not null,
  ward text,
  facility text,
  dose_date text,
  dose_no integer,
  name_folded text,
  birth text,
  is_foreign boolean not null,
  dose_id text,
  id_index bytea,
  identity_index bytea,
  match_key bytea not null,
  content bytea not null,
  problems text[] not null,
  warnings text[] not null,
  sealed_draft bytea not null,
  primary key (district, record_id, version)
);
create index record_versions_by_record on record_versions (record_id);
create index record_versions_newer on record_versions (district, record_id, version) where version > 1;
create index record_versions_by_facility on record_versions (facility, district);
create index record_versions_by_match on record_versions (match_key);
create index record_versions_by_dose_id on record_versions (dose_id) where dose_id is not null;
create index record_versions_by_identity on record_versions (district, identity_index) where identity_index is not null;

-- a platform dose id that came later, with nothing else new, to a record that had none: no version of its own
create table record_dose_ids (
  district text not null,
  record_id uuid not null,
  dose_id text not null,
  primary key (district, record_id, dose_id)
);
create index record_dose_ids_by_id on record_dose_ids (dose_id);
create index record_dose_ids_by_record on record_dose_ids (record_id);

create table record_departures (
  district text not null,
  record_id uuid not null,
  version integer not null,
  to_district text not null,
  primary key (district, record_id, version)
);

create table record_withdrawals (
  district text not null,
  record_id uuid not null,
  version integer not null,
  reason text not null,
  by uuid not null,
  at timestamptz not null,
  primary key (district, record_id, version)
);

create table identity_checks (
  district text not null,
  identity_index bytea not null,
  at timestamptz not null,
  result text not null check (result in ('right', 'wrong', 'unverifiable')),
  wrong_fields text[] not null,
  reference text,
  reply_sha256 bytea not null,
  primary key (district, identity_index, at)
);

create table identity_attestations (
  district text not null,
  identity_index bytea not null,
  at timestamptz not null,
  facility text not null,
  by uuid not null,
  primary key (district, identity_index, at)
);

-- A complete version: the stream line (leaf and opening) is made once, sealed, and never serialised again.
create table leaves (
  district text not null,
  record_id uuid not null,
  version integer not null,
  leaf_hash bytea not null,
  sealed_line bytea not null,
  at timestamptz not null,
  primary key (district, record_id, version)
);

create view current_versions as
select v.*
from record_versions v
where not exists (
    select from record_versions n
    where n.version > 1 and n.district = v.district and n.record_id = v.record_id and n.version > v.version)
  and not exists (
    select from record_departures d
    where d.district = v.district and d.record_id = v.record_id and d.version > v.version);

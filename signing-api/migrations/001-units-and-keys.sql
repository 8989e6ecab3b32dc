-- Who acts: units with validity dates, and the bearer keys of systems. Reference data: no district key.
create table units (
  kind text not null check (kind in ('district', 'facility', 'ward', 'police', 'cdc', 'doh', 'ministry', 'operator')),
  code text not null,
  valid_from date not null,
  name text not null,
  district text not null,
  parent text,
  valid_to date,
  successor text,
  primary key (kind, code, valid_from)
);

create table api_keys (
  key_id uuid primary key,
  key_sha256 bytea not null unique,
  role text not null,
  unit text,
  made_at timestamptz not null
);

create table api_key_endings (
  key_id uuid primary key,
  at timestamptz not null
);

-- Data keys, wrapped by the master key that lives outside the database.
create table data_keys (
  key_id smallint primary key,
  purpose text not null check (purpose in ('seal', 'index')),
  wrapped bytea not null,
  made_at timestamptz not null
);

create table settings (
  key text not null,
  version integer not null,
  value jsonb not null,
  by uuid,
  at timestamptz not null,
  primary key (key, version)
);

-- Mutable by design.
create table leases (
  name text primary key,
  holder uuid not null,
  since timestamptz not null,
  expires_at timestamptz
);

create table idempotency_keys (
  caller text not null,
  route text not null,
  key text not null,
  body_sha256 bytea not null,
  status integer,
  answer text,
  location text,
  at timestamptz not null,
  primary key (caller, route, key)
);

create table jobs (
  job_id uuid primary key,
  kind text not null,
  unit_kind text,
  unit text,
  args jsonb not null,
  state text not null check (state in ('queued', 'running', 'done', 'failed')),
  done bigint not null default 0,
  total bigint,
  result jsonb,
  reason text,
  made_at timestamptz not null,
  ended_at timestamptz,
  -- who works on it: a new one each time the job is claimed, so that a process that lost it cannot end it
  claim uuid,
  lease_until timestamptz
);
create index jobs_waiting on jobs (kind, made_at) where state in ('queued', 'running');
create unique index jobs_one_identity_run on jobs (coalesce(unit_kind, ''), coalesce(unit, ''), args)
  where kind = 'identity' and state in ('queued', 'running');

-- Machines, tickets and sessions: who may sign which batch, and who is doing it.
create table enrolment_codes (
  code_sha256 bytea primary key,
  unit_kind text not null,
  unit text not null,
  by uuid not null,
  made_at timestamptz not null,
  expires_at timestamptz not null
);

create table devices (
  device_id uuid primary key,
  code_sha256 bytea not null unique,
  unit_kind text not null,
  unit text not null,
  device_key bytea not null,
  signer_sha256 bytea not null,
  signer_certificate bytea not null,
  enrolled_at timestamptz not null
);

create table device_endings (
  device_id uuid primary key,
  at timestamptz not null
);

create table tickets (
  ticket_sha256 bytea primary key,
  district text not null,
  batch_id uuid not null,
  device_id uuid not null,
  signer_sha256 bytea not null,
  statement_sha256 bytea not null,
  nonce bytea not null,
  by uuid not null,
  made_at timestamptz not null,
  expires_at timestamptz not null
);

create table ticket_redemptions (
  ticket_sha256 bytea primary key,
  session_id uuid not null,
  at timestamptz not null
);

create table signing_sessions (
  session_id uuid primary key,
  secret_sha256 bytea not null unique,
  ticket_sha256 bytea not null,
  district text not null,
  batch_id uuid not null,
  device_id uuid not null,
  at timestamptz not null
);

-- Status lists are known by their sequence and content for good; only the newest envelope of a district is kept, in a table that is
-- mutable by design, so that the same sequence is the same bytes after a restart.
create table status_envelopes (
  district text primary key,
  sequence bigint not null,
  envelope text not null
);

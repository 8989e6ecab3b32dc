-- Certificates: ordered, leased to the Ministry's workers, issued or refused, perhaps taken back. Insert-only but for the queue.

-- time-ordered, as ids made by the program are; PostgreSQL has its own from 18 on only
create function make_uuid7() returns uuid language sql volatile as $$
  select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
    placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid
$$;

create table certificate_orders (
  district text not null,
  certificate_id uuid not null,
  record_id uuid not null,
  version integer not null,
  renewal integer not null,
  by uuid not null,
  at timestamptz not null,
  primary key (district, certificate_id),
  unique (district, record_id, version, renewal)
);
create index certificate_orders_by_record on certificate_orders (record_id);
create index certificate_orders_by_id on certificate_orders (certificate_id);

-- a person's doses over all districts: only the newest is ordered
create index record_versions_by_person on record_versions (identity_index, dose_date) where identity_index is not null;

-- Mutable by design: what is ordered and neither issued nor refused. The claims that are to be signed are fixed at the first lease.
create table certificate_jobs (
  district text not null,
  certificate_id uuid not null,
  record_id uuid not null,
  lease_id uuid,
  lease_until timestamptz not null default '-infinity',
  kid bytea,
  claims_sha256 bytea,
  claimed_at timestamptz,
  primary key (district, certificate_id)
);
-- in the order of the leaves, so that jobs leased together lie in the same tiles
create index certificate_jobs_waiting on certificate_jobs (lease_until, district, record_id);
create index certificate_jobs_by_lease on certificate_jobs (lease_id) where lease_id is not null;

create table certificate_leases (
  lease_id uuid primary key,
  worker_id uuid not null,
  by uuid not null,
  at timestamptz not null
);

-- what may have been signed: late results are told by the digest of their claims
create table certificate_claims (
  district text not null,
  certificate_id uuid not null,
  claims_sha256 bytea not null,
  kid bytea not null,
  sealed_claims bytea not null,
  uvci_hash bytea not null,
  issued_at timestamptz not null,
  expires timestamptz not null,
  at timestamptz not null,
  primary key (district, certificate_id, claims_sha256)
);
create index certificate_claims_by_digest on certificate_claims (claims_sha256);

create table certificates (
  district text not null,
  certificate_id uuid not null,
  record_id uuid not null,
  version integer not null,
  renewal integer not null,
  kid bytea not null,
  claims_sha256 bytea not null,
  uvci_hash bytea not null,
  sealed_cose bytea not null,
  -- identifier and code, for the office in front of which the holder stands
  sealed_handle bytea not null,
  -- blind index of code and birth date together: the one does not tell whether the other is right
  lookup_index bytea not null,
  issued_at timestamptz not null,
  expires timestamptz not null,
  at timestamptz not null,
  primary key (district, certificate_id)
);
create index certificates_by_record on certificates (district, record_id);
create index certificates_by_lookup on certificates (lookup_index);
create index certificates_by_expiry on certificates (district, expires);
create index certificates_by_key on certificates (kid);

create table certificate_refusals (
  district text not null,
  certificate_id uuid not null,
  at timestamptz not null,
  code text not null,
  primary key (district, certificate_id, at)
);

create table certificate_revocations (
  district text not null,
  certificate_id uuid not null,
  reason text not null check (reason in ('correction', 'withdrawal', 'request', 'mistake')),
  at timestamptz not null,
  by uuid not null,
  -- in which order they were written, not in which they are seen: what is committed late has a number lower than others seen before
  no bigserial,
  primary key (district, certificate_id)
);
create index certificate_revocations_by_no on certificate_revocations (no);
create index certificate_revocations_by_time on certificate_revocations (at);

-- an identifier is given once in the whole country: first 16 bytes of its SHA-256, as revocation lists have it
create table uvci_index (
  uvci_hash bytea primary key,
  district text not null,
  certificate_id uuid not null
);

-- Entries of revocation lists, numbered by key; a thousand make a block, and a batch is a block as it stood.
create table revocation_entries (
  district text not null,
  certificate_id uuid not null,
  kid bytea not null,
  entry_no bigint not null,
  uvci_hash bytea not null,
  expires timestamptz not null,
  primary key (district, certificate_id),
  unique (kid, entry_no)
);

-- Mutable by design: what a newer batch of its block replaced is deleted once no index that names it is valid.
create table revocation_batches (
  sha256 bytea primary key,
  kid bytea not null,
  block bigint not null,
  sequence bigint not null,
  count integer not null,
  expires timestamptz not null,
  bytes bytea not null
);
create index revocation_batches_by_block on revocation_batches (kid, block, sequence);

create table revocation_indexes (
  sequence bigint primary key,
  content_sha256 bytea not null,
  at timestamptz not null
);

-- Mutable by design: the newest envelope, signed anew every hour under the same sequence while nothing changes.
create table revocation_envelopes (
  only_one boolean primary key check (only_one),
  sequence bigint not null,
  issued_at timestamptz not null,
  envelope text not null
);

do $$
declare
  name text;
begin
  foreach name in array array['certificate_orders', 'certificate_leases', 'certificate_claims', 'certificates', 'certificate_refusals',
    'certificate_revocations', 'uvci_index', 'revocation_entries', 'revocation_indexes']
  loop
    execute format('create trigger insert_only before update or delete or truncate on %I
      for each statement execute function refuse_change()', name);
  end loop;
end $$;

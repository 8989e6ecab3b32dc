import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeWorld, type World } from '../../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterAll(() => world.close());

/** What is small, belongs to no district, or is mutable by design (the data model in the design). */
const WITHOUT_DISTRICT = [
  'api_key_endings',
  'api_keys',
  'certificate_leases',
  'data_keys',
  'device_endings',
  'devices',
  'enrolment_codes',
  'idempotency_keys',
  'jobs',
  'leases',
  'material',
  'migrations',
  'revocation_batches',
  'revocation_envelopes',
  'revocation_indexes',
  'settings',
  'signing_sessions',
  'ticket_redemptions',
  'tickets',
  'units',
  'uvci_index',
];

it('keys every table that grows with records by district first, so that it can be partitioned and distributed', async () => {
  const keys = await world.sql<{ table: string; first: string }>(
    `select c.relname as table, a.attname as first
     from pg_class c
     join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
     left join pg_index i on i.indrelid = c.oid and i.indisprimary
     left join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
     where c.relkind = 'r' order by 1`,
  );
  expect(keys.filter(({ first }) => first !== 'district').map(({ table }) => table)).toEqual(
    WITHOUT_DISTRICT,
  );
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeWorld, type World } from '../../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterAll(() => world.close());

/** Mutable by design: locks, work in progress, answers and files kept for a while, and the newest text of what is known for good elsewhere. */
const MUTABLE = [
  'certificate_jobs',
  'idempotency_keys',
  'jobs',
  'leases',
  'migrations',
  'revocation_batches',
  'revocation_envelopes',
  'status_envelopes',
];

async function tables(): Promise<string[]> {
  const rows = await world.sql<{ name: string }>(
    `select relname as name from pg_class
     where relkind = 'r' and relnamespace = 'public'::regnamespace order by relname collate "C"`,
  );
  return rows.map(({ name }) => name);
}

async function changesRefused(table: string): Promise<string[]> {
  const [column] = await world.sql<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = $1::regclass and attnum = 1`,
    [table],
  );
  const name = column?.name ?? '';
  const changes = {
    update: `update ${table} set ${name} = ${name}`,
    delete: `delete from ${table}`,
    truncate: `truncate ${table} cascade`,
  };
  const refused: string[] = [];
  for (const [change, sql] of Object.entries(changes))
    await world.sql(sql).catch((error: unknown) => {
      if (error instanceof Error && error.message === `${table} is insert-only`) refused.push(change);
      else throw error;
    });
  return refused;
}

it('lets nothing that was written be changed, deleted or emptied, in any table but those mutable by design', async () => {
  const insertOnly = (await tables()).filter((table) => !MUTABLE.includes(table));
  expect(insertOnly).toContain('record_versions');
  for (const table of insertOnly)
    expect([table, await changesRefused(table)]).toEqual([table, ['update', 'delete', 'truncate']]);
});

import { Refusal } from '#core/refusal';
import type { Db } from './database.ts';

/**
 * A database belongs to the instance that used it first: what a simulator answered, or a demo's keys, never count in production.
 * @throws Refusal CONFIG_INVALID
 */
export async function claimInstance(db: Db, instance: string): Promise<void> {
  await db.query(
    `insert into settings (key, version, value, at) values ('instance', 1, to_jsonb($1::text), now()) on conflict do nothing`,
    [instance],
  );
  const rows = await db.query<{ value: string }>(
    `select value from settings where key = 'instance' and version = 1`,
  );
  const owner = rows[0]?.value ?? '';
  if (owner !== instance)
    throw new Refusal('CONFIG_INVALID', { detail: `the database belongs to the instance ${owner}` });
}

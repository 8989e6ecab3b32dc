import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '#core/refusal';
import { projectFolder } from '../project-folder.ts';
import type { Database } from './database.ts';

/**
 * Brings the database to this program's schema: numbered files, forward only, each once, all in one transaction.
 * @throws Refusal CONFIG_INVALID where the database was made by a newer program
 */
export async function migrate(db: Database): Promise<void> {
  const folder = join(projectFolder(), 'signing-api', 'migrations');
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  await db.transaction(async (tx) => {
    await tx.query("select pg_advisory_xact_lock(hashtext('kyso/migrate'))");
    await tx.query('create table if not exists migrations (name text primary key, at timestamptz not null)');
    const done = new Set(
      (await tx.query<{ name: string }>('select name from migrations')).map((row) => row.name),
    );
    const unknown = [...done].filter((name) => !files.includes(name));
    if (unknown.length > 0)
      throw new Refusal('CONFIG_INVALID', {
        detail: `the database is newer than this program: ${unknown.join(', ')}`,
      });
    for (const name of files.filter((file) => !done.has(file))) {
      await tx.query(readFileSync(join(folder, name), 'utf8'));
      await tx.query('insert into migrations (name, at) values ($1, now())', [name]);
    }
  });
}

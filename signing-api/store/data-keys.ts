import { randomBytes } from 'node:crypto';
import { unwrapKey, wrapKey, type DataKeys } from '../sealing.ts';
import type { Database } from './database.ts';

/** Opens the data keys, making them at the first start. */
export async function openDataKeys(db: Database, master: Uint8Array): Promise<DataKeys> {
  return db.transaction(async (tx) => {
    await tx.query("select pg_advisory_xact_lock(hashtext('kyso/data-keys'))");
    const insert = 'insert into data_keys (key_id, purpose, wrapped, made_at) values ($1, $2, $3, now())';
    const found = await tx.query('select from data_keys');
    if (found.length === 0) {
      await tx.query(insert, [1, 'seal', wrapKey(master, randomBytes(32), 'seal/1')]);
      await tx.query(insert, [2, 'index', wrapKey(master, randomBytes(32), 'index/2')]);
    }
    const seal = new Map<number, Buffer>();
    let index = Buffer.alloc(0);
    for (const row of await tx.query<{ key_id: number; purpose: string; wrapped: Buffer }>(
      'select key_id, purpose, wrapped from data_keys',
    )) {
      const key = unwrapKey(master, row.wrapped, `${row.purpose}/${row.key_id}`);
      if (row.purpose === 'seal') seal.set(row.key_id, key);
      else index = Buffer.from(key);
    }
    return { seal, index };
  });
}

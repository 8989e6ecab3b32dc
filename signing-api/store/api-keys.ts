import type { Caller } from '../caller.ts';
import type { Db } from './database.ts';

export async function insertApiKey(
  db: Db,
  key: Caller & { readonly keySha256: Buffer; readonly madeAt: Date },
): Promise<void> {
  await db.query(
    'insert into api_keys (key_id, key_sha256, role, unit, made_at) values ($1, $2, $3, $4, $5)',
    [key.keyId, key.keySha256, key.role, key.unit, key.madeAt],
  );
}

/** A key that has not been ended. */
export async function findApiKey(db: Db, keySha256: Buffer): Promise<Caller | null> {
  const rows = await db.query<Caller>(
    `select key_id as "keyId", role, unit from api_keys k
     where key_sha256 = $1 and not exists (select from api_key_endings e where e.key_id = k.key_id)`,
    [keySha256],
  );
  return rows[0] ?? null;
}

/** Ends a key for good; ending it again changes nothing. @returns false where there is no such key */
export async function insertApiKeyEnding(db: Db, keyId: string, at: Date): Promise<boolean> {
  await db.query(
    'insert into api_key_endings (key_id, at) select key_id, $2 from api_keys where key_id = $1 on conflict do nothing',
    [keyId, at],
  );
  return (await db.query('select from api_keys where key_id = $1', [keyId])).length === 1;
}

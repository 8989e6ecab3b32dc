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

export async function findApiKey(db: Db, keySha256: Buffer, now: Date): Promise<Caller | null> {
  const rows = await db.query<Caller>(
    'select key_id as "keyId", role, unit from api_keys where key_sha256 = $1 and (valid_to is null or valid_to > $2)',
    [keySha256, now],
  );
  return rows[0] ?? null;
}

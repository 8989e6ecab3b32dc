import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { base64url, utf8 } from '#core/bytes';
import { Refusal } from '#core/refusal';
import type { Caller, Role } from '../caller.ts';
import type { Service } from '../service.ts';
import { findApiKey, insertApiKey } from '../store/api-keys.ts';

/** @throws Refusal UNAUTHENTICATED where the key is unknown or ended */
export async function authenticateKey(service: Service, secret: string): Promise<Caller> {
  const caller = await findApiKey(service.db, Buffer.from(service.crypto.sha256(utf8(secret))));
  if (!caller) throw new Refusal('UNAUTHENTICATED');
  return caller;
}

/**
 * Makes a key for a unit (or, for a role above units, for none). The secret is given out here and only its hash is kept.
 * @param keyId what the key is ended by
 */
export async function makeApiKey(
  service: Pick<Service, 'db' | 'crypto' | 'clock'>,
  role: Role,
  unit: string | null,
  keyId: string = uuidv7(),
): Promise<string> {
  const secret = `kyso_${base64url(randomBytes(32))}`;
  await insertApiKey(service.db, {
    keyId,
    keySha256: Buffer.from(service.crypto.sha256(utf8(secret))),
    role,
    unit,
    madeAt: service.clock(),
  });
  return secret;
}

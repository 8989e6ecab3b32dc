import { createPublicKey, verify } from 'node:crypto';
import { Refusal } from '#core/refusal';
import { bitsOf, bytesOf, der, explicit, integer, members, raw, sequence } from './der.ts';
import { signed } from './certificate.ts';
import type { SigningKey } from './signing-key.ts';

/** PKCS#10 requests (RFC 2986): the key's own proof that it exists, signed where the key lives. */

/** @param subject DER Name */
export function makeRequest(subject: Uint8Array, key: SigningKey): Uint8Array {
  return signed(sequence(integer(0), raw(subject), raw(key.publicKey), explicit(0)), key);
}

/**
 * What an issuing CA does first: reads the request and checks that its key signed it.
 * @returns DER Name and DER SubjectPublicKeyInfo
 * @throws Refusal SIGNATURE_INVALID
 */
export function openRequest(request: Uint8Array): {
  readonly subject: Uint8Array;
  readonly publicKey: Uint8Array;
} {
  const [information, , signature] = members(raw(request));
  const [, subject, spki] = members(information);
  const publicKey = bytesOf(spki);
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
  if (!verify('sha256', bytesOf(information), key, bitsOf(signature)))
    throw new Refusal('SIGNATURE_INVALID', { detail: 'certificate request' });
  return { subject: der(raw(bytesOf(subject))), publicKey };
}

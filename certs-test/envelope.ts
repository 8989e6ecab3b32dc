import { createHash, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { base64url } from '#core/bytes';
import { canonicalBytes, type Json } from '#core/record/canonical-bytes';
import { makeEnvelope, preAuthEncoding, type Envelope } from '#core/sign/envelope';

/** A DSSE envelope over the canonical bytes of `payload`, one ECDSA P-256/SHA-256 signature in DER for each key (formats §4). */
export function signEnvelope(payloadType: string, payload: Json, keys: readonly KeyObject[]): Envelope {
  const toBeSigned = preAuthEncoding(payloadType, canonicalBytes(payload));
  const signatures = keys.map((key) => ({
    keyid: keyId(publicKeyOf(key)),
    sig: sign('sha256', toBeSigned, key),
  }));
  return makeEnvelope(payloadType, payload, signatures);
}

/** base64url SHA-256 of a DER SubjectPublicKeyInfo: the keyid of envelopes, the issuerKey of trust list rows. */
export function keyId(publicKey: Uint8Array): string {
  return base64url(createHash('sha256').update(publicKey).digest());
}

export function publicKeyOf(privateKey: KeyObject): Uint8Array {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
}

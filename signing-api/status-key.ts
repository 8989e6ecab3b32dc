import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { base64url } from '#core/bytes';
import { Refusal } from '#core/refusal';
import type { Sha256 } from '#core/tree/hash';
import { readKnownFile } from './config.ts';

/** A key that signs lists of what was taken back, of records or of certificates: P-256, a service of the trust list. */
export type StatusKey = {
  /** base64url SHA-256 of the SubjectPublicKeyInfo */
  readonly keyid: string;
  /** ECDSA with SHA-256, DER */
  readonly sign: (message: Uint8Array) => Uint8Array;
};

/**
 * @param setting whose file it is
 * @throws Refusal CONFIG_INVALID where the file holds no P-256 private key
 */
export function readStatusKey(file: string, sha256: Sha256, setting = 'KYSO_STATUS_KEY'): StatusKey {
  const pem = readKnownFile(file);
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error('not a P-256 key');
    const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
    return { keyid: base64url(sha256(spki)), sign: (message) => sign('sha256', message, key) };
  } catch (cause) {
    throw new Refusal('CONFIG_INVALID', { detail: setting, cause });
  }
}

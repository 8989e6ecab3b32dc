import { createHash, createPublicKey } from 'node:crypto';
import { concat } from '#core/bytes';
import { Refusal } from '#core/refusal';
import { der, integer, positive, sequence } from './der.ts';

/** How PKCS#11 spells keys and signatures, and how X.509 does. */

/** DER of `DigestInfo { sha256, NULL, … }` up to the digest (RFC 8017 §9.2, note 1). */
const SHA256_DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

/** What CKM_RSA_PKCS signs for sha256WithRSAEncryption. */
export function digestInfo(message: Uint8Array): Uint8Array {
  return concat(SHA256_DIGEST_INFO, sha256(message));
}

export function sha256(message: Uint8Array): Uint8Array {
  return createHash('sha256').update(message).digest();
}

/** r‖s as CKM_ECDSA gives it → DER SEQUENCE of r and s (RFC 3279 §2.2.3). */
export function derOfRawEcdsa(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2;
  return der(sequence(unsigned(signature.subarray(0, half)), unsigned(signature.subarray(half))));
}

function unsigned(bytes: Uint8Array) {
  const first = bytes.findIndex((byte) => byte !== 0);
  if (first < 0) return integer(0);
  const minimal = bytes.subarray(first);
  return positive((minimal[0] ?? 0) > 0x7f ? concat(Uint8Array.of(0), minimal) : minimal);
}

/** CKA_MODULUS and CKA_PUBLIC_EXPONENT → DER SubjectPublicKeyInfo */
export function rsaPublicKey(modulus: Uint8Array, exponent: Uint8Array): Uint8Array {
  return spki({ kty: 'RSA', n: base64url(modulus), e: base64url(exponent) });
}

/** CKA_EC_POINT of P-256, an OCTET STRING around 04‖X‖Y → DER SubjectPublicKeyInfo */
export function p256PublicKey(point: Uint8Array): Uint8Array {
  if (point.length !== 67 || point[0] !== 0x04 || point[1] !== 65 || point[2] !== 0x04)
    throw new Refusal('TOKEN_FAILED', { detail: 'unexpected CKA_EC_POINT' });
  return spki({
    kty: 'EC',
    crv: 'P-256',
    x: base64url(point.subarray(3, 35)),
    y: base64url(point.subarray(35)),
  });
}

function spki(key: {
  kty: string;
  n?: string;
  e?: string;
  crv?: string;
  x?: string;
  y?: string;
}): Uint8Array {
  return createPublicKey({ key, format: 'jwk' }).export({ format: 'der', type: 'spki' });
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

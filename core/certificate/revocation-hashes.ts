import { utf8 } from '../bytes.ts';
import type { Sha256 } from '../tree/hash.ts';
import { ES256 } from './cose.ts';

/** Hash types of other issuers' revocation lists: SHA-256 cut to its first 16 bytes, as type UCI in uvci.ts, which is ours. */
const BYTES = 16;

/** Type COUNTRYCODEUCI. @param iss of the CWT */
export function countryRevocationHash(sha256: Sha256, iss: string, ci: string): Uint8Array {
  return sha256(utf8(iss + ci)).slice(0, BYTES);
}

/** Type SIGNATURE: of ECDSA the first half alone, r, because s → n − s is a signature too. */
export function signatureRevocationHash(sha256: Sha256, alg: number, signature: Uint8Array): Uint8Array {
  const hashed = alg === ES256 ? signature.subarray(0, signature.length / 2) : signature;
  return sha256(hashed).slice(0, BYTES);
}

import { hex, utf8 } from '../bytes.ts';
import type { Sha256 } from '../tree/hash.ts';

/** Identifiers of certificates, `ci` (EU guidelines on verifiable vaccination certificates, annex 2). */

const PREFIX = 'URN:UVCI:01:VN:';
/** The alphabet of the check character: 38 places. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/:';
const UVCI = /^(?:URN:UVCI:)?(\d\d):([A-Z]{2,3}):([A-Z0-9/:]+)(?:#([A-Z0-9/:]))?$/;

export type Uvci = {
  readonly version: string;
  readonly country: string;
  readonly opaque: string;
  /** null where the identifier has none; a wrong one is worth a note, never a refusal */
  readonly checkAgrees: boolean | null;
};

/** @param random 16 random bytes */
export function makeUvci(random: Uint8Array): string {
  if (random.length !== 16) throw new RangeError('16 random bytes');
  return PREFIX + hex(random).toUpperCase();
}

/** Of our own making. */
export function isOurUvci(text: string): boolean {
  return /^URN:UVCI:01:VN:[0-9A-F]{32}$/.test(text);
}

/** @returns null where the text is no UVCI: other issuers' identifiers are not refused for that */
export function parseUvci(text: string): Uvci | null {
  const parts = UVCI.exec(text);
  if (!parts) return null;
  const [, version = '', country = '', opaque = '', check] = parts;
  const checkAgrees = check === undefined ? null : checkCharacter(text.slice(0, -2)) === check;
  return { version, country, opaque, checkAgrees };
}

/**
 * The check character of an identifier without `#`: Luhn modulo 38.
 * @throws RangeError for characters outside A–Z 0–9 / :
 */
export function checkCharacter(text: string): string {
  const n = ALPHABET.length;
  let sum = 0;
  for (let i = text.length - 1, factor = 2; i >= 0; i--, factor = 3 - factor) {
    const place = ALPHABET.indexOf(text.charAt(i));
    if (place < 0) throw new RangeError('character outside the alphabet');
    const addend = factor * place;
    sum += Math.floor(addend / n) + (addend % n);
  }
  return ALPHABET.charAt((n - (sum % n)) % n);
}

/**
 * What revocation lists hold, hash type UCI: SHA-256 cut to its first 16 bytes.
 * @param ci exactly as issued, with `#` and check character if it has them
 */
export function revocationHash(sha256: Sha256, ci: string): Uint8Array {
  return sha256(utf8(ci)).slice(0, 16);
}

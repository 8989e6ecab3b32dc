import { base64url, fromBase64url, utf8 } from '../bytes.ts';
import type { Sha256 } from '../tree/hash.ts';
import type { IdOpening, IdType } from './record.ts';

const DOMAIN = utf8('kyso/id/v1\u0000');

/**
 * The commitment to an id number that stands in a leaf: SHA-256("kyso/id/v1" ‖ 00 ‖ 32-byte id salt ‖ type ‖ 00 ‖ number), base64url
 * (formats §2). The salt is new for every version: one per person would link a person's doses.
 */
export function commitId(sha256: Sha256, type: IdType, number: string, idSalt: Uint8Array): string {
  const text = utf8(`${type}\u0000${number}`);
  const message = new Uint8Array(DOMAIN.length + idSalt.length + text.length);
  message.set(DOMAIN);
  message.set(idSalt, DOMAIN.length);
  message.set(text, DOMAIN.length + idSalt.length);
  return base64url(sha256(message));
}

export function opensCommitment(sha256: Sha256, type: IdType, commit: string, opening: IdOpening): boolean {
  const salt = fromBase64url(opening.salt);
  return salt?.length === 32 && commitId(sha256, type, opening.number, salt) === commit;
}

/** Passports are upper-case without spaces; citizen numbers are digits as they stand. */
export function normaliseIdNumber(type: IdType, number: string): string {
  return type === 'PASSPORT' ? number.replace(/\s+/g, '').toUpperCase() : number;
}

export function isIdNumber(type: IdType, number: string): boolean {
  if (type === 'CCCD') return /^\d{12}$/.test(number);
  if (type === 'CMND') return /^\d{9}$/.test(number);
  return /^[A-Z0-9]{5,20}$/.test(number);
}

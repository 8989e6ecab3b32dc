import { CODE } from '#core/wire/certificates';
import { Refusal } from '#core/refusal';
import type { Sealer } from '../../sealing.ts';

/**
 * What gets a holder his certificate: a code of 50 random bits and the birth date. Neither stands in the database: the code is sealed for
 * the office that tells it, and both together are a blind index, so that there is no telling which of the two is wrong.
 */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 10;

export function newCode(random: (bytes: number) => Uint8Array): string {
  const code = [...random(LENGTH)].map((byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('');
  if (!CODE.test(code)) throw new Refusal('INTERNAL', { detail: 'code' });
  return code;
}

/** @param birthDate as the certificate has it: YYYY-MM-DD or YYYY */
export function lookupIndex(sealer: Sealer, code: string, birthDate: string): Buffer {
  return sealer.blindIndex('certificate', code, birthDate);
}

/** The associated data of a sealed certificate, and of its identifier and code. */
export function coseRowId(certificateId: string): string {
  return `cose/${certificateId}`;
}

export function handleRowId(certificateId: string): string {
  return `handle/${certificateId}`;
}

export type Handle = { readonly uvci: string; readonly code: string };

export function openHandle(sealer: Sealer, certificateId: string, sealed: Buffer): Handle {
  return JSON.parse(sealer.open(sealed, handleRowId(certificateId)).toString('utf8')) as Handle;
}

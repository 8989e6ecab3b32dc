import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { claimsOf, encodeClaims, expiryOf } from '#core/certificate/claims';
import { coseSign1, ES256, protectedHeader } from '#core/certificate/cose';
import { encodeHc1 } from '#core/certificate/hc1';
import { makeUvci } from '#core/certificate/uvci';
import type { RecordLeaf } from '#core/record/record';
import { utf8 } from '#core/bytes';
import { sample } from '../../core/record/records.ts';

/** Whole seconds of 2022-05-01T00:00:00Z. */
export const ISSUED_AT = 1_651_363_200;

/** COSE bytes of a certificate of ours but for the signature, which is no signature: nothing here is worth anything outside a test. */
export function unsignedCose(
  person: Partial<RecordLeaf['person']> = {},
  { dose = {}, uvci = makeUvci(new Uint8Array(16).fill(0xd0)), issuedAt = ISSUED_AT }: Options = {},
): Uint8Array {
  const record = { ...sample, person: { ...sample.person, ...person }, dose: { ...sample.dose, ...dose } };
  const claims = claimsOf(record, { identifier: uvci, issuedAt, expiresAt: expiryOf(issuedAt) });
  const nothing = createHash('sha512').update(uvci).digest();
  return coseSign1(protectedHeader(ES256, utf8('12345678')), encodeClaims(claims), Uint8Array.from(nothing));
}

type Options = {
  readonly dose?: Partial<RecordLeaf['dose']>;
  readonly uvci?: string;
  readonly issuedAt?: number;
};

export function hc1Text(cose: Uint8Array): string {
  return encodeHc1(cose, (bytes) => deflateSync(bytes, { level: 9 }));
}

export const someText = () => hc1Text(unsignedCose());

/** The letters that Vietnamese has beside plain ASCII, small and capital, and a, e, i, o, u, y without marks. */
export const LETTERS = 'aàảãáạăằẳẵắặâầẩẫấậeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵđ'.normalize(
  'NFC',
);

import { hex } from '#core/bytes';
import { isInstant } from '#core/dates';
import { DerFault, TAG, type DerReader } from './reader.ts';

/** Primitive values of DER (X.690 §8, §11), each read from its content octets in its one permitted form. */

export function booleanOf(content: Uint8Array): boolean {
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) throw new DerFault('boolean');
  return content[0] === 0xff;
}

/** @returns the content octets of an INTEGER, proved minimal (two's complement) */
export function integerOctets(content: Uint8Array): Uint8Array {
  const [first, second] = content;
  if (first === undefined) throw new DerFault('empty integer');
  if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)))
    throw new DerFault('integer not minimal');
  return content;
}

/** A small non-negative INTEGER. */
export function smallInteger(content: Uint8Array): number {
  const octets = integerOctets(content);
  if (octets.length > 4 || (octets[0] ?? 0) >= 0x80) throw new DerFault('integer out of range');
  return octets.reduce((value, octet) => value * 256 + octet, 0);
}

/** Serial numbers are compared, never calculated with: hex of the content octets. */
export function serialOf(content: Uint8Array): string {
  if (content.length > 64) throw new DerFault('serial number too long');
  return hex(integerOctets(content));
}

/** A BIT STRING that holds whole octets: keys and signatures. */
export function wholeOctets(content: Uint8Array): Uint8Array {
  if (content[0] !== 0) throw new DerFault('bit string with unused bits');
  return content.subarray(1);
}

/** A BIT STRING with named bits (X.690 §11.2.2: no trailing zero bit): bit n of the string is bit n of the number. */
export function namedBits(content: Uint8Array): number {
  checkBitString(content);
  if (content.length < 2 || content.length > 4) throw new DerFault('named bits');
  const unused = content[0] ?? 0;
  const last = content[content.length - 1] ?? 0;
  if ((last & (1 << unused)) === 0) throw new DerFault('trailing zero bits');
  let bits = 0;
  for (let i = 0; i < (content.length - 1) * 8; i++)
    if ((content[1 + (i >> 3)] ?? 0) & (0x80 >> (i & 7))) bits |= 1 << i;
  return bits;
}

export function checkBitString(content: Uint8Array): void {
  const unused = content[0];
  if (unused === undefined || unused > 7 || (content.length === 1 && unused !== 0))
    throw new DerFault('bit string');
  const last = content[content.length - 1] ?? 0;
  if (content.length > 1 && (last & ((1 << unused) - 1)) !== 0)
    throw new DerFault('unused bits are not zero');
}

/** Past this an arc is calculated with as a bigint: those made of a UUID have 128 bits (X.667). */
const LARGE_ARC = Math.floor(Number.MAX_SAFE_INTEGER / 128) - 128;

/** Dotted text of an OBJECT IDENTIFIER: minimal arcs. */
export function oidText(content: Uint8Array): string {
  if (content.length === 0 || content.length > 64) throw new DerFault('object identifier');
  // written as it is read: a signature has twenty of them
  let text = '';
  let arc: number | bigint = 0;
  let fresh = true;
  for (const octet of content) {
    if (fresh && octet === 0x80) throw new DerFault('object identifier not minimal');
    if (typeof arc === 'number' && arc > LARGE_ARC) arc = BigInt(arc);
    arc = typeof arc === 'bigint' ? arc * 128n + BigInt(octet & 0x7f) : arc * 128 + (octet & 0x7f);
    fresh = octet < 0x80;
    if (fresh) {
      text += text === '' ? firstArcs(arc) : `.${arc}`;
      arc = 0;
    }
  }
  if (!fresh) throw new DerFault('object identifier cut off');
  return text;
}

/** X.690 §8.19.4: the first two arcs in one number. */
function firstArcs(both: number | bigint): string {
  const root = both < 40 ? 0 : both < 80 ? 1 : 2;
  const second = typeof both === 'bigint' ? both - BigInt(root * 40) : both - root * 40;
  return `${root}.${second}`;
}

/**
 * Time as RFC 5280 §4.1.2.5 has it: UTCTime `YYMMDDHHMMSSZ` (50 to 99 are 19xx), GeneralizedTime `YYYYMMDDHHMMSSZ`.
 * @returns an instant `YYYY-MM-DDTHH:MM:SSZ`
 */
export function readTime(reader: DerReader): string {
  const utc = reader.next === TAG.utcTime;
  return timeOf(
    utc ? TAG.utcTime : TAG.generalizedTime,
    reader.content(utc ? TAG.utcTime : TAG.generalizedTime),
  );
}

export function timeOf(tag: number, content: Uint8Array): string {
  // digit by digit: a CRL holds hundreds of thousands of times
  const digits = tag === TAG.utcTime ? 12 : 14;
  if (content.length !== digits + 1 || content[digits] !== 0x5a) throw new DerFault('time');
  let text = '';
  for (let i = 0; i < digits; i++) {
    const octet = content[i] ?? 0;
    if (octet < 0x30 || octet > 0x39) throw new DerFault('time');
    text += DIGITS[octet - 0x30] ?? '';
  }
  if (tag === TAG.utcTime) text = ((content[0] ?? 0) >= 0x35 ? '19' : '20') + text;
  const day = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`;
  const clock = `T${text.slice(8, 10)}:${text.slice(10, 12)}:${text.slice(12, 14)}Z`;
  const instant = day + clock;
  if (!isInstant(instant)) throw new DerFault('time');
  return instant;
}

const DIGITS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;

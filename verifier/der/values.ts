import { hex } from '#core/bytes';
import { isDay } from '#core/dates';
import { DerFault, TAG, type DerReader } from './reader.ts';

/** Primitive values of DER (X.690 §8, §11), each read from its content octets in its one permitted form. */

export function booleanOf(content: Uint8Array): boolean {
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) throw new DerFault('boolean');
  return content[0] === 0xff;
}

/** @returns the content octets of an INTEGER, proved minimal (two's complement) */
export function integerOctets(content: Uint8Array): Uint8Array {
  checkInteger(content, 0, content.length);
  return content;
}

/** That the content octets from `from` to `to` are an INTEGER in its one form. */
export function checkInteger(bytes: Uint8Array, from: number, to: number): void {
  if (to <= from) throw new DerFault('empty integer');
  if (to - from === 1) return;
  const first = bytes[from] ?? 0;
  const second = bytes[from + 1] ?? 0;
  if ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))
    throw new DerFault('integer not minimal');
}

/** A small non-negative INTEGER. */
export function smallInteger(content: Uint8Array): number {
  const octets = integerOctets(content);
  if (octets.length > 4 || (octets[0] ?? 0) >= 0x80) throw new DerFault('integer out of range');
  return octets.reduce((value, octet) => value * 256 + octet, 0);
}

/** RFC 5280 §4.1.2.2 has 20; some authorities use more. */
export const MAX_SERIAL_BYTES = 64;

/** Serial numbers are compared, never calculated with: hex of the content octets. */
export function serialOf(content: Uint8Array): string {
  if (content.length > MAX_SERIAL_BYTES) throw new DerFault('serial number too long');
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
  checkTime(tag, content, 0, content.length);
  let text = tag === TAG.utcTime ? ((content[0] ?? 0) >= 0x35 ? '19' : '20') : '';
  for (const octet of content) text += DIGITS[octet - 0x30] ?? '';
  const day = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`;
  return `${day}T${text.slice(8, 10)}:${text.slice(10, 12)}:${text.slice(12, 14)}Z`;
}

const DIGITS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;

/** That the content octets from `from` to `to` are such a time; makes nothing, for a CRL holds hundreds of thousands. */
export function checkTime(tag: number, bytes: Uint8Array, from: number, to: number): void {
  const last = to - 1;
  if (to - from !== (tag === TAG.utcTime ? 13 : 15) || bytes[last] !== 0x5a) throw new DerFault('time');
  for (let at = from; at < last; at++) {
    const octet = bytes[at] ?? 0;
    if (octet < 0x30 || octet > 0x39) throw new DerFault('time');
  }
  const inCentury = twoDigits(bytes, last - 12);
  const century = tag === TAG.utcTime ? (inCentury >= 50 ? 19 : 20) : twoDigits(bytes, from);
  const isReal =
    isDay(century * 100 + inCentury, twoDigits(bytes, last - 10), twoDigits(bytes, last - 8)) &&
    twoDigits(bytes, last - 6) < 24 &&
    twoDigits(bytes, last - 4) < 60 &&
    twoDigits(bytes, last - 2) < 60;
  if (!isReal) throw new DerFault('time');
}

function twoDigits(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) - 0x30) * 10 + (bytes[at + 1] ?? 0) - 0x30;
}

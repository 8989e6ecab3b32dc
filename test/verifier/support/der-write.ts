import { compareBytes, concat, utf8 } from '#core/bytes';

/** Writes DER, and on purpose also what is not DER: the reader under test shares nothing with it. */

export function tlv(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = concat(...contents);
  return concat(Uint8Array.of(tag, ...lengthOctets(content.length)), content);
}

function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return [0x80 | octets.length, ...octets];
}

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => tlv(0x30, ...parts);
export const unsortedSet = (...parts: readonly Uint8Array[]): Uint8Array => tlv(0x31, ...parts);
export const set = (...parts: readonly Uint8Array[]): Uint8Array => tlv(0x31, ...sorted(parts));
export const sorted = (parts: readonly Uint8Array[]): Uint8Array[] => [...parts].sort(compareBytes);
export const octets = (bytes: Uint8Array): Uint8Array => tlv(0x04, bytes);
export const bits = (bytes: Uint8Array, unused = 0): Uint8Array => tlv(0x03, Uint8Array.of(unused), bytes);
export const boolean = (value: boolean): Uint8Array => tlv(0x01, Uint8Array.of(value ? 0xff : 0));
export const nothing = (): Uint8Array => tlv(0x05);
export const text = (value: string): Uint8Array => tlv(0x0c, utf8(value));
export const explicit = (number: number, ...parts: readonly Uint8Array[]): Uint8Array =>
  tlv(0xa0 | number, ...parts);

/** Non-negative. */
export function integer(value: number | bigint): Uint8Array {
  let digits = BigInt(value).toString(16);
  if (digits.length % 2 === 1) digits = '0' + digits;
  if (parseInt(digits.slice(0, 2), 16) >= 0x80) digits = '00' + digits;
  return tlv(0x02, fromHex(digits));
}

export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tlv(0x06, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

function base128(arc: number): number[] {
  const octets = [arc % 128];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128))
    octets.unshift(0x80 | (rest % 128));
  return octets;
}

/** @param instant YYYY-MM-DDTHH:MM:SSZ */
export function time(instant: string): Uint8Array {
  const digits = instant.replace(/[-:T]/g, '');
  const year = Number(instant.slice(0, 4));
  return year >= 1950 && year < 2050 ? tlv(0x17, utf8(digits.slice(2))) : tlv(0x18, utf8(digits));
}

export function fromHex(digits: string): Uint8Array {
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}

/** The digits of an instant and Z, as GeneralizedTime has them. */
export function utf8Digits(instant: string): Uint8Array {
  return utf8(instant.replace(/[-:T]/g, ''));
}

import * as asn1js from 'asn1js';
import { concat } from '#core/bytes';

/** The few DER forms that a signature is made of (X.690 §8, §10), each as its complete bytes: what is DER already goes in unchanged. */
export type Der = Uint8Array;

const SEQUENCE = 0x30;
const SET = 0x31;
const CONTEXT_CONSTRUCTED = 0xa0;

export const oid = (value: string): Der => written(new asn1js.ObjectIdentifier({ value }));
export const nothing = (): Der => written(new asn1js.Null());
export const integer = (value: number): Der => written(new asn1js.Integer({ value }));
export const octets = (bytes: Uint8Array): Der =>
  written(new asn1js.OctetString({ valueHex: new Uint8Array(bytes).buffer }));
export const utf8String = (value: string): Der => written(new asn1js.Utf8String({ value }));
export const utcTime = (valueDate: Date): Der => written(new asn1js.UTCTime({ valueDate }));

export const sequence = (...members: Der[]): Der => constructed(SEQUENCE, members);
/** SET OF: its members stand in the order of their encodings (X.690 §11.6). */
export const setOf = (...members: Der[]): Der => constructed(SET, sorted(members));
/** [tagNumber] EXPLICIT */
export const explicit = (tagNumber: number, member: Der): Der =>
  constructed(CONTEXT_CONSTRUCTED + tagNumber, [member]);
/** [tagNumber] IMPLICIT SET OF */
export const implicitSetOf = (tagNumber: number, ...members: Der[]): Der =>
  constructed(CONTEXT_CONSTRUCTED + tagNumber, sorted(members));

function constructed(tag: number, members: readonly Der[]): Der {
  const content = concat(...members);
  return concat(Uint8Array.of(tag, ...lengthBytes(content.length)), content);
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 + bytes.length, ...bytes];
}

function sorted(members: readonly Der[]): Der[] {
  return [...members].sort((a, b) => Buffer.compare(a, b));
}

function written(block: asn1js.BaseBlock): Der {
  return new Uint8Array(block.toBER());
}

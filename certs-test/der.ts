import * as asn1js from 'asn1js';
import { Refusal } from '#core/refusal';

/** The few DER forms that certificates, requests and CRLs are made of (X.690 §8, §10). */

export type Node = asn1js.BaseBlock;

export const sequence = (...value: Node[]): Node => new asn1js.Sequence({ value });
export const set = (...value: Node[]): Node => new asn1js.Set({ value });
export const oid = (value: string): Node => new asn1js.ObjectIdentifier({ value });
export const utf8String = (value: string): Node => new asn1js.Utf8String({ value });
export const printable = (value: string): Node => new asn1js.PrintableString({ value });
export const truth = (value: boolean): Node => new asn1js.Boolean({ value });
export const enumerated = (value: number): Node => new asn1js.Enumerated({ value });
export const integer = (value: number): Node => new asn1js.Integer({ value });
export const nothing = (): Node => new asn1js.Null();
export const octets = (bytes: Uint8Array): Node => new asn1js.OctetString({ valueHex: copy(bytes) });

/** @param bytes big-endian, minimal, first bit clear */
export const positive = (bytes: Uint8Array): Node => new asn1js.Integer({ valueHex: copy(bytes) });

export const bits = (bytes: Uint8Array, unusedBits = 0): Node =>
  new asn1js.BitString({ valueHex: copy(bytes), unusedBits });

export const explicit = (tagNumber: number, ...value: Node[]): Node =>
  new asn1js.Constructed({ idBlock: { tagClass: 3, tagNumber }, value });

export const implicit = (tagNumber: number, bytes: Uint8Array): Node =>
  new asn1js.Primitive({ idBlock: { tagClass: 3, tagNumber }, valueHex: copy(bytes) });

/** UTCTime through 2049, GeneralizedTime from 2050 (RFC 5280 §4.1.2.5); whole seconds. */
export function time(at: Date): Node {
  const valueDate = wholeSecond(at);
  return valueDate.getUTCFullYear() < 2050
    ? new asn1js.UTCTime({ valueDate })
    : new asn1js.GeneralizedTime({ valueDate });
}

/** Whatever the year: as OCSP has it (RFC 6960 §4.2.2.1). */
export const generalizedTime = (at: Date): Node => new asn1js.GeneralizedTime({ valueDate: wholeSecond(at) });

export function wholeSecond(at: Date): Date {
  return new Date(Math.floor(at.getTime() / 1000) * 1000);
}

export function der(node: Node): Uint8Array {
  return new Uint8Array(node.toBER());
}

/** A value that is already DER, put into a larger one. */
export function raw(bytes: Uint8Array): Node {
  const { offset, result } = asn1js.fromBER(copy(bytes));
  if (offset !== bytes.length) throw new Refusal('CERTIFICATE_MALFORMED', { detail: 'not one DER value' });
  return result;
}

/** The members of a SEQUENCE or another constructed value. */
export function members(node: Node | undefined): readonly Node[] {
  if (node instanceof asn1js.Constructed) return node.valueBlock.value;
  throw new Refusal('CERTIFICATE_MALFORMED', { detail: 'not a constructed value' });
}

/** The complete bytes of a value that was read. */
export function bytesOf(node: Node | undefined): Uint8Array {
  if (!node) throw new Refusal('CERTIFICATE_MALFORMED', { detail: 'a member is missing' });
  return node.valueBeforeDecodeView.slice();
}

/** The content of a BIT STRING without unused bits. */
export function bitsOf(node: Node | undefined): Uint8Array {
  if (node instanceof asn1js.BitString) return node.valueBlock.valueHexView.slice();
  throw new Refusal('CERTIFICATE_MALFORMED', { detail: 'not a BIT STRING' });
}

function copy(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

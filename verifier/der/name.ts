import { concat, hex, sameBytes, utf8Text } from '#core/bytes';
import { textFault } from '#core/text';
import { DerFault, DerReader, TAG } from './reader.ts';
import { oidText } from './values.ts';

const COMMON_NAME = '2.5.4.3';

/** Real names have some hundred; longer ones cost every rule that compares them. */
const MAX_NAME_BYTES = 16 * 1024;

/** @throws DerFault unless this is a Name (RFC 5280 §4.1.2.4): a sequence of non-empty sets of type and value */
export function checkName(name: Uint8Array): void {
  if (name.length > MAX_NAME_BYTES) throw new DerFault('name too long');
  attributes(name);
}

/** A Name without any attribute. */
export function isEmptyName(name: Uint8Array): boolean {
  return name.length === 2;
}

/** The last common name, for people; characters that could deceive a reader show as "�". Empty where there is none. */
export function commonName(name: Uint8Array): string {
  const values = attributes(name).filter(({ type }) => type === COMMON_NAME);
  const last = values[values.length - 1];
  return last ? shown(textOf(last.tag, last.value)) : '';
}

const EMAIL_ADDRESS = '1.2.840.113549.1.9.1';

/** The e-mail addresses among a Name's attributes: older certificates carry them there (RFC 5280 §4.1.2.6). */
export function emailsIn(name: Uint8Array): string[] {
  return attributes(name).flatMap(({ type, tag, value }) =>
    type === EMAIL_ADDRESS ? [textOf(tag, value)] : [],
  );
}

/**
 * One text per relative distinguished name, equal exactly where RFC 5280 §7.1 calls them equal: letters in any case, white space run
 * together, whatever string type they were written in; other types by their bytes.
 */
export function comparableRdns(name: Uint8Array): readonly string[] {
  const known = comparables.get(name);
  if (known) return known;
  const texts = rdns(name).map((rdn) =>
    rdn
      .map(({ type, tag, value }) => `${type}=${comparable(tag, value)}`)
      .sort()
      .join('+'),
  );
  comparables.set(name, texts);
  return texts;
}

/** Remembered, because a path asks for the same few names again and again. */
const comparables = new WeakMap<Uint8Array, readonly string[]>();

/** Whether two Names are the same to RFC 5280 §7.1. */
export function sameName(a: Uint8Array, b: Uint8Array): boolean {
  return sameBytes(a, b) || nameKey(a) === nameKey(b);
}

/** A text that two Names share exactly where they are the same. */
export function nameKey(name: Uint8Array): string {
  const known = nameKeys.get(name);
  if (known !== undefined) return known;
  const key = JSON.stringify(comparableRdns(name));
  nameKeys.set(name, key);
  return key;
}

const nameKeys = new WeakMap<Uint8Array, string>();

/**
 * A Name with one more relative distinguished name at its end, which is given as the content of its SET.
 * @throws DerFault where that is none, or the Name becomes too long
 */
export function withRdn(name: Uint8Array, rdn: Uint8Array): Uint8Array {
  const content = concat(new DerReader(name).content(TAG.sequence), header(TAG.set, rdn.length), rdn);
  const whole = concat(header(TAG.sequence, content.length), content);
  checkName(whole);
  return whole;
}

function header(tag: number, length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(tag, length);
  if (length > 0xffff) throw new DerFault('name too long');
  return length < 0x100
    ? Uint8Array.of(tag, 0x81, length)
    : Uint8Array.of(tag, 0x82, length >> 8, length & 0xff);
}

const STRINGS: readonly number[] = [
  TAG.utf8String,
  TAG.printableString,
  TAG.teletexString,
  TAG.ia5String,
  TAG.visibleString,
  TAG.bmpString,
];

function comparable(tag: number, value: Uint8Array): string {
  if (!STRINGS.includes(tag)) return `#${tag}${hex(value)}`;
  return JSON.stringify(textOf(tag, value).normalize('NFKC').toLowerCase().trim().replace(/\s+/g, ' '));
}

type Attribute = { readonly type: string; readonly tag: number; readonly value: Uint8Array };

function attributes(name: Uint8Array): Attribute[] {
  return rdns(name).flat();
}

function rdns(name: Uint8Array): Attribute[][] {
  const whole = new DerReader(name);
  const sequence = whole.enter(TAG.sequence);
  whole.finish();
  const found: Attribute[][] = [];
  while (!sequence.done) {
    const set = sequence.enter(TAG.set);
    const rdn: Attribute[] = [];
    do {
      const pair = set.enter(TAG.sequence);
      const type = oidText(pair.content(TAG.oid));
      const tag = pair.next;
      rdn.push({ type, tag, value: pair.content(tag) });
      pair.finish();
    } while (!set.done);
    found.push(rdn);
  }
  return found;
}

function textOf(tag: number, value: Uint8Array): string {
  if (tag === TAG.utf8String) return utf8Text(value) ?? '';
  if (tag !== TAG.bmpString) return Array.from(value, (octet) => String.fromCharCode(octet)).join('');
  let text = '';
  for (let i = 0; i + 1 < value.length; i += 2)
    text += String.fromCharCode(((value[i] ?? 0) << 8) | (value[i + 1] ?? 0));
  return text;
}

function shown(text: string): string {
  const composed = text.normalize('NFC').slice(0, 200);
  return Array.from(composed, (character) =>
    textFault(character) === 'TEXT_INVISIBLE' ? '\ufffd' : character,
  ).join('');
}

import { utf8Text } from '#core/bytes';
import { textFault } from '#core/text';
import { DerReader, TAG } from './reader.ts';
import { oidText } from './values.ts';

const COMMON_NAME = '2.5.4.3';

/** @throws DerFault unless this is a Name (RFC 5280 §4.1.2.4): a sequence of non-empty sets of type and value */
export function checkName(name: Uint8Array): void {
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

type Attribute = { readonly type: string; readonly tag: number; readonly value: Uint8Array };

function attributes(name: Uint8Array): Attribute[] {
  const whole = new DerReader(name);
  const sequence = whole.enter(TAG.sequence);
  whole.finish();
  const found: Attribute[] = [];
  while (!sequence.done) {
    const set = sequence.enter(TAG.set);
    do {
      const pair = set.enter(TAG.sequence);
      const type = oidText(pair.content(TAG.oid));
      const tag = pair.next;
      found.push({ type, tag, value: pair.content(tag) });
      pair.finish();
    } while (!set.done);
  }
  return found;
}

function textOf(tag: number, value: Uint8Array): string {
  if (tag === TAG.utf8String) return utf8Text(value) ?? '';
  if (tag !== TAG.bmpString) return String.fromCharCode(...value.subarray(0, 200));
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

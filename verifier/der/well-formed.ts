import { compareBytes, utf8Text } from '#core/bytes';
import { booleanOf, checkBitString, integerOctets, oidText } from './values.ts';
import { DerFault, DerReader, TAG } from './reader.ts';

/** Universal types that occur in certificates, CRLs and CMS, and may be primitive. */
const PRIMITIVE = new Set([1, 2, 3, 4, 5, 6, 10, 12, 18, 19, 20, 22, 23, 24, 26, 27, 28, 30]);

/**
 * Proves that bytes are one DER element down to its leaves, also where no reader will look: one spelling of every length, boolean,
 * integer, object identifier and bit string, every SET in order, no constructed string.
 * @throws DerFault
 */
export function checkWellFormed(bytes: Uint8Array, maxBytes: number): void {
  if (bytes.length > maxBytes) throw new DerFault(`more than ${maxBytes} bytes`);
  const reader = new DerReader(bytes);
  checkNext(reader);
  reader.finish();
}

function checkNext(reader: DerReader): void {
  const tag = reader.next;
  if (tag < 0) throw new DerFault('empty');
  const constructed = (tag & 0x20) !== 0;
  const universal = tag < 0x40;
  if (universal && constructed && tag !== TAG.sequence && tag !== TAG.set)
    throw new DerFault('constructed type');
  if (tag === TAG.set) return checkSet(reader);
  if (constructed) {
    const inner = reader.enter(tag);
    while (!inner.done) checkNext(inner);
  } else {
    const content = reader.content(tag);
    if (universal) checkPrimitive(tag, content);
  }
}

function checkPrimitive(tag: number, content: Uint8Array): void {
  if (!PRIMITIVE.has(tag)) throw new DerFault(`type ${tag}`);
  if (tag === TAG.boolean) booleanOf(content);
  else if (tag === TAG.integer || tag === TAG.enumerated) integerOctets(content);
  else if (tag === TAG.bitString) checkBitString(content);
  else if (tag === TAG.oid) oidText(content);
  else if (tag === TAG.null && content.length > 0) throw new DerFault('null');
  else if (tag === TAG.utf8String && utf8Text(content) === null) throw new DerFault('UTF8String');
}

/** Every SET that we meet is a SET OF: ascending (X.690 §11.6). */
function checkSet(reader: DerReader): void {
  const inner = reader.enter(TAG.set);
  let before: Uint8Array | null = null;
  while (!inner.done) {
    const element = inner.element(inner.next);
    checkNext(new DerReader(element, 0, element.length, inner.depth));
    if (before && compareBytes(before, element) > 0) throw new DerFault('SET OF out of order');
    before = element;
  }
}

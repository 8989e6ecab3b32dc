/**
 * A strict reader of DER (X.690 §10, §11): definite minimal lengths, one-byte tags, nothing left over. Zero-copy: what it gives are
 * views into the bytes handed in.
 */

/** Not DER, or not of the expected shape. Readers of whole things turn it into their Refusal (see refuse.ts). */
export class DerFault extends Error {
  override readonly name = 'DerFault';
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

export const MAX_DEPTH = 32;

/** Context-specific tags: `context(0)` is primitive [0], `contextOf(0)` constructed [0]. */
export const context = (number: number): number => 0x80 | number;
export const contextOf = (number: number): number => 0xa0 | number;

export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #depth: number;
  #at: number;
  #contentAt = 0;
  #contentEnd = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length, depth = 0) {
    if (depth > MAX_DEPTH) throw new DerFault('nested too deeply');
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#depth = depth;
  }

  get depth(): number {
    return this.#depth;
  }

  get done(): boolean {
    return this.#at === this.#end;
  }

  /** The next tag byte, or −1 at the end. */
  get next(): number {
    return this.done ? -1 : (this.#bytes[this.#at] ?? -1);
  }

  /** The content of the next element, which must have this tag. */
  content(tag: number): Uint8Array {
    this.#step(tag);
    return this.#bytes.subarray(this.#contentAt, this.#contentEnd);
  }

  /** The next element as it stands, header included. */
  element(tag: number): Uint8Array {
    const start = this.#at;
    this.#step(tag);
    return this.#bytes.subarray(start, this.#contentEnd);
  }

  /** A reader over the content of the next element. The caller reads it to its end and calls `finish`. */
  enter(tag: number): DerReader {
    this.#step(tag);
    return new DerReader(this.#bytes, this.#contentAt, this.#contentEnd, this.#depth + 1);
  }

  /** As `enter`, or null where the next element has another tag. */
  enterIf(tag: number): DerReader | null {
    return this.next === tag ? this.enter(tag) : null;
  }

  finish(): void {
    if (!this.done) throw new DerFault('more than expected');
  }

  #step(tag: number): void {
    const bytes = this.#bytes;
    if (this.next !== tag) throw new DerFault(`tag ${this.next} where ${tag} is expected`);
    this.#contentEnd = endOfElement(bytes, this.#at, this.#end);
    this.#contentAt = startOfContent(bytes, this.#at);
    this.#at = this.#contentEnd;
  }
}

/** Where the element that begins at `at` ends, which is not past `end`: tag of one byte, length in its one form. @throws DerFault */
export function endOfElement(bytes: Uint8Array, at: number, end: number): number {
  if (at + 1 >= end) throw new DerFault('cut off');
  if (((bytes[at] ?? 0) & 0x1f) === 0x1f) throw new DerFault('long tag');
  let length = bytes[at + 1] ?? 0;
  let contentAt = at + 2;
  if (length >= 0x80) {
    const octets = length - 0x80;
    if (octets === 0 || octets > 4 || contentAt + octets > end) throw new DerFault('length form');
    length = 0;
    for (let i = 0; i < octets; i++) length = length * 256 + (bytes[contentAt++] ?? 0);
    if (length < (octets === 1 ? 0x80 : 256 ** (octets - 1))) throw new DerFault('length not minimal');
  }
  if (length > end - contentAt) throw new DerFault('cut off');
  return contentAt + length;
}

/** Where the content begins of an element that endOfElement has accepted. */
export function startOfContent(bytes: Uint8Array, at: number): number {
  const length = bytes[at + 1] ?? 0;
  return at + 2 + (length < 0x80 ? 0 : length - 0x80);
}

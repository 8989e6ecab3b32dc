import { compareBytes, utf8 } from '../bytes.ts';
import { CborTag, isCborArray, isCborMap, type Cbor } from './cbor-value.ts';

/** A lone one: pairs are one character here. */
const SURROGATE = /\p{Surrogate}/u;

/** Writes canonical CBOR. */
export class CborWriter {
  private out: Uint8Array;
  private at = 0;

  /** @param size a first guess */
  constructor(size = 512) {
    this.out = new Uint8Array(size);
  }

  bytes(): Uint8Array {
    return this.out.slice(0, this.at);
  }

  value(value: Cbor): void {
    if (typeof value === 'string') this.text(value);
    else if (typeof value === 'number') this.integer(value);
    else if (value === null) this.octet(0xf6);
    else if (typeof value === 'boolean') this.octet(value ? 0xf5 : 0xf4);
    else if (value instanceof Uint8Array) this.string(2, value);
    else if (isCborArray(value)) {
      this.head(4, value.length);
      for (const item of value) this.value(item);
    } else if (isCborMap(value)) this.map(value);
    else if (value instanceof CborTag) {
      this.head(6, value.tag);
      this.value(value.value);
    } else throw new RangeError('a float is not written');
  }

  private map(map: ReadonlyMap<number | string, Cbor>): void {
    this.head(5, map.size);
    const entries = [...map].map(([key, value]) => ({ key: keyBytes(key), value }));
    entries.sort((a, b) => a.key.length - b.key.length || compareBytes(a.key, b.key));
    for (const { key, value } of entries) {
      this.put(key);
      this.value(value);
    }
  }

  /** Keys and codes are short ASCII: written here, they cost a fraction of an encoder's call. */
  private text(text: string): void {
    const { length } = text;
    if (length < 24 && isAscii(text)) {
      this.octet(0x60 | length);
      for (let i = 0; i < length; i++) this.octet(text.charCodeAt(i));
      return;
    }
    if (SURROGATE.test(text)) throw new RangeError('text with a lone surrogate');
    this.string(3, utf8(text));
  }

  private string(major: number, bytes: Uint8Array): void {
    this.head(major, bytes.length);
    this.put(bytes);
  }

  private integer(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw new RangeError('not a safe integer');
    if (value < 0) this.head(1, -1 - value);
    else this.head(0, value);
  }

  /** Initial byte and argument, as short as they go. */
  private head(major: number, count: number): void {
    if (count < 24) {
      this.octet((major << 5) | count);
      return;
    }
    const power = count < 0x100 ? 0 : count < 0x1_0000 ? 1 : count < 0x1_0000_0000 ? 2 : 3;
    this.octet((major << 5) | (24 + power));
    for (let i = (1 << power) - 1; i >= 0; i--) this.octet(Math.floor(count / 2 ** (8 * i)) % 0x100);
  }

  private octet(octet: number): void {
    if (this.at === this.out.length) this.grow(1);
    this.out[this.at++] = octet;
  }

  private put(bytes: Uint8Array): void {
    if (this.at + bytes.length > this.out.length) this.grow(bytes.length);
    this.out.set(bytes, this.at);
    this.at += bytes.length;
  }

  private grow(by: number): void {
    const larger = new Uint8Array(2 * this.out.length + by);
    larger.set(this.out);
    this.out = larger;
  }
}

function keyBytes(key: number | string): Uint8Array {
  const writer = new CborWriter(32);
  writer.value(key);
  return writer.bytes();
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

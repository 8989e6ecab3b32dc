import { concat, utf8Text } from '../bytes.ts';
import { Refusal } from '../refusal.ts';
import { CborFloat, CborTag, type Cbor } from './cbor-value.ts';

const MAX_DEPTH = 16;
const INDEFINITE = -1;
const BREAK = 0xff;

export function unreadable(detail: string): Refusal {
  return new Refusal('HC1_UNREADABLE', { detail: `CBOR: ${detail}` });
}

/** A position in the bytes; one pass, no copies but of text. */
export class CborReader {
  readonly bytes: Uint8Array;
  at = 0;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  value(depth: number): Cbor {
    if (depth > MAX_DEPTH) throw unreadable('nested too deeply');
    const initial = this.octet();
    const major = initial >> 5;
    const info = initial & 31;
    switch (major) {
      case 0:
        return this.count(info);
      case 1:
        return this.negative(info);
      case 2:
        return this.byteString(info);
      case 3:
        return this.textString(info);
      case 4:
        return this.array(info, depth);
      case 5:
        return this.map(info, depth);
      case 6:
        return new CborTag(this.count(info), this.value(depth + 1));
      default:
        return this.simple(info);
    }
  }

  private octet(): number {
    const octet = this.bytes[this.at++];
    if (octet === undefined) throw unreadable('ends early');
    return octet;
  }

  /** The argument of an initial byte (RFC 8949 §3), without the indefinite one. */
  private count(info: number): number {
    if (info < 24) return info;
    if (info === 24) return this.octet();
    if (info === 25) return this.octet() * 0x100 + this.octet();
    if (info === 26) return this.uint32();
    if (info !== 27) throw unreadable('reserved length');
    const count = this.uint32() * 0x1_0000_0000 + this.uint32();
    if (!Number.isSafeInteger(count)) throw unreadable('integer too large');
    return count;
  }

  private uint32(): number {
    return this.octet() * 0x100_0000 + this.octet() * 0x1_0000 + this.octet() * 0x100 + this.octet();
  }

  private negative(info: number): number {
    const value = -1 - this.count(info);
    if (!Number.isSafeInteger(value)) throw unreadable('integer too large');
    return value;
  }

  /** Of strings, arrays and maps: each item takes a byte at least, so that nothing is allocated for a length that cannot be. */
  private length(info: number): number {
    if (info === 31) return INDEFINITE;
    const length = this.count(info);
    if (length > this.bytes.length - this.at) throw unreadable('ends early');
    return length;
  }

  private take(length: number): Uint8Array {
    return this.bytes.subarray(this.at, (this.at += length));
  }

  private byteString(info: number): Uint8Array {
    const length = this.length(info);
    return length === INDEFINITE ? concat(...this.chunks(2)) : this.take(length);
  }

  private textString(info: number): string {
    const length = this.length(info);
    if (length !== INDEFINITE) return this.text(length);
    // each chunk is text in itself (RFC 8949 §3.2.3)
    return this.chunks(3).map(textOf).join('');
  }

  private chunks(major: number): Uint8Array[] {
    const chunks: Uint8Array[] = [];
    for (;;) {
      const initial = this.octet();
      if (initial === BREAK) return chunks;
      if (initial >> 5 !== major || (initial & 31) === 31) throw unreadable('chunk of another kind');
      chunks.push(this.take(this.length(initial & 31)));
    }
  }

  /** Keys and codes are short ASCII: put together here, they cost a fraction of a decoder's call. */
  private text(length: number): string {
    const { bytes, at } = this;
    if (length > 40) return textOf(this.take(length));
    let text = '';
    for (let i = at; i < at + length; i++) {
      const octet = bytes[i] ?? 0;
      if (octet > 0x7f) return textOf(this.take(length));
      text += ASCII[octet] ?? '';
    }
    this.at = at + length;
    return text;
  }

  private array(info: number, depth: number): Cbor[] {
    const length = this.length(info);
    const items: Cbor[] = [];
    while (length === INDEFINITE ? !this.atBreak() : items.length < length) items.push(this.value(depth + 1));
    return items;
  }

  private map(info: number, depth: number): Map<number | string, Cbor> {
    const length = this.length(info);
    const map = new Map<number | string, Cbor>();
    while (length === INDEFINITE ? !this.atBreak() : map.size < length) {
      const key = this.value(depth + 1);
      if (typeof key !== 'string' && typeof key !== 'number') throw unreadable('key of another kind');
      if (map.has(key)) throw unreadable('duplicate key');
      map.set(key, this.value(depth + 1));
    }
    return map;
  }

  private atBreak(): boolean {
    if (this.bytes[this.at] !== BREAK) return false;
    this.at++;
    return true;
  }

  private simple(info: number): Cbor {
    if (info === 20) return false;
    if (info === 21) return true;
    if (info === 22) return null;
    if (info < 25 || info > 27) throw unreadable('simple value');
    const width = 1 << (info - 24);
    if (width > this.bytes.length - this.at) throw unreadable('ends early');
    const { buffer, byteOffset } = this.take(width);
    const view = new DataView(buffer, byteOffset, width);
    return new CborFloat(
      width === 2 ? half(view.getUint16(0)) : width === 4 ? view.getFloat32(0) : view.getFloat64(0),
    );
  }
}

const ASCII: readonly string[] = Array.from({ length: 128 }, (_, octet) => String.fromCharCode(octet));

function textOf(bytes: Uint8Array): string {
  const text = utf8Text(bytes);
  if (text === null) throw unreadable('not UTF-8');
  return text;
}

/** binary16 (RFC 8949 appendix D). */
function half(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size =
    exponent === 0
      ? fraction * 2 ** -24
      : exponent === 31
        ? fraction === 0
          ? Infinity
          : NaN
        : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits & 0x8000 ? -size : size;
}

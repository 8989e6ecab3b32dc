import { sameBytes } from '../bytes.ts';
import { Refusal } from '../refusal.ts';
import { CborReader, unreadable } from './cbor-reader.ts';
import type { Cbor } from './cbor-value.ts';
import { CborWriter } from './cbor-writer.ts';

export { CborFloat, CborTag, isCborArray, isCborMap, type Cbor, type CborMap } from './cbor-value.ts';

export type CborLimits = {
  /** 16 KiB where nothing is said */
  readonly maxBytes?: number;
  /** only the one spelling that encodeCbor writes */
  readonly canonical?: boolean;
};

const MAX_BYTES = 16 * 1024;

/**
 * The one spelling of a value: canonical CBOR (RFC 7049 §3.9): shortest integers, definite lengths, keys ordered by the length of
 * their encoding first, then bytewise. With it the public Vietnamese sample comes out again bit for bit.
 * @throws RangeError for floats, numbers that are not safe integers and lone surrogates: no caller may hold them
 */
export function encodeCbor(value: Cbor): Uint8Array {
  const writer = new CborWriter();
  writer.value(value);
  return writer.bytes();
}

/**
 * Reads one value of any issuer: widths of integers, order of keys and indefinite lengths are theirs to choose, but no bytes have two
 * readings: duplicate keys, trailing bytes, text that is not UTF-8, keys that are neither integer nor text, `undefined`, other simple
 * values and integers beyond 2^53 − 1 are refused.
 * @throws Refusal HC1_UNREADABLE, INPUT_TOO_LARGE, where canonical NOT_CANONICAL
 */
export function decodeCbor(bytes: Uint8Array, limits: CborLimits = {}): Cbor {
  const { maxBytes = MAX_BYTES, canonical = false } = limits;
  if (bytes.length > maxBytes)
    throw new Refusal('INPUT_TOO_LARGE', { detail: `more than ${maxBytes} bytes of CBOR` });
  const reader = new CborReader(bytes);
  const value = reader.value(0);
  if (reader.at !== bytes.length) throw unreadable('bytes after the value');
  if (canonical && !isCanonical(value, bytes)) throw new Refusal('NOT_CANONICAL', { detail: 'CBOR' });
  return value;
}

function isCanonical(value: Cbor, bytes: Uint8Array): boolean {
  try {
    return sameBytes(encodeCbor(value), bytes);
  } catch (error) {
    // a float, which has no spelling of ours
    if (error instanceof RangeError) return false;
    throw error;
  }
}

import canonicalizeJson from 'canonicalize';
import { utf8, utf8Text } from '../bytes.ts';
import { Refusal } from '../refusal.ts';
import { textFault } from '../text.ts';

export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** Deeper values are refused before anything is made of them. */
const MAX_DEPTH = 16;

/**
 * The one spelling of a value that may be signed or hashed: RFC 8785 over NFC strings and safe integers.
 * @throws Refusal NOT_CANONICAL where a string, number or depth is not allowed.
 */
export function canonicalText(value: Json): string {
  const fault = valueFault(value, '', 0);
  if (fault) throw new Refusal('NOT_CANONICAL', { detail: fault });
  const text = canonicalizeJson(value);
  if (text === undefined) throw new Refusal('NOT_CANONICAL', { detail: 'no value' });
  return text;
}

export function canonicalBytes(value: Json): Uint8Array {
  return utf8(canonicalText(value));
}

/**
 * Reads bytes that must already be canonical: `canonicalize(parse(bytes)) === bytes`, which also refuses duplicate keys,
 * white space, other number spellings and a byte order mark.
 * @param maxBytes size bound, checked before parsing
 * @throws Refusal NOT_CANONICAL, INPUT_TOO_LARGE
 */
export function parseCanonical(bytes: Uint8Array, maxBytes: number): Json {
  if (bytes.length > maxBytes)
    throw new Refusal('INPUT_TOO_LARGE', { detail: `more than ${maxBytes} bytes` });
  const text = utf8Text(bytes);
  if (text === null) throw new Refusal('NOT_CANONICAL', { detail: 'not UTF-8' });
  return parseCanonicalText(text, maxBytes);
}

/** As parseCanonical, for text already decoded; `maxLength` counts UTF-16 units. */
export function parseCanonicalText(text: string, maxLength: number): Json {
  if (text.length > maxLength)
    throw new Refusal('INPUT_TOO_LARGE', { detail: `more than ${maxLength} characters` });
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (cause) {
    throw new Refusal('NOT_CANONICAL', { detail: 'not JSON', cause });
  }
  // first, because it bounds the depth to which the others recurse
  const fault = valueFault(value, '', 0);
  if (fault) throw new Refusal('NOT_CANONICAL', { detail: fault });
  if (!isWrittenSo(value, text) && canonicalText(value) !== text)
    throw new Refusal('NOT_CANONICAL', { detail: 'another spelling of the same JSON' });
  return value;
}

/** Short cut: ECMAScript writes every value as RFC 8785 §3.2.2 wants it and keeps the order of keys, so that only this is left to check. */
function isWrittenSo(value: Json, text: string): boolean {
  return JSON.stringify(value) === text && keysAscend(value);
}

/** RFC 8785 §3.2.3: by UTF-16 code units, at every depth. */
function keysAscend(value: Json | undefined): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return (value as Json[]).every(keysAscend);
  let before = '';
  for (const [i, key] of Object.keys(value).entries()) {
    if ((i > 0 && key <= before) || !keysAscend((value as Record<string, Json>)[key])) return false;
    before = key;
  }
  return true;
}

function valueFault(value: Json | undefined, pointer: string, depth: number): string | null {
  if (depth > MAX_DEPTH) return `${pointer}: nested too deeply`;
  if (value === undefined || value === null) return value === null ? `${pointer}: null` : null;
  if (typeof value === 'string') {
    const fault = textFault(value);
    return fault && `${pointer}: ${fault}`;
  }
  if (typeof value === 'number')
    return Number.isSafeInteger(value) && !Object.is(value, -0) ? null : `${pointer}: not a safe integer`;
  if (typeof value === 'boolean') return null;
  for (const [key, member] of Object.entries(value as Record<string, Json>)) {
    const fault = textFault(key) ?? valueFault(member, `${pointer}/${key}`, depth + 1);
    if (fault) return fault;
  }
  return null;
}

import { Refusal } from '#core/refusal';

/**
 * r‖s as CKM_ECDSA gives it → DER SEQUENCE of two INTEGERs as CMS carries it (RFC 3279 §2.2.3).
 * @throws Refusal TOKEN_FAILED where the halves are not of one size that P-256 or P-384 has
 */
export function derOfRawEcdsa(raw: Uint8Array): Uint8Array {
  if (raw.length !== 64 && raw.length !== 96)
    throw new Refusal('TOKEN_FAILED', { detail: `ECDSA signature of ${raw.length} bytes` });
  const half = raw.length / 2;
  const r = firstByte(raw, 0, half);
  const s = firstByte(raw, half, raw.length);
  const der = new Uint8Array(6 + integerBytes(raw, r, half) + integerBytes(raw, s, raw.length));
  der[0] = 0x30;
  // at most 102, for P-384: one byte
  der[1] = der.length - 2;
  putInteger(der, putInteger(der, 2, raw, r, half), raw, s, raw.length);
  return der;
}

/** Where the number that lies up to `end` begins, without leading zeros. */
function firstByte(raw: Uint8Array, from: number, end: number): number {
  let first = from;
  while (first < end - 1 && raw[first] === 0) first++;
  return first;
}

/** An INTEGER has a sign: a number whose first bit is set wants a zero byte before it. */
function integerBytes(raw: Uint8Array, first: number, end: number): number {
  return end - first + ((raw[first] ?? 0) > 0x7f ? 1 : 0);
}

/** @returns where the next one goes */
function putInteger(der: Uint8Array, at: number, raw: Uint8Array, first: number, end: number): number {
  const bytes = integerBytes(raw, first, end);
  der[at] = 2;
  der[at + 1] = bytes;
  const next = at + 2 + bytes;
  // byte by byte: for so few this is faster than a view and a copy, and it runs once for each signature
  for (let from = first, to = next - (end - first); from < end; from++, to++) der[to] = raw[from] ?? 0;
  return next;
}

/** Base45 (RFC 9285): two bytes as three characters of QR's alphanumeric mode. */

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';

const VALUES = new Int8Array(128).fill(-1);
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i;

export function encodeBase45(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 2) {
    const high = bytes[i] ?? 0;
    const low = bytes[i + 1];
    const n = low === undefined ? high : high * 256 + low;
    text += ALPHABET.charAt(n % 45) + ALPHABET.charAt(Math.floor(n / 45) % 45);
    if (low !== undefined) text += ALPHABET.charAt(Math.floor(n / 2025));
  }
  return text;
}

/** @returns null unless the text is Base45: a length that cannot be, another character, a group that is too large (RFC 9285 §4.2, §6). */
export function decodeBase45(text: string): Uint8Array | null {
  const { length } = text;
  if (length % 3 === 1) return null;
  const bytes = new Uint8Array(Math.floor(length / 3) * 2 + (length % 3 === 2 ? 1 : 0));
  let at = 0;
  for (let i = 0; i < length; i += 3) {
    const c = VALUES[text.charCodeAt(i)] ?? -1;
    const d = VALUES[text.charCodeAt(i + 1)] ?? -1;
    if (c < 0 || d < 0) return null;
    let n = c + 45 * d;
    if (i + 2 < length) {
      const e = VALUES[text.charCodeAt(i + 2)] ?? -1;
      n += 2025 * e;
      if (e < 0 || n > 0xffff) return null;
      bytes[at++] = n >> 8;
      n &= 0xff;
    } else if (n > 0xff) return null;
    bytes[at++] = n;
  }
  return bytes;
}

import { Refusal } from '../refusal.ts';
import { decodeBase45, encodeBase45 } from './base45.ts';

/** The text in the QR: `HC1:` + Base45(zlib(COSE_Sign1)) (hcert-spec §4). zlib is handed in; issuers use level 9. */

export const HC1_PREFIX = 'HC1:';
export const MAX_HC1_TEXT = 8192;
/** What may come out of inflating: several times the largest certificate, and no zip bomb. */
export const MAX_COSE_BYTES = 16 * 1024;

export function hc1Text(compressed: Uint8Array): string {
  return HC1_PREFIX + encodeBase45(compressed);
}

/** @returns what follows `HC1:`, null where the text is of another context or longer than any certificate */
export function withoutPrefix(text: string): string | null {
  return text.startsWith(HC1_PREFIX) && text.length <= MAX_HC1_TEXT ? text.slice(HC1_PREFIX.length) : null;
}

export function encodeHc1(cose: Uint8Array, deflate: (bytes: Uint8Array) => Uint8Array): string {
  return hc1Text(deflate(cose));
}

/**
 * @param inflate must stop past `max` bytes; what it throws becomes the refusal's cause
 * @returns the COSE bytes
 * @throws Refusal HC1_UNREADABLE
 */
export function decodeHc1(text: string, inflate: (bytes: Uint8Array, max: number) => Uint8Array): Uint8Array {
  const base45 = withoutPrefix(text);
  if (base45 === null) throw new Refusal('HC1_UNREADABLE', { detail: 'prefix' });
  const compressed = decodeBase45(base45);
  if (compressed === null) throw new Refusal('HC1_UNREADABLE', { detail: 'base45' });
  try {
    return inflate(compressed, MAX_COSE_BYTES);
  } catch (cause) {
    throw new Refusal('HC1_UNREADABLE', { detail: 'zlib', cause });
  }
}

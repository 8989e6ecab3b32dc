import { createHash } from 'node:crypto';
import type { Sha256 } from '#core/tree/hash';

/** RFC 9162 §2.1.1 word for word, over leaf hashes. */
export function naiveRoot(hashes: readonly Uint8Array[]): Uint8Array {
  const [only] = hashes;
  if (hashes.length === 1 && only) return only;
  let k = 1;
  while (k * 2 < hashes.length) k *= 2;
  return hash(Uint8Array.of(1), naiveRoot(hashes.slice(0, k)), naiveRoot(hashes.slice(k)));
}

export function leafHashes(size: number): Uint8Array[] {
  return Array.from({ length: size }, (_, i) => hash(Uint8Array.of(0), Buffer.from(String(i))));
}

export const hash = (...parts: readonly Uint8Array[]) =>
  new Uint8Array(parts.reduce((sha, part) => sha.update(part), createHash('sha256')).digest());

export const sha256: Sha256 = (data) => hash(data);

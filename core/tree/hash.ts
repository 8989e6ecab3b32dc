import { concat } from '../bytes.ts';

/** SHA-256, handed in by whoever has one (node:crypto, a browser). Must return 32 fresh bytes. */
export type Sha256 = (data: Uint8Array) => Uint8Array;

export const HASH_BYTES = 32;

const LEAF = Uint8Array.of(0);

/** RFC 9162 §2.1.1: SHA-256(00 ‖ leaf). */
export function leafHash(sha256: Sha256, leaf: Uint8Array): Uint8Array {
  return sha256(concat(LEAF, leaf));
}

/** RFC 9162 §2.1.1: SHA-256(01 ‖ left ‖ right). */
export function nodeHash(sha256: Sha256, left: Uint8Array, right: Uint8Array): Uint8Array {
  // two set calls into one array: this runs once a leaf, and concat costs as much as the hash
  const node = new Uint8Array(1 + 2 * HASH_BYTES);
  node[0] = 1;
  node.set(left, 1);
  node.set(right, 1 + HASH_BYTES);
  return sha256(node);
}

/**
 * The root over hashes that stand side by side at one level (RFC 9162 §2.1.1): an odd one at the end is promoted, never doubled.
 * @param hashes at least one
 */
export function rootOf(sha256: Sha256, hashes: readonly Uint8Array[]): Uint8Array {
  let level = hashes;
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const left = level[i] as Uint8Array;
      const right = level[i + 1];
      above.push(right ? nodeHash(sha256, left, right) : left);
    }
    level = above;
  }
  const root = level[0];
  if (!root) throw new RangeError('a tree has at least one leaf');
  return root;
}

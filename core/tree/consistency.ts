import { sameBytes } from '../bytes.ts';
import { nodeHash, type Sha256 } from './hash.ts';

export type ConsistencyProof = {
  readonly size1: number | bigint;
  readonly size2: number | bigint;
  readonly path: readonly Uint8Array[];
};

/**
 * Whether the tree of size2 goes on from the tree of size1 (RFC 9162 §2.1.4.2): the same path gives both roots. From an empty tree
 * everything would follow, so that nothing is proved.
 */
export function provesConsistency(
  sha256: Sha256,
  { size1, size2, path }: ConsistencyProof,
  root1: Uint8Array,
  root2: Uint8Array,
): boolean {
  const [first, second] = [BigInt(size1), BigInt(size2)];
  if (first < 1n || first > second || [root1, root2, ...path].some(({ length }) => length !== 32))
    return false;
  if (first === second) return path.length === 0 && sameBytes(root1, root2);
  // a complete subtree is its own start, and is left out of the path
  const isPower = (first & (first - 1n)) === 0n;
  const [start, ...rest] = isPower ? [root1, ...path] : path;
  if (!start || path.length === 0) return false;
  let [node, last] = [first - 1n, second - 1n];
  while ((node & 1n) === 1n) [node, last] = [node >> 1n, last >> 1n];
  let [hash1, hash2] = [start, start];
  for (const sibling of rest) {
    if (last === 0n) return false;
    if ((node & 1n) === 1n || node === last) {
      hash1 = nodeHash(sha256, sibling, hash1);
      hash2 = nodeHash(sha256, sibling, hash2);
      while ((node & 1n) === 0n && node !== 0n) [node, last] = [node >> 1n, last >> 1n];
    } else hash2 = nodeHash(sha256, hash2, sibling);
    [node, last] = [node >> 1n, last >> 1n];
  }
  return last === 0n && sameBytes(hash1, root1) && sameBytes(hash2, root2);
}

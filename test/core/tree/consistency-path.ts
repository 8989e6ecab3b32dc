import { rootOf } from '#core/tree/hash';
import { sha256 } from './naive.ts';

/** PROOF(m, D_n) of RFC 9162 §2.1.4.1, word for word. @param hashes leaf hashes of the larger tree */
export function consistencyPath(hashes: readonly Uint8Array[], first: number): Uint8Array[] {
  return subproof(first, hashes, true);
}

function subproof(m: number, hashes: readonly Uint8Array[], isComplete: boolean): Uint8Array[] {
  const n = hashes.length;
  if (m === n) return isComplete ? [] : [rootOf(sha256, hashes)];
  let k = 1;
  while (k * 2 < n) k *= 2;
  const [left, right] = [hashes.slice(0, k), hashes.slice(k)];
  return m <= k
    ? [...subproof(m, left, isComplete), rootOf(sha256, right)]
    : [...subproof(m - k, right, false), rootOf(sha256, left)];
}

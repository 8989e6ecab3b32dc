import { describe, expect, test } from 'vitest';
import { provesConsistency } from '#core/tree/consistency';
import { leafHash, rootOf } from '#core/tree/hash';
import { sha256 } from './naive.ts';
import { readVectors } from '../../vectors/read.ts';
import { consistencyPath } from './consistency-path.ts';

const MAX = 130;
const leaves = Array.from({ length: MAX }, (_, i) => leafHash(sha256, Uint8Array.of(i >> 8, i & 0xff)));
const roots = Array.from({ length: MAX + 1 }, (_, n) =>
  n === 0 ? sha256(new Uint8Array()) : rootOf(sha256, leaves.slice(0, n)),
);
const rootAt = (size: number) => roots[size] ?? new Uint8Array();
const holds = (
  size1: number,
  size2: number,
  path: readonly Uint8Array[],
  root1 = rootAt(size1),
  root2 = rootAt(size2),
) => provesConsistency(sha256, { size1, size2, path }, root1, root2);

describe('consistency of two trees', () => {
  test('holds for every pair of sizes, by the paths of RFC 9162 §2.1.4.1', () => {
    for (let second = 1; second <= MAX; second++)
      for (let first = 1; first <= second; first++)
        expect(
          holds(first, second, consistencyPath(leaves.slice(0, second), first)),
          `${first} ${second}`,
        ).toBe(true);
  });

  test('holds for no other sizes, roots or paths', () => {
    for (const [first, second] of [
      [1, 2],
      [3, 7],
      [4, 8],
      [6, 8],
      [7, 8],
      [8, 13],
      [64, 65],
      [65, 130],
      [100, 130],
    ] as const) {
      const path = consistencyPath(leaves.slice(0, second), first);
      const refuses = (...given: Parameters<typeof holds>) => expect(holds(...given)).toBe(false);
      for (let other = 0; other <= MAX; other++) {
        if (other !== first) refuses(other, second, path, rootAt(first), rootAt(second));
        if (other !== first) refuses(first, second, path, rootAt(other), rootAt(second));
        if (other !== second) refuses(first, second, path, rootAt(first), rootAt(other));
      }
      for (const [i, hash] of path.entries()) {
        const changed = Uint8Array.from(hash, (octet, at) => (at === i % 32 ? octet ^ 1 : octet));
        refuses(first, second, path.with(i, changed));
        refuses(first, second, path.toSpliced(i, 1));
        refuses(first, second, path.toSpliced(i, 0, hash));
        refuses(first, second, path.with(i, hash.subarray(1)));
      }
      refuses(first, second, [...path, rootAt(1)]);
      refuses(first, second, []);
      if (path.length > 1) refuses(first, second, path.toReversed());
      refuses(second, first, path, rootAt(second), rootAt(first));
    }
  });

  test('a tree goes on from itself, without any path', () => {
    expect(holds(5, 5, [])).toBe(true);
    expect(holds(5, 5, [rootAt(5)])).toBe(false);
    expect(holds(5, 5, [], rootAt(5), rootAt(4))).toBe(false);
  });

  test('as the vectors say, which other implementations can run', () => {
    const bytes = (digits: string) => Uint8Array.from(Buffer.from(digits, 'hex'));
    for (const { size1, size2, root1, root2, proof, verdict } of readVectors('consistency').cases) {
      const path = proof.map(bytes);
      expect(provesConsistency(sha256, { size1, size2, path }, bytes(root1), bytes(root2))).toBe(
        verdict === 'valid',
      );
    }
  });

  test('nothing is proved from an empty tree, nor of sizes that are none', () => {
    expect(holds(0, 5, [])).toBe(false);
    expect(holds(0, 0, [])).toBe(false);
    expect(holds(-1, 5, [], rootAt(1))).toBe(false);
  });

  test('a wrong root of the right length, or the right one cut, is refused', () => {
    const path = consistencyPath(leaves.slice(0, 7), 4);
    expect(holds(4, 7, path, rootAt(4).subarray(0, 31))).toBe(false);
    expect(holds(4, 7, path, rootAt(4), new Uint8Array(32))).toBe(false);
  });

  test('sizes beyond 2^53 and long paths end', () => {
    const path = Array.from({ length: 70 }, () => rootAt(1));
    const sizes = { size1: 2n ** 63n - 1n, size2: 2n ** 64n - 1n };
    expect(provesConsistency(sha256, { ...sizes, path }, rootAt(1), rootAt(1))).toBe(false);
  });
});

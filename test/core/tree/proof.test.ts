import { describe, expect, it } from 'vitest';
import { hex } from '#core/bytes';
import { leafHash } from '#core/tree/hash';
import { pathWithin, proofFromTiles, provesInclusion } from '#core/tree/proof';
import { StreamRoot } from '#core/tree/stream-root';
import type { ReadTile } from '#core/tree/tiles';
import { readVectors } from '../../vectors/read.ts';
import { leafHashes, sha256 } from './naive.ts';

function tree(hashes: readonly Uint8Array[]): { root: Uint8Array; read: ReadTile; reads: () => number } {
  const tiles = new Map<string, Uint8Array>();
  const stream = new StreamRoot(sha256, (tile) => tiles.set(`${tile.level}/${tile.tileNo}`, tile.bytes));
  for (const hash of hashes) stream.push(hash);
  let reads = 0;
  const read: ReadTile = (level, tileNo) => {
    reads++;
    return Promise.resolve(tiles.get(`${level}/${tileNo}`));
  };
  return { root: stream.end(), read, reads: () => reads };
}

describe('a proof from tiles', () => {
  it.each([1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 513])('holds for every leaf of %i', async (treeSize) => {
    const hashes = leafHashes(treeSize);
    const { root, read } = tree(hashes);
    for (const [leafIndex, hash] of hashes.entries()) {
      const path = await proofFromTiles(sha256, read, leafIndex, treeSize);
      expect(provesInclusion(sha256, { leafIndex, treeSize, path }, hash, root)).toBe(true);
      if (leafIndex % 37 === 0) expect(path.map(hex)).toEqual(pathWithin(sha256, hashes, leafIndex).map(hex));
    }
  });

  it.each([65_536, 65_537, 65_793, 70_000])(
    'holds for leaves at every edge of %i, from a few tiles',
    async (treeSize) => {
      const hashes = leafHashes(treeSize);
      const { root, read, reads } = tree(hashes);
      const edges = [
        0,
        1,
        255,
        256,
        257,
        65_279,
        65_280,
        65_535,
        65_536,
        65_537,
        65_792,
        treeSize - 2,
        treeSize - 1,
      ];
      for (const leafIndex of edges.filter((index) => index < treeSize)) {
        const before = reads();
        const path = await proofFromTiles(sha256, read, leafIndex, treeSize);
        expect(reads() - before).toBeLessThanOrEqual(6);
        expect(
          provesInclusion(sha256, { leafIndex, treeSize, path }, hashes[leafIndex] ?? new Uint8Array(), root),
        ).toBe(true);
      }
    },
  );

  it('of 65,537 leaves has one step for the last leaf', async () => {
    const { read } = tree(leafHashes(65_537));
    expect(await proofFromTiles(sha256, read, 65_536, 65_537)).toHaveLength(1);
  });

  it('is refused outside the tree, and where a tile is missing or of another size', async () => {
    const { read } = tree(leafHashes(300));
    for (const index of [-1, 300, Number.NaN])
      await expect(proofFromTiles(sha256, read, index, 300)).rejects.toThrow(RangeError);
    await expect(proofFromTiles(sha256, read, 5, 301)).rejects.toThrow(RangeError);
    await expect(proofFromTiles(sha256, () => Promise.resolve(undefined), 5, 300)).rejects.toThrow(
      RangeError,
    );
  });
});

describe('a proof is refused', () => {
  const treeSize = 13;
  const hashes = leafHashes(treeSize);
  const { root, read } = tree(hashes);

  it('with another index, size, hash, root or path', async () => {
    for (const [leafIndex, hash] of hashes.entries()) {
      const path = await proofFromTiles(sha256, read, leafIndex, treeSize);
      const proves = (changes: object, leaf = hash, top = root) =>
        provesInclusion(sha256, { leafIndex, treeSize, path, ...changes }, leaf, top);
      expect(proves({})).toBe(true);
      for (let other = -1; other <= treeSize; other++)
        if (other !== leafIndex) expect(proves({ leafIndex: other })).toBe(false);
      expect(proves({ path: path.slice(1) })).toBe(false);
      expect(proves({ path: path.slice(0, -1) })).toBe(false);
      expect(proves({ path: [...path, root] })).toBe(false);
      expect(proves({ path: [root, ...path] })).toBe(false);
      for (const [i, step] of path.entries()) {
        const bent = step.slice();
        bent[31] = (bent[31] ?? 0) ^ 1;
        expect(proves({ path: path.with(i, bent) })).toBe(false);
        expect(proves({ path: path.with(i, step.slice(1)) })).toBe(false);
      }
      if (path.length > 1) expect(proves({ path: path.toReversed() })).toBe(false);
      expect(proves({}, root)).toBe(false);
      expect(proves({}, hash, hash)).toBe(false);
      expect(proves({ treeSize: 0 })).toBe(false);
      expect(proves({ treeSize: 2 ** 40 })).toBe(false);
    }
  });

  it('with an empty tree or short hashes', () => {
    expect(provesInclusion(sha256, { leafIndex: 0, treeSize: 0, path: [] }, root, root)).toBe(false);
    expect(provesInclusion(sha256, { leafIndex: 0, treeSize: 1, path: [] }, root, root)).toBe(true);
    expect(
      provesInclusion(sha256, { leafIndex: 0, treeSize: 1, path: [] }, root.slice(1), root.slice(1)),
    ).toBe(false);
  });

  it('takes sizes beyond 2^53 without rounding', () => {
    const size = 2n ** 60n;
    expect(provesInclusion(sha256, { leafIndex: size, treeSize: size, path: [] }, root, root)).toBe(false);
    expect(provesInclusion(sha256, { leafIndex: size - 1n, treeSize: size, path: [] }, root, root)).toBe(
      false,
    );
  });
});

it('agrees with the reference proofs of RFC 6962 trees', () => {
  const { leaves, roots, proofs } = readVectors('tree');
  const known: Record<string, readonly string[]> = {
    0: [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
    5: [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  };
  const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
  for (const { leafIndex, treeSize, path } of proofs) {
    expect(path).toEqual(known[leafIndex] ?? path);
    const hash = leafHash(sha256, bytes(leaves[leafIndex] ?? ''));
    expect(
      provesInclusion(
        sha256,
        { leafIndex, treeSize, path: path.map(bytes) },
        hash,
        bytes(roots[treeSize - 1] ?? ''),
      ),
    ).toBe(true);
  }
});

import { describe, expect, it } from 'vitest';
import { hex } from '#core/bytes';
import { leafHash, rootOf } from '#core/tree/hash';
import { StreamRoot } from '#core/tree/stream-root';
import { TILE_WIDTH, tileHashes, type Tile } from '#core/tree/tiles';
import { readVectors } from '../../vectors/read.ts';
import { leafHashes, naiveRoot, sha256 } from './naive.ts';

function stream(hashes: readonly Uint8Array[]): { root: Uint8Array; tiles: Tile[] } {
  const tiles: Tile[] = [];
  const tree = new StreamRoot(sha256, (tile) => tiles.push(tile));
  for (const hash of hashes) tree.push(hash);
  return { root: tree.end(), tiles };
}

const { leaves, roots, counted } = readVectors('tree');

describe('the root of a list', () => {
  // the reference implementation of Certificate Transparency (RFC 6962), 8 leaves
  it.each([
    [1, '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
    [2, 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
    [3, 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
    [4, 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7'],
    [5, '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4'],
    [6, '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef'],
    [7, 'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c'],
    [8, '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'],
  ])('of %i reference leaves is theirs', (size, root) => {
    const hashes = leaves.slice(0, size).map((leaf) => leafHash(sha256, Buffer.from(leaf, 'hex')));
    expect(hex(stream(hashes).root)).toBe(root);
    expect(hex(rootOf(sha256, hashes))).toBe(root);
    expect(roots[size - 1]).toBe(root);
  });

  it('is that of the naive recursion, for every size from 1 to 600', () => {
    const all = leafHashes(600);
    for (let size = 1; size <= 600; size++) {
      const hashes = all.slice(0, size);
      const expected = hex(naiveRoot(hashes));
      expect(hex(stream(hashes).root)).toBe(expected);
      if (size % 7 === 0) expect(hex(rootOf(sha256, hashes))).toBe(expected);
    }
  });

  const many = leafHashes(70_000);
  it.each([65_535, 65_536, 65_537, 65_792, 65_793, 70_000])(
    'is that of the naive recursion for %i',
    (size) => {
      const hashes = many.slice(0, size);
      expect(hex(stream(hashes).root)).toBe(hex(naiveRoot(hashes)));
    },
  );

  it.each(counted)('agrees with the vector of $treeSize leaves', ({ treeSize, root }) => {
    expect(hex(stream(many.slice(0, treeSize)).root)).toBe(root);
  });

  it('is of at least one leaf, each of 32 bytes', () => {
    expect(() => new StreamRoot(sha256).end()).toThrow(RangeError);
    expect(() => new StreamRoot(sha256).push(new Uint8Array(31))).toThrow(RangeError);
    expect(() => rootOf(sha256, [])).toThrow(RangeError);
  });
});

describe('tiles', () => {
  it('hold every leaf hash once, in order, and the levels above', () => {
    const hashes = leafHashes(70_000);
    const { tiles } = stream(hashes);
    for (const level of [0, 1, 2]) {
      const own = tiles.filter((tile) => tile.level === level).sort((a, b) => a.tileNo - b.tileNo);
      expect(own.map(({ tileNo }) => tileNo)).toEqual(own.map((_, i) => i));
      for (const tile of own.slice(0, -1)) expect(tile.bytes).toHaveLength(TILE_WIDTH * 32);
      expect(own.flatMap((tile) => tileHashes(tile.bytes))).toHaveLength(Math.floor(70_000 / 256 ** level));
    }
    const kept = tiles
      .filter(({ level }) => level === 0)
      .sort((a, b) => a.tileNo - b.tileNo)
      .flatMap(({ bytes }) => tileHashes(bytes));
    expect(kept.every((hash, i) => hex(hash) === hex(hashes[i] ?? new Uint8Array()))).toBe(true);
  });

  it('are copies: a later push does not change a tile handed out', () => {
    const hashes = leafHashes(600);
    const tiles: Tile[] = [];
    const tree = new StreamRoot(sha256, (tile) => tiles.push(tile));
    for (const hash of hashes.slice(0, 256)) tree.push(hash);
    const first = hex(tiles[0]?.bytes ?? new Uint8Array());
    for (const hash of hashes.slice(256)) tree.push(hash);
    expect(hex(tiles[0]?.bytes ?? new Uint8Array())).toBe(first);
    expect(tree.count).toBe(600);
  });
});

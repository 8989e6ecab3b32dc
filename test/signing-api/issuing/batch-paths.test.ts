import { expect, it } from 'vitest';
import { base64url } from '#core/bytes';
import { proofFromTiles } from '#core/tree/proof';
import { StreamRoot } from '#core/tree/stream-root';
import { BatchPaths } from '#signing-api/steps/issuing/batch-paths';
import { nodeCrypto } from '#verifier/crypto-node';

const { sha256 } = nodeCrypto;

function tilesOf(count: number): Map<string, Uint8Array> {
  const tiles = new Map<string, Uint8Array>();
  const tree = new StreamRoot(sha256, ({ level, tileNo, bytes }) => {
    tiles.set(`${level}/${tileNo}`, Uint8Array.from(bytes));
  });
  for (let i = 0; i < count; i++) tree.push(sha256(Uint8Array.of(i & 255, (i >> 8) & 255, i >> 16)));
  tree.end();
  return tiles;
}

it.each([1, 2, 3, 255, 256, 257, 511, 512, 513, 1000, 65_535, 65_536, 65_537, 66_000])(
  'of %i leaves are those that are made one by one, and read no tile twice',
  async (count) => {
    const tiles = tilesOf(count);
    const reads: string[] = [];
    const paths = new BatchPaths(
      sha256,
      (level, tileNo) => {
        reads.push(`${level}/${tileNo}`);
        return Promise.resolve(tiles.get(`${level}/${tileNo}`));
      },
      count,
    );
    const read = (level: number, tileNo: number) => Promise.resolve(tiles.get(`${level}/${tileNo}`));
    const leaves = [0, 1, 2, 254, 255, 256, 300, 511, 512, count >> 1, count - 2, count - 1];
    for (const leaf of new Set(leaves.filter((index) => index >= 0 && index < count)))
      expect([leaf, await paths.pathOf(leaf)]).toEqual([
        leaf,
        (await proofFromTiles(sha256, read, leaf, count)).map(base64url),
      ]);
    expect(new Set(reads).size).toBe(reads.length);
  },
);

it('says which tile is missing', async () => {
  const paths = new BatchPaths(sha256, () => Promise.resolve(undefined), 300);
  await expect(paths.pathOf(0)).rejects.toThrow(/tile 0\/\d is missing/);
});

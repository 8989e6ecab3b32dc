import { sameBytes } from '../bytes.ts';
import { nodeHash, rootOf, type Sha256 } from './hash.ts';
import { TILE_WIDTH, tileHashes, type ReadTile } from './tiles.ts';

/** Sizes and indexes may exceed 2^53 in vectors from elsewhere, so both numbers and bigints are taken. */
export type InclusionProof = {
  readonly leafIndex: number | bigint;
  readonly treeSize: number | bigint;
  readonly path: readonly Uint8Array[];
};

/**
 * Whether the proof leads from the leaf hash to the root (RFC 9162 §2.1.3.2): index < size, the exact path length, 32-byte hashes.
 */
export function provesInclusion(
  sha256: Sha256,
  proof: InclusionProof,
  leafHash: Uint8Array,
  root: Uint8Array,
): boolean {
  const sides = siblingSides(proof.leafIndex, proof.treeSize);
  if (sides?.length !== proof.path.length || leafHash.length !== 32 || root.length !== 32) return false;
  let hash = leafHash;
  for (const [i, sibling] of proof.path.entries()) {
    if (sibling.length !== 32) return false;
    hash = sides[i] === 'left' ? nodeHash(sha256, sibling, hash) : nodeHash(sha256, hash, sibling);
  }
  return sameBytes(hash, root);
}

type Side = 'left' | 'right';

/** On which side each sibling stands, lowest first (RFC 9162 §2.1.3.2), or null where the index is outside the tree. */
function siblingSides(leafIndex: number | bigint, treeSize: number | bigint): Side[] | null {
  let index = BigInt(leafIndex);
  let last = BigInt(treeSize) - 1n;
  if (index < 0n || index > last) return null;
  const sides: Side[] = [];
  while (last > 0xffff_ffffn) {
    // beyond 32 bits a promoted node skips levels one by one, as below
    if ((index & 1n) === 1n || index !== last) sides.push((index & 1n) === 1n ? 'left' : 'right');
    index >>= 1n;
    last >>= 1n;
  }
  for (let [i, n] = [Number(index), Number(last)]; n > 0; i = Math.floor(i / 2), n = Math.floor(n / 2))
    if (i % 2 === 1 || i !== n) sides.push(i % 2 === 1 ? 'left' : 'right');
  return sides;
}

/** The siblings of entry `index` among hashes that stand side by side (RFC 9162 §2.1.3.1), lowest first. */
export function pathWithin(sha256: Sha256, hashes: readonly Uint8Array[], index: number): Uint8Array[] {
  const path: Uint8Array[] = [];
  let level = hashes;
  let at = index;
  while (level.length > 1) {
    const sibling = level[at ^ 1];
    if (sibling) path.push(sibling);
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const left = level[i] as Uint8Array;
      const right = level[i + 1];
      above.push(right ? nodeHash(sha256, left, right) : left);
    }
    level = above;
    at >>= 1;
  }
  return path;
}

/**
 * The inclusion path of a leaf, read from tiles: one tile a level, and the right edge.
 * @throws RangeError where the index is outside the tree or a tile is missing
 */
export async function proofFromTiles(
  sha256: Sha256,
  read: ReadTile,
  leafIndex: number,
  treeSize: number,
): Promise<Uint8Array[]> {
  if (!(leafIndex >= 0 && leafIndex < treeSize)) throw new RangeError('leaf index outside the tree');
  const path: Uint8Array[] = [];
  let index = leafIndex;
  let full = treeSize;
  let tail: Uint8Array | null = null;
  for (let level = 0; full + (tail ? 1 : 0) > 1; level++) {
    const tileNo = Math.floor(index / TILE_WIDTH);
    const lastTile = Math.floor(full / TILE_WIDTH);
    const edge = await edgeOf(read, level, lastTile, full % TILE_WIDTH, tail);
    path.push(
      ...pathWithin(
        sha256,
        tileNo === lastTile ? edge : await row(read, level, tileNo, TILE_WIDTH),
        index % TILE_WIDTH,
      ),
    );
    tail = edge.length > 0 ? rootOf(sha256, edge) : null;
    index = tileNo;
    full = lastTile;
  }
  return path;
}

/** What stands to the right of the last full tile of a level: its partial tile and the lower levels' own right edge. */
async function edgeOf(
  read: ReadTile,
  level: number,
  tileNo: number,
  width: number,
  tail: Uint8Array | null,
): Promise<Uint8Array[]> {
  const hashes = width > 0 ? await row(read, level, tileNo, width) : [];
  return tail ? [...hashes, tail] : hashes;
}

async function row(read: ReadTile, level: number, tileNo: number, width: number): Promise<Uint8Array[]> {
  const bytes = await read(level, tileNo);
  if (bytes?.length !== width * 32)
    throw new RangeError(`tile ${level}/${tileNo} is missing or of another size`);
  return tileHashes(bytes);
}

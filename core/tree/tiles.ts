import { HASH_BYTES } from './hash.ts';

/** Hashes are kept in tiles of 256, every 8th level of the tree (C2SP tlog-tiles). */
export const TILE_WIDTH = 256;

/** `bytes` holds 1 to 256 hashes of 32 bytes: the full subtrees of 256^level leaves number `tileNo` × 256 and following. */
export type Tile = { readonly level: number; readonly tileNo: number; readonly bytes: Uint8Array };

/** Gives a tile's bytes, or undefined where there is none. */
export type ReadTile = (level: number, tileNo: number) => Promise<Uint8Array | undefined>;

export function tileHashes(bytes: Uint8Array): Uint8Array[] {
  const hashes: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += HASH_BYTES) hashes.push(bytes.subarray(at, at + HASH_BYTES));
  return hashes;
}

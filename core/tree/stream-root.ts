import { HASH_BYTES, rootOf, type Sha256 } from './hash.ts';
import { TILE_WIDTH, tileHashes, type Tile } from './tiles.ts';

type Level = { buffer: Uint8Array; filled: number; tileNo: number };

/**
 * The root of a tree (RFC 9162 §2.1) over leaf hashes that arrive one by one: memory is one tile a level, whatever the size.
 * Full tiles are handed out as they fill, the partial ones at the end.
 */
export class StreamRoot {
  #count = 0;
  readonly #levels: Level[] = [];
  readonly #sha256: Sha256;
  readonly #onTile: ((tile: Tile) => void) | undefined;

  constructor(sha256: Sha256, onTile?: (tile: Tile) => void) {
    this.#sha256 = sha256;
    this.#onTile = onTile;
  }

  get count(): number {
    return this.#count;
  }

  push(leafHash: Uint8Array): void {
    if (leafHash.length !== HASH_BYTES) throw new RangeError('a leaf hash has 32 bytes');
    this.#count++;
    this.#add(0, leafHash);
  }

  /**
   * Ends the stream: hands out the partial tiles and gives the root. Call it once.
   * @throws RangeError where no leaf was pushed
   */
  end(): Uint8Array {
    let tail: Uint8Array | null = null;
    for (const [number, level] of this.#levels.entries()) {
      if (level.filled > 0) this.#emit(number, level);
      // what is full has been handed up already: what is left here, with the tail from below, is the right edge
      const hashes = tileHashes(level.buffer.subarray(0, level.filled));
      const edge: Uint8Array[] = tail ? [...hashes, tail] : hashes;
      tail = edge.length > 0 ? rootOf(this.#sha256, edge) : null;
    }
    if (!tail) throw new RangeError('a tree has at least one leaf');
    return tail;
  }

  #add(number: number, hash: Uint8Array): void {
    const level = (this.#levels[number] ??= {
      buffer: new Uint8Array(TILE_WIDTH * HASH_BYTES),
      filled: 0,
      tileNo: 0,
    });
    level.buffer.set(hash, level.filled);
    level.filled += HASH_BYTES;
    if (level.filled < level.buffer.length) return;
    this.#emit(number, level);
    const above = rootOf(this.#sha256, tileHashes(level.buffer));
    level.filled = 0;
    level.tileNo++;
    this.#add(number + 1, above);
  }

  #emit(number: number, level: Level): void {
    this.#onTile?.({ level: number, tileNo: level.tileNo, bytes: level.buffer.slice(0, level.filled) });
  }
}

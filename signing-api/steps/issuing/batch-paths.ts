import { base64url } from '#core/bytes';
import { nodeHash, type Sha256 } from '#core/tree/hash';
import { TILE_WIDTH, tileHashes, type ReadTile } from '#core/tree/tiles';

/**
 * Inclusion paths of many leaves of one batch, as proofFromTiles makes them of one: every tile is read once and what stands over its
 * hashes is hashed once.
 */
export class BatchPaths {
  readonly #sha256: Sha256;
  readonly #read: ReadTile;
  readonly #count: number;
  readonly #tiles = new Map<string, Promise<Pyramid>>();
  readonly #edges = new Map<number, Promise<Pyramid | null>>();

  /** @param count leaves of the batch */
  constructor(sha256: Sha256, read: ReadTile, count: number) {
    this.#sha256 = sha256;
    this.#read = read;
    this.#count = count;
  }

  /**
   * @returns base64url hashes, lowest first
   * @throws RangeError where a tile is missing
   */
  async pathOf(leafIndex: number): Promise<string[]> {
    const path: string[] = [];
    let index = leafIndex;
    let full = this.#count;
    for (let level = 0; full + (level > 0 && (await this.#edge(level - 1)) ? 1 : 0) > 1; level++) {
      const tileNo = Math.floor(index / TILE_WIDTH);
      const lastTile = Math.floor(full / TILE_WIDTH);
      const tile = await (tileNo === lastTile ? this.#edge(level) : this.#tile(level, tileNo));
      if (!tile) throw new RangeError('leaf index outside the tree');
      path.push(...siblings(tile, index % TILE_WIDTH));
      index = tileNo;
      full = lastTile;
    }
    return path;
  }

  /** What stands to the right of the last full tile of a level: its partial tile and the lower levels' own right edge. */
  #edge(level: number): Promise<Pyramid | null> {
    const known = this.#edges.get(level) ?? this.#makeEdge(level);
    this.#edges.set(level, known);
    return known;
  }

  async #makeEdge(level: number): Promise<Pyramid | null> {
    const below = level > 0 ? await this.#edge(level - 1) : null;
    const entries = Math.floor(this.#count / TILE_WIDTH ** level);
    const width = entries % TILE_WIDTH;
    const own = width > 0 ? await this.#row(level, Math.floor(entries / TILE_WIDTH), width) : [];
    const hashes = below ? [...own, below.root] : own;
    return hashes.length > 0 ? pyramid(this.#sha256, hashes) : null;
  }

  #tile(level: number, tileNo: number): Promise<Pyramid> {
    const name = `${level}/${tileNo}`;
    const known =
      this.#tiles.get(name) ??
      this.#row(level, tileNo, TILE_WIDTH).then((hashes) => pyramid(this.#sha256, hashes));
    this.#tiles.set(name, known);
    return known;
  }

  async #row(level: number, tileNo: number, width: number): Promise<Uint8Array[]> {
    const bytes = await this.#read(level, tileNo);
    if (bytes?.length !== width * 32)
      throw new RangeError(`tile ${level}/${tileNo} is missing or of another size`);
    return tileHashes(bytes);
  }
}

/** Hashes that stand side by side and all that is hashed from them, lowest first, as text. */
type Pyramid = { readonly rows: readonly (readonly string[])[]; readonly root: Uint8Array };

function pyramid(sha256: Sha256, hashes: readonly Uint8Array[]): Pyramid {
  const rows: string[][] = [];
  let row = hashes;
  while (row.length > 1) {
    rows.push(row.map(base64url));
    const above: Uint8Array[] = [];
    for (let i = 0; i < row.length; i += 2) {
      const left = row[i] as Uint8Array;
      const right = row[i + 1];
      above.push(right ? nodeHash(sha256, left, right) : left);
    }
    row = above;
  }
  return { rows, root: row[0] ?? new Uint8Array() };
}

/** A node without a sibling is promoted. */
function siblings({ rows }: Pyramid, index: number): string[] {
  return rows.flatMap((row, level) => row[(index >> level) ^ 1] ?? []);
}

/**
 * Finds numbered things by their serial numbers' octets: chains of hashes in flat arrays, some twelve bytes each, where a Map of texts
 * takes a hundred. Adding never looks at what is there already, so that serial numbers chosen to collide make a look-up longer, never
 * the building.
 */
export class SerialIndex {
  /** number + 1 of the newest in each chain, and of the one added before it; 0 ends a chain */
  readonly #heads: Uint32Array;
  readonly #before: Uint32Array;

  /** @param max how many there are at most */
  constructor(max: number) {
    this.#heads = new Uint32Array(2 ** Math.ceil(Math.log2(Math.max(1, max))));
    this.#before = new Uint32Array(max);
  }

  /** @param bytes holds the serial number from `from` to `to` */
  add(number: number, bytes: Uint8Array, from: number, to: number): void {
    const chain = hashOf(bytes, from, to) & (this.#heads.length - 1);
    this.#before[number] = this.#heads[chain] ?? 0;
    this.#heads[chain] = number + 1;
  }

  /** The numbers of all that have this serial number, and of some that have not. */
  *candidates(serial: Uint8Array): Generator<number> {
    const chain = hashOf(serial, 0, serial.length) & (this.#heads.length - 1);
    for (let next = this.#heads[chain] ?? 0; next !== 0; next = this.#before[next - 1] ?? 0) yield next - 1;
  }
}

/** FNV-1a, its high bits folded into the low ones. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  return hash ^ (hash >>> 15);
}

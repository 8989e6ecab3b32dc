/** The record ids of a list, 16 bytes each beside their leaf hashes: as text a million would be a hundred megabytes. */
export class RecordIds {
  #words: Uint32Array = new Uint32Array(4096 * WORDS);
  #count = 0;
  #ascending = true;
  #order: Uint32Array | null = null;

  get count(): number {
    return this.#count;
  }

  /** @param id a UUID, lower case */
  add(id: string): void {
    const at = this.#count * WORDS;
    if (at === this.#words.length) this.#grow();
    const words = this.#words;
    words[at] = hexOf(id, 0, 8);
    words[at + 1] = hexOf(id, 9, 13) * 0x10000 + hexOf(id, 14, 18);
    words[at + 2] = hexOf(id, 19, 23) * 0x10000 + hexOf(id, 24, 28);
    words[at + 3] = hexOf(id, 28, 36);
    this.#ascending &&= this.#count === 0 || this.compare(this.#count - 1, this.#count) < 0;
    this.#count++;
    this.#order = null;
  }

  /** One of the four 32-bit words of an id, the first one first. */
  word(index: number, word: number): number {
    return this.#words[index * WORDS + word] ?? 0;
  }

  /** By bytes, as the ids sort as text. */
  compare(a: number, b: number): number {
    for (let word = 0; word < WORDS; word++) {
      const difference = this.word(a, word) - this.word(b, word);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  /** Indexes in the order of their ids: a facility's list runs over districts, so its leaves are not in this order. */
  inOrder(): Uint32Array {
    this.#order ??= this.#sorted();
    return this.#order;
  }

  /** Whether a record stands in the list twice. */
  hasDouble(): boolean {
    if (this.#ascending) return false;
    const order = this.inOrder();
    return order.some((index, i) => i > 0 && this.compare(order[i - 1] ?? 0, index) === 0);
  }

  #sorted(): Uint32Array {
    const order = Uint32Array.from({ length: this.#count }, (_, index) => index);
    return this.#ascending ? order : order.sort((a, b) => this.compare(a, b));
  }

  #grow(): void {
    const larger = new Uint32Array(this.#words.length * 2);
    larger.set(this.#words);
    this.#words = larger;
  }
}

/** Words of 32 bits in an id. */
export const WORDS = 4;

function hexOf(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    value = value * 16 + (code < 0x3a ? code - 0x30 : code - 0x57);
  }
  return value;
}

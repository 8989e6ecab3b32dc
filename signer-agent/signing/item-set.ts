/** Which items of a list: one bit each. */
export class ItemSet {
  /** of the list */
  readonly size: number;
  readonly #bits: Uint8Array;
  #count = 0;

  constructor(size: number) {
    this.size = size;
    this.#bits = new Uint8Array(Math.ceil(size / 8));
  }

  get count(): number {
    return this.#count;
  }

  has(index: number): boolean {
    return ((this.#bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
  }

  /** @throws RangeError outside the list */
  add(index: number): void {
    if (!(Number.isInteger(index) && index >= 0 && index < this.size)) throw new RangeError('no such item');
    if (this.has(index)) return;
    this.#bits[index >> 3] = (this.#bits[index >> 3] ?? 0) | (1 << (index & 7));
    this.#count++;
  }
}

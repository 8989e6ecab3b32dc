import { createHash } from 'node:crypto';

const KEY_WORDS = 3;
const FIRST_CAPACITY = 1 << 12;
const MAX_LOAD = 0.6;
/** no line ends where it begins, so 0 would do as an offset: it is kept one higher */
const FREE = 0;

/**
 * Where in a journal the last line of each name begins: open addressing over typed arrays, the names as the first 96 bits of their
 * SHA-256. 20 bytes a place, at most 0.6 full after growth: a million names take 40 MB. Who finds an offset reads the name in its line.
 */
export class OffsetIndex {
  #size = 0;
  #names = new Uint32Array(FIRST_CAPACITY * KEY_WORDS);
  #offsets = new Float64Array(FIRST_CAPACITY);

  get size(): number {
    return this.#size;
  }

  get(name: string): number | undefined {
    const offset = this.#offsets[this.#placeOf(wordsOf(name))] ?? FREE;
    return offset === FREE ? undefined : offset - 1;
  }

  set(name: string, offset: number): void {
    if (this.#size + 1 > this.#offsets.length * MAX_LOAD) this.#grow();
    this.#put(wordsOf(name), offset + 1);
  }

  #put(words: Uint32Array, value: number): void {
    const place = this.#placeOf(words);
    if (this.#offsets[place] === FREE) this.#size++;
    this.#names.set(words, place * KEY_WORDS);
    this.#offsets[place] = value;
  }

  /** Its own place, or the free one where it would go. */
  #placeOf(words: Uint32Array): number {
    const mask = this.#offsets.length - 1;
    let place = (words[0] ?? 0) & mask;
    while (this.#offsets[place] !== FREE && !this.#isAt(place, words)) place = (place + 1) & mask;
    return place;
  }

  #isAt(place: number, words: Uint32Array): boolean {
    const at = place * KEY_WORDS;
    return (
      this.#names[at] === words[0] && this.#names[at + 1] === words[1] && this.#names[at + 2] === words[2]
    );
  }

  #grow(): void {
    const [names, offsets] = [this.#names, this.#offsets];
    this.#names = new Uint32Array(names.length * 2);
    this.#offsets = new Float64Array(offsets.length * 2);
    this.#size = 0;
    for (const [place, value] of offsets.entries())
      if (value !== FREE) this.#put(names.subarray(place * KEY_WORDS, (place + 1) * KEY_WORDS), value);
  }
}

function wordsOf(name: string): Uint32Array {
  const digest = createHash('sha256').update(name).digest();
  return Uint32Array.of(digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8));
}

/**
 * The few things that were made last, found again by what they were made of. For what is costly to make and comes again and again;
 * a look costs one comparison an entry.
 */
export class Recent<Key, Value> {
  readonly #same: (a: Key, b: Key) => boolean;
  readonly #max: number;
  #entries: { readonly key: Key; readonly value: Value }[] = [];

  constructor(same: (a: Key, b: Key) => boolean, max: number) {
    this.#same = same;
    this.#max = max;
  }

  find(key: Key): Value | undefined {
    const at = this.#entries.findIndex((entry) => this.#same(entry.key, key));
    const entry = this.#entries[at];
    if (!entry) return undefined;
    if (at > 0) this.#entries = [entry, ...this.#entries.filter((other) => other !== entry)];
    return entry.value;
  }

  /** @param key what find has not found */
  keep(key: Key, value: Value): Value {
    this.#entries = [{ key, value }, ...this.#entries.slice(0, this.#max - 1)];
    return value;
  }
}

/** Whether two lists hold the same texts or objects: texts by value, objects by identity. */
export function sameParts(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((part, i) => part === b[i]);
}

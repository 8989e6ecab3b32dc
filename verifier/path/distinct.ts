const latin1 = new TextDecoder('latin1');

/** Each once, the first of equals: a root that is also in the pool is the root. */
export function distinct<T extends { readonly der: Uint8Array }>(things: readonly T[]): T[] {
  const seen = new Set<string>();
  return things.filter(({ der }) => {
    const text = latin1.decode(der);
    return !seen.has(text) && seen.add(text);
  });
}

/** Many byte strings as one: a message between processes costs by its parts, not by its bytes. */
export type Packed = { readonly bytes: Uint8Array; readonly sizes: Uint32Array };

export function pack(parts: readonly Uint8Array[]): Packed {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { bytes, sizes: Uint32Array.from(parts, (part) => part.length) };
}

export function unpack({ bytes, sizes }: Packed): Uint8Array[] {
  let at = 0;
  return Array.from(sizes, (size) => bytes.subarray(at, (at += size)));
}

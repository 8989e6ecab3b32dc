const LEAF_HEAD = '{"leaf":'.length;

/**
 * The byte 00 and the leaf, as they are hashed (RFC 9162 §2.1.1), cut out of a line in its buffer without a copy: the last byte before the
 * leaf is overwritten.
 * @param leaf of `text`, by splitStreamLine
 */
export function prefixedLeaf(
  leaf: string,
  text: string,
  bytes: Buffer,
  start: number,
  end: number,
): Uint8Array {
  // what follows the leaf is ASCII (splitStreamLine proved it), so its length in text is its length in bytes
  const leafEnd = end - (text.length - LEAF_HEAD - leaf.length);
  const from = start + LEAF_HEAD - 1;
  bytes[from] = 0;
  return bytes.subarray(from, leafEnd);
}

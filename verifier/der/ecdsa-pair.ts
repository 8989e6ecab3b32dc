import { concat } from '#core/bytes';

/** An ECDSA signature as r‖s (IEEE P1363) in the form of X.509 and CMS. @returns null where it has not exactly that length */
export function derOfPair(pair: Uint8Array, coordinateBytes: number): Uint8Array | null {
  if (pair.length !== coordinateBytes * 2) return null;
  const content = concat(integer(pair.subarray(0, coordinateBytes)), integer(pair.subarray(coordinateBytes)));
  return content.length < 0x80
    ? concat(Uint8Array.of(0x30, content.length), content)
    : concat(Uint8Array.of(0x30, 0x81, content.length), content);
}

function integer(octets: Uint8Array): Uint8Array {
  const first = octets.findIndex((octet) => octet !== 0);
  const value = first < 0 ? Uint8Array.of(0) : octets.subarray(first);
  const padded = (value[0] ?? 0) >= 0x80 ? concat(Uint8Array.of(0), value) : value;
  return concat(Uint8Array.of(0x02, padded.length), padded);
}

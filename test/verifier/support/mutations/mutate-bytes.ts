import { concat } from '#core/bytes';
import type { Random } from '../../../../scripts/demo/random.ts';

/** One random change of bytes. @param other bytes to take a piece from */
export function mutateBytes(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length);
  const end = at + 1 + random.below(Math.min(64, bytes.length - at));
  const piece = bytes.subarray(at, end);
  const from = random.below(other.length);
  const foreign = other.subarray(from, from + 1 + random.below(64));
  const put = (middle: Uint8Array) => concat(bytes.subarray(0, at), middle, bytes.subarray(end));
  const one = Uint8Array.of(random.below(256));
  return random.pick([
    () =>
      concat(
        bytes.subarray(0, at),
        Uint8Array.of((bytes[at] ?? 0) ^ (1 << random.below(8))),
        bytes.subarray(at + 1),
      ),
    () => concat(bytes.subarray(0, at), one, bytes.subarray(at + 1)),
    () => concat(bytes.subarray(0, at), one, bytes.subarray(at)),
    () => put(new Uint8Array()),
    () => put(concat(piece, piece)),
    () => put(foreign),
    () => put(new Uint8Array(piece.length)),
    () => bytes.subarray(0, at),
    () => concat(bytes.subarray(0, at), other.subarray(Math.min(at, other.length))),
  ])();
}

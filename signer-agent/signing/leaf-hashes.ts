import { hash } from 'node:crypto';
import { sameBytes } from '#core/bytes';
import { HASH_BYTES } from '#core/tree/hash';

/** The hashes of all leaves of a list, side by side: 32 MB for a million, where the leaves themselves would be hundreds. */
export class LeafHashes {
  #bytes: Buffer = Buffer.allocUnsafeSlow(4096 * HASH_BYTES);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /**
   * Hashes and keeps one leaf, and gives its hash (valid until the next call).
   * @param prefixed the byte 00 and the leaf (RFC 9162 §2.1.1)
   */
  add(prefixed: Uint8Array): Uint8Array {
    const at = this.#count * HASH_BYTES;
    if (at === this.#bytes.length) this.#grow();
    // one-shot hashing into latin1 text, then into place, is three times faster than a Hash object and its Buffer
    this.#bytes.write(hash('sha256', prefixed, 'binary'), at, 'latin1');
    this.#count++;
    return this.#bytes.subarray(at, at + HASH_BYTES);
  }

  /** Whether this is the leaf that was kept there. @throws RangeError outside the list */
  matches(index: number, prefixed: Uint8Array): boolean {
    return sameBytes(Buffer.from(hash('sha256', prefixed, 'binary'), 'latin1'), this.at(index));
  }

  /** @throws RangeError outside the list */
  at(index: number): Uint8Array {
    if (!(Number.isInteger(index) && index >= 0 && index < this.#count)) throw new RangeError('no such leaf');
    return this.#bytes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
  }

  #grow(): void {
    const larger = Buffer.allocUnsafeSlow(this.#bytes.length * 2);
    this.#bytes.copy(larger);
    this.#bytes = larger;
  }
}

import { createHash } from 'node:crypto';
import type { Row } from '#core/record/row';
import type { Readable } from 'node:stream';
import { Refusal } from '#core/refusal';

/** One row of a source: its number as people count it (the header of a CSV is row 1), its text, and its fields or why there are none. */
export type SourceRow = { readonly rowNo: number; readonly raw: string; readonly row: Row | null };

export const MAX_ROW_LENGTH = 8192;

export type SourceFormat = 'csv' | 'ndjson';

/**
 * The text of a source, decoded strictly from UTF-8, hashed and counted on the way.
 * @throws Refusal SOURCE_TOO_LARGE, SOURCE_UNREADABLE (not UTF-8, stalled, or broken off)
 */
export class SourceText {
  readonly #stream: Readable;
  readonly #maxBytes: number;
  readonly #hash = createHash('sha256');

  readonly #stallMs: number;

  /** @param stallMs how long the next bytes may take: an upload that stands still holds up every other import */
  constructor(stream: Readable, maxBytes: number, stallMs = 30_000) {
    this.#stream = stream;
    this.#maxBytes = maxBytes;
    this.#stallMs = stallMs;
  }

  async *text(): AsyncGenerator<string> {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    let bytes = 0;
    try {
      for await (const chunk of this.#chunks()) {
        bytes += chunk.length;
        if (bytes > this.#maxBytes)
          throw new Refusal('SOURCE_TOO_LARGE', { detail: `more than ${this.#maxBytes} bytes` });
        this.#hash.update(chunk);
        yield decoder.decode(chunk, { stream: true });
      }
      yield decoder.decode();
    } catch (cause) {
      if (cause instanceof TypeError) throw new Refusal('SOURCE_UNREADABLE', { detail: 'not UTF-8', cause });
      if (cause instanceof Refusal) throw cause;
      throw new Refusal('SOURCE_UNREADABLE', { detail: 'the upload broke off', cause });
    }
  }

  async *#chunks(): AsyncGenerator<Buffer> {
    const stalled = () =>
      this.#stream.destroy(new Refusal('SOURCE_UNREADABLE', { detail: 'the upload stalled' }));
    const iterator = this.#stream.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer, undefined>;
    try {
      for (;;) {
        const timer = setTimeout(stalled, this.#stallMs);
        const next = await iterator.next().finally(() => clearTimeout(timer));
        if (next.done) return;
        yield next.value;
      }
    } finally {
      await iterator.return?.();
      // the rest of an upload that is refused half-way is read and dropped: left there it would block the connection's next request
      this.#stream.resume();
    }
  }

  /** SHA-256 of all bytes; ask only after the text was read to its end. */
  sha256(): Buffer {
    return this.#hash.digest();
  }
}

import { isUtf8 } from 'node:buffer';
import { Refusal } from '#core/refusal';

/** In bytes, without the line end: a leaf has at most 4096. */
const MAX_LINE_BYTES = 8192;
const LINE_END = 0x0a;

/**
 * Takes one line: as text, and as the bytes from `start` to `end` of a buffer that is overwritten after the call (the callee may
 * overwrite them, too).
 */
export type TakeLine = (text: string, bytes: Buffer, start: number, end: number) => void;

/**
 * Cuts a stream of chunks into lines. A million lines pass through one small buffer: text is checked and decoded once a chunk, not once
 * a line.
 */
export class LineReader {
  #buffer: Buffer = Buffer.allocUnsafe(256 * 1024);
  #filled = 0;
  readonly #take: TakeLine;

  constructor(take: TakeLine) {
    this.#take = take;
  }

  /** @throws Refusal INPUT_TOO_LARGE, NOT_CANONICAL, and what `take` throws */
  push(chunk: Uint8Array): void {
    this.#append(chunk);
    const whole = this.#buffer.subarray(0, this.#filled).lastIndexOf(LINE_END) + 1;
    if (whole > 0) {
      this.#takeLines(whole);
      this.#buffer.copyWithin(0, whole, this.#filled);
      this.#filled -= whole;
    }
    if (this.#filled > MAX_LINE_BYTES) throw new Refusal('INPUT_TOO_LARGE', { detail: 'stream line' });
  }

  /** Whether everything pushed ended with a line end. */
  get atLineEnd(): boolean {
    return this.#filled === 0;
  }

  #append(chunk: Uint8Array): void {
    const needed = this.#filled + chunk.length;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(needed);
      this.#buffer.copy(larger, 0, 0, this.#filled);
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, this.#filled);
    this.#filled = needed;
  }

  #takeLines(whole: number): void {
    const bytes = this.#buffer;
    if (!isUtf8(bytes.subarray(0, whole)))
      throw new Refusal('NOT_CANONICAL', { detail: 'stream is not UTF-8' });
    const text = bytes.toString('utf8', 0, whole);
    let start = 0;
    let textStart = 0;
    while (start < whole) {
      const end = bytes.indexOf(LINE_END, start);
      const textEnd = text.indexOf('\n', textStart);
      if (end - start > MAX_LINE_BYTES) throw new Refusal('INPUT_TOO_LARGE', { detail: 'stream line' });
      this.#take(text.slice(textStart, textEnd), bytes, start, end);
      start = end + 1;
      textStart = textEnd + 1;
    }
  }
}

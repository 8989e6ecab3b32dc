import { concat } from '#core/bytes';

/** A line without its end, and how many bytes of the stream were read; null for a line that is longer than allowed. */
export type Line = { readonly bytes: Uint8Array | null; readonly read: number };

const [LF, CR] = [0x0a, 0x0d];

/** Lines of a stream, empty ones left out. Never holds more than one line of `maxBytes`; the rest of a longer one is passed over. */
export async function* linesOf(stream: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let [length, read] = [0, 0];
  const take = (part: Uint8Array) => {
    length += part.length;
    if (length <= maxBytes) parts.push(part);
    else parts = [];
  };
  const line = (): Line[] => {
    const bytes = length <= maxBytes ? withoutReturn(concat(...parts)) : null;
    [parts, length] = [[], 0];
    return bytes?.length === 0 ? [] : [{ bytes, read }];
  };
  for await (const chunk of stream) {
    let from = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      take(chunk.subarray(from, end));
      read += end + 1 - from;
      from = end + 1;
      yield* line();
    }
    take(chunk.subarray(from));
    read += chunk.length - from;
  }
  yield* line();
}

function withoutReturn(bytes: Uint8Array): Uint8Array {
  return bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes;
}

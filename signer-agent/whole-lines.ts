import { open } from 'node:fs/promises';

const BLOCK_BYTES = 1024 * 1024;
const LINE_END = 0x0a;

export type WholeLine = {
  readonly text: string;
  /** in bytes: where the next line begins */
  readonly end: number;
};

/** The lines of a file one by one, whatever its size; a last one without its end is not given. */
export async function* wholeLines(path: string): AsyncGenerator<WholeLine> {
  const file = await open(path, 'r');
  try {
    let rest: Buffer = Buffer.alloc(0);
    let end = 0;
    for (;;) {
      const block = Buffer.allocUnsafe(BLOCK_BYTES);
      const { bytesRead } = await file.read(block, 0, BLOCK_BYTES);
      if (bytesRead === 0) return;
      const bytes = Buffer.concat([rest, block.subarray(0, bytesRead)]);
      let start = 0;
      for (let at = bytes.indexOf(LINE_END); at >= 0; at = bytes.indexOf(LINE_END, start)) {
        end += at + 1 - start;
        yield { text: bytes.toString('utf8', start, at), end };
        start = at + 1;
      }
      rest = bytes.subarray(start);
    }
  } finally {
    await file.close();
  }
}

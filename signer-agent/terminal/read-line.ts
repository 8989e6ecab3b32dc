import type { Readable } from 'node:stream';
import { Refusal } from '#core/refusal';

const MAX_LINE = 256;
const KEY = { ctrlC: 3, ctrlD: 4, backspace: 8, lineFeed: 10, enter: 13, ctrlU: 21, delete: 127 } as const;

/**
 * One line from a terminal in raw mode. What was typed stands nowhere but in the line that is returned: every other byte of it is zero
 * on every way out, corrections included.
 * @param echo shows the line so far, or null where it is secret: then no text is made of it, which could not be wiped
 * @returns the line as bytes, the caller wipes them
 * @throws Refusal APPROVAL_DECLINED on Ctrl-C, Ctrl-D and at the end of the input; PIN_UNREADABLE where the input fails
 */
export function readLine(input: Readable, echo: ((line: string) => void) | null): Promise<Buffer> {
  const line = Buffer.alloc(MAX_LINE);
  let length = 0;
  let isOver = false;
  return new Promise((resolve, reject) => {
    const fail = (refusal: Refusal) => {
      // the line is the caller's once it was given
      if (!isOver) line.fill(0);
      isOver = true;
      reject(refusal);
    };
    const take = (keys: Buffer) => {
      for (const key of keys) {
        if (key === KEY.ctrlC || key === KEY.ctrlD) return fail(new Refusal('APPROVAL_DECLINED'));
        if (key === KEY.enter || key === KEY.lineFeed) {
          isOver = true;
          return resolve(line.fill(0, length).subarray(0, length));
        }
        if (key === KEY.backspace || key === KEY.delete) length = withoutLastCharacter(line, length);
        else if (key === KEY.ctrlU) length = 0;
        else if (length < MAX_LINE) line[length++] = key;
      }
      echo?.(line.toString('utf8', 0, length));
    };
    input.on('data', (keys: Buffer) => {
      try {
        if (!isOver) take(keys);
      } finally {
        keys.fill(0);
      }
    });
    input.on('error', (cause) => fail(new Refusal('PIN_UNREADABLE', { detail: 'terminal', cause })));
    input.on('end', () => fail(new Refusal('APPROVAL_DECLINED')));
  });
}

function withoutLastCharacter(line: Buffer, length: number): number {
  let at = length - 1;
  while (at > 0 && ((line[at] ?? 0) & 0xc0) === 0x80) at--;
  return Math.max(0, at);
}

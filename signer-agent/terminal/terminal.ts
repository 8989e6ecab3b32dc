import { openSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { Refusal } from '#core/refusal';

/**
 * Asks on the controlling terminal, whatever standard input and output are: a ticket may come through the one, JSON go through the
 * other.
 * @param echo false for a PIN: nothing of it is shown
 * @returns the line as bytes, the caller wipes them
 * @throws Refusal PIN_UNREADABLE where there is no terminal; APPROVAL_DECLINED on Ctrl-C or Ctrl-D
 */
export async function askTerminal(question: string, echo: boolean): Promise<Buffer> {
  const { input, show } = openTerminal();
  try {
    input.setRawMode(true);
    show(question);
    return await readLine(input, echo ? (line) => show(`\r\u001b[K${question}${line}`) : () => undefined);
  } finally {
    show('\r\n');
    input.setRawMode(false);
    input.destroy();
  }
}

function openTerminal(): { input: ReadStream; show: (text: string) => void } {
  try {
    const fd = openSync('/dev/tty', 'r+');
    return { input: new ReadStream(fd), show: (text) => void writeSync(fd, text) };
  } catch (cause) {
    throw new Refusal('PIN_UNREADABLE', { detail: 'no terminal', cause });
  }
}

const MAX_LINE = 256;
const KEY = { ctrlC: 3, ctrlD: 4, backspace: 8, lineFeed: 10, enter: 13, ctrlU: 21, delete: 127 } as const;

function readLine(input: ReadStream, echo: (line: string) => void): Promise<Buffer> {
  const line = Buffer.alloc(MAX_LINE);
  let length = 0;
  return new Promise((resolve, reject) => {
    const fail = (refusal: Refusal) => {
      line.fill(0);
      reject(refusal);
    };
    const onData = (keys: Buffer) => {
      for (const key of keys) {
        if (key === KEY.ctrlC || key === KEY.ctrlD) return fail(new Refusal('APPROVAL_DECLINED'));
        if (key === KEY.enter || key === KEY.lineFeed) return resolve(line.subarray(0, length));
        if (key === KEY.backspace || key === KEY.delete) length = withoutLastCharacter(line, length);
        else if (key === KEY.ctrlU) length = 0;
        else if (length < MAX_LINE) line[length++] = key;
      }
      keys.fill(0);
      echo(line.toString('utf8', 0, length));
    };
    input.on('data', onData);
    input.on('error', (cause) => fail(new Refusal('PIN_UNREADABLE', { detail: 'terminal', cause })));
    input.on('end', () => fail(new Refusal('APPROVAL_DECLINED')));
  });
}

function withoutLastCharacter(line: Buffer, length: number): number {
  let at = length - 1;
  while (at > 0 && ((line[at] ?? 0) & 0xc0) === 0x80) at--;
  return Math.max(0, at);
}

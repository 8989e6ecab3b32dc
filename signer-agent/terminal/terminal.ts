import { openSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { Refusal } from '#core/refusal';
import { readLine } from './read-line.ts';

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
    return await readLine(input, echo ? (line) => show(`\r\u001b[K${question}${line}`) : null);
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

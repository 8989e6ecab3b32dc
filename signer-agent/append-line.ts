import { fdatasync, fstatSync, fsyncSync, ftruncateSync, write, writeSync } from 'node:fs';
import { promisify } from 'node:util';

const [writeSome, flush] = [promisify(write), promisify(fdatasync)];

/**
 * Appends a line of JSON to a journal. Returns when all of it is on the disk; where that fails, on a full disk say, nothing of it stays:
 * half a line would spoil the one after it.
 * @param fd opened for appending, by this process alone
 */
export function appendLine(fd: number, line: object): void {
  const { size } = fstatSync(fd);
  const bytes = Buffer.from(JSON.stringify(line) + '\n');
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
    fsyncSync(fd);
  } catch (error) {
    ftruncateSync(fd, size);
    throw error;
  }
}

/** As appendLine for several lines, all of them or none; other work goes on meanwhile. One call at a time. */
export async function appendLines(fd: number, lines: readonly object[]): Promise<void> {
  const { size } = fstatSync(fd);
  const bytes = Buffer.from(lines.map((line) => JSON.stringify(line) + '\n').join(''));
  try {
    for (let at = 0; at < bytes.length;) at += (await writeSome(fd, bytes, at)).bytesWritten;
    await flush(fd);
  } catch (error) {
    ftruncateSync(fd, size);
    throw error;
  }
}

import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readLine } from '#signer-agent/terminal/read-line';

/** Keys as a terminal hands them over, each chunk the very buffer that the reader sees. */
function typing(...texts: string[]): { keys: Buffer[]; input: Readable } {
  const keys = texts.map((text) => Buffer.from(text));
  return { keys, input: Readable.from(keys) };
}

/** The whole buffer that a line is a part of. */
const behind = (line: Buffer) => Buffer.from(line.buffer);
const isZero = (bytes: Buffer) => bytes.every((byte) => byte === 0);

describe('a line from the terminal', () => {
  it('is what was typed, corrected by character or as a whole', async () => {
    expect((await readLine(typing('kx\u007f', 'ý\r').input, null)).toString()).toBe('ký');
    expect((await readLine(typing('ký\b\b\b', 'x\u0015PIN\n').input, null)).toString()).toBe('PIN');
  });

  it('is shown as it grows where it is no secret', async () => {
    const shown: string[] = [];
    await readLine(typing('k', 'ý', '\r').input, (line) => shown.push(line));
    expect(shown).toEqual(['k', 'ký']);
  });

  it('is the only place where the keys remain', async () => {
    const { keys, input } = typing('12345678', '\u00159876', '\u007f5\rleft over');
    const line = await readLine(input, null);
    expect(line.toString()).toBe('9875');
    expect(isZero(behind(line).subarray(line.length))).toBe(true);
    expect(keys.every(isZero)).toBe(true);
  });

  it.each([
    ['Ctrl-C', ['1234', '56\u000378']],
    ['Ctrl-D', ['1234', '56\u000478']],
    ['the end of the input', ['1234']],
  ])('is declined at %s, and nothing of the keys remains', async (_, texts) => {
    const { keys, input } = typing(...texts);
    await expect(readLine(input, null)).rejects.toMatchObject({ code: 'APPROVAL_DECLINED' });
    expect(keys.every(isZero)).toBe(true);
  });
});

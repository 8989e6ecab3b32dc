import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { readSealed, writeSealed } from '#signing-api/files/sealed-file';
import { Sealer } from '#signing-api/sealing';
import { refusedLater } from '../../support/refused.ts';

const sealer = new Sealer({ seal: new Map([[1, randomBytes(32)]]), index: randomBytes(32) });
const folder = mkdtempSync(join(tmpdir(), 'kyso-sealed-'));
afterAll(() => rmSync(folder, { recursive: true }));

const content = Buffer.alloc(300_000, 'Nguyễn Văn An ');
const running = new AbortController().signal;
let path = '';
let made = 0;
beforeEach(async () => {
  path = join(folder, `${++made}`);
  await writeSealed(
    sealer,
    'row',
    path,
    Readable.from([content.subarray(0, 70_001), content.subarray(70_001)]),
    running,
  );
});

it('gives back what was written, and says how much that is', async () => {
  const file = await readSealed(sealer, 'row', path);
  expect(file?.bytes).toBe(content.length);
  expect(file && (await buffer(file.content)).equals(content)).toBe(true);
});

it('lies on the disk unreadable, for its owner alone', () => {
  expect(readFileSync(path).includes('Nguyễn')).toBe(false);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('does not open as another row, nor where there is none', async () => {
  expect((await refusedLater(() => readSealed(sealer, 'other row', path))).code).toBe('INTERNAL');
  expect(await readSealed(sealer, 'row', `${path}-absent`)).toBeNull();
});

it('ends in an error where it was changed anywhere', async () => {
  const good = readFileSync(path);
  for (const at of [80, 1000, good.length - 1]) {
    const changed = Buffer.from(good);
    changed[at] = (changed[at] ?? 0) ^ 1;
    writeFileSync(path, changed);
    const file = await readSealed(sealer, 'row', path);
    await expect(file && buffer(file.content)).rejects.toThrow();
  }
});

it('does not write over a file that is there', async () => {
  await expect(writeSealed(sealer, 'row', path, Readable.from([content]), running)).rejects.toThrow('EEXIST');
});

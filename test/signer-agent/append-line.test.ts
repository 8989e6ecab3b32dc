import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'kyso-append-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Appends until that fails, in a process that may write files of a few hundred bytes; tells how often it worked. */
const PROGRAM = `
import { openSync } from 'node:fs';
import { appendLine } from '#signer-agent/append-line';
const fd = openSync(process.argv[1], 'a');
let appended = 0;
try {
  for (; appended < 1000; appended++) appendLine(fd, { line: appended, text: 'x'.repeat(60) });
} catch (error) {
  process.stdout.write(JSON.stringify({ appended, code: error.code }));
}`;

it('leaves whole lines where there is no more room: what was said to be on the disk is, and no half line', () => {
  const file = join(folder, 'journal.ndjson');
  const limited = [
    '-c',
    'ulimit -f 1 && exec "$0" "$@"',
    process.execPath,
    '--input-type=module',
    '-e',
    PROGRAM,
  ];
  const told = execFileSync('/bin/sh', [...limited, file], { encoding: 'utf8' });
  const { appended, code } = JSON.parse(told) as { appended: number; code: string };
  expect(code).toBe('EFBIG');
  const lines = readFileSync(file, 'utf8').split('\n');
  expect(lines.pop()).toBe('');
  expect(lines.map((line) => (JSON.parse(line) as { line: number }).line)).toEqual([
    ...Array(appended).keys(),
  ]);
});

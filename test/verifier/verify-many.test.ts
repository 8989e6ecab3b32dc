import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromBase64, utf8 } from '#core/bytes';
import { canonicalBytes } from '#core/record/canonical-bytes';
import { evidenceBytes, MAX_EVIDENCE_BYTES } from '#core/sign/evidence';
import { verifyCommand } from '#verifier/cli/verify-command';
import { ecEvidence, ecFamily, ecItem, list, rows, rsaEvidence, trust } from './support/standard-world.ts';
import { AT, pins, statusFile, statusList, trustFile, trustList } from './support/world.ts';

const folder = mkdtempSync(join(tmpdir(), 'kyso-many-'));
const at = (name: string) => join(folder, name);
const good = list.records.map((_, index) => evidenceBytes(ecEvidence({ index })));
const changed = evidenceBytes({ ...ecEvidence(), record: ecEvidence({ index: 1 }).record });
const text = (...evidence: readonly Uint8Array[]) => evidence.map((one) => new TextDecoder().decode(one));

beforeAll(() => {
  for (const sub of ['tree', 'tree/b', 'empty']) mkdirSync(at(sub));
  const write = (name: string, content: Uint8Array | string) => writeFileSync(at(name), content);
  write('tree/c.json', good[0] ?? '');
  write('tree/a.json', good[1] ?? '');
  write('tree/b/z.json', changed);
  write('tree/readme.txt', 'not asked about');
  write('many.ndjson', text(...good, changed).join('\n'));
  write('none.ndjson', '\n\n');
  write('trust.json', trustFile(trust));
  write('unmapped.json', trustFile(trustList([ecFamily], rows.slice(0, 1))));
  write('trust-keys.json', canonicalBytes(pins));
  write('status.json', statusFile([statusList()]));
  for (const [name, evidence] of [
    ['list', ecEvidence()],
    ['item', ecItem()],
  ] as const) {
    const [attestation] = evidence.attestations;
    write(`${name}.statement`, attestation?.statement ?? '');
    write(`${name}.p7s`, fromBase64(attestation?.signature ?? '') ?? '');
  }
  write('other.statement', rsaEvidence().attestations[0]?.statement.replace('08:15', '08:16') ?? '');
  write('ca.der', ecFamily.ca.certificate);
  write('ca.crl', ecFamily.caCrl);
  write('root.crl', ecFamily.rootCrl);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function run(argv: readonly string[], standardInput: readonly Uint8Array[] = [], ticks = 0) {
  const out: string[] = [];
  const err: string[] = [];
  const output = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
  let now = 0;
  const exitCode = await verifyCommand(argv, output, {
    // eslint-disable-next-line @typescript-eslint/require-await
    standardInput: async function* () {
      yield* standardInput;
    },
    now: () => (now += ticks),
  });
  return { exitCode, out, err };
}

const trusting = () => [
  ...['--trust', at('trust.json'), '--trust-keys', at('trust-keys.json'), '--at', AT.toISOString()],
];
const usual = () => [...trusting(), '--status', at('status.json')];
const json = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as Record<string, unknown>);

describe('folders', () => {
  test('are gone through in order, .json files only', async () => {
    const { exitCode, out } = await run([at('tree'), ...usual(), '--json']);
    expect(exitCode).toBe(1);
    expect(json(out).map(({ file, verdict }) => [file, verdict])).toEqual([
      [at('tree/a.json'), 'valid'],
      [at('tree/b/z.json'), 'invalid'],
      [at('tree/c.json'), 'valid'],
      [undefined, undefined],
    ]);
  });

  test('with nothing in them are not valid', async () => {
    const { exitCode, out } = await run([at('empty'), at('tree/a.json'), ...usual()]);
    expect(exitCode).toBe(2);
    expect(out.join()).toContain('SOURCE_UNREADABLE');
    expect(out.at(-1)).toBe('Tổng số · Total: 2; 1 không đọc được mã · Cannot be read; 1 hợp lệ · Valid');
  });
});

describe('streams', () => {
  test('hold one evidence a line, told by its number', async () => {
    const { exitCode, out } = await run([at('many.ndjson'), ...usual(), '--json']);
    expect(exitCode).toBe(1);
    const lines = json(out);
    expect(lines.map(({ file }) => file).slice(0, -1)).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `${at('many.ndjson')}:${n}`),
    );
    expect(lines.at(-1)).toEqual({ summary: { count: 8, exitCode: 1, states: { valid: 7, invalid: 1 } } });
  });

  test('come by standard input, in pieces of any size, with either line end', async () => {
    const whole = utf8(text(...good).join('\r\n\n'));
    for (const size of [1000, 4093, whole.length]) {
      const pieces = [];
      for (let i = 0; i < whole.length; i += size) pieces.push(whole.subarray(i, i + size));
      const { exitCode, out } = await run(['-', ...usual(), '--json'], pieces);
      expect(exitCode).toBe(0);
      expect(json(out).at(0)).toMatchObject({ file: 'stdin:1', verdict: 'valid' });
      expect(json(out).at(-1)).toMatchObject({ summary: { count: 7 } });
    }
  });

  test('go on after a line that is too long, or is no evidence', async () => {
    const chunk = new Uint8Array(MAX_EVIDENCE_BYTES / 4).fill(0x20);
    const rest = utf8(`\n{"no":"evidence"}\n${text(good[0] ?? utf8('')).join()}`);
    const { exitCode, out } = await run(
      ['-', ...usual(), '--json'],
      [chunk, chunk, chunk, chunk, chunk, rest],
    );
    expect(exitCode).toBe(2);
    expect(json(out).map(({ state, reasons }) => [state, reasons])).toEqual([
      ['unreadable', ['SOURCE_TOO_LARGE']],
      ['unreadable', ['EVIDENCE_MALFORMED']],
      ['valid', []],
      [undefined, undefined],
    ]);
  });

  test('that are empty or absent are not valid', async () => {
    for (const file of ['none.ndjson', 'absent.ndjson'])
      expect((await run([at(file), ...usual()])).exitCode).toBe(2);
    expect((await run(['-', ...usual()])).exitCode).toBe(2);
  });
});

test('a long run says how far it is and how long it takes yet; a short one says nothing', async () => {
  const { err } = await run([at('many.ndjson'), at('tree/a.json'), ...usual()], [], 1000);
  expect(err[0]).toMatch(/^đã xét · judged: 2 \(1\/s\), 12 %; còn · left: 1\d s$/);
  expect(err).toHaveLength(2);
  expect((await run(['-', ...usual()], [utf8(text(...good).join('\n'))], 1000)).err[0]).toBe(
    'đã xét · judged: 2 (1/s)',
  );
  expect((await run([at('many.ndjson'), ...usual()])).err).toEqual([]);
});

describe('one signature with its statement', () => {
  const material = () => [...['--certificate', at('ca.der'), '--crl', at('ca.crl'), '--crl', at('root.crl')]];
  const ask = (name: string, content: string, ...more: readonly string[]) =>
    run([at(`${name}.p7s`), '--content', at(`${content}.statement`), ...trusting(), ...more]);

  test.each(['list', 'item'])('is valid with its path and revocation lists: %s', async (name) => {
    const { exitCode, out } = await ask(name, name, ...material(), '--json');
    expect({ exitCode, ...json(out)[0] }).toMatchObject({
      exitCode: 0,
      verdict: 'valid',
      attestations: [{ unit: '760', kind: 'district', signer: 'TTYT Quận 1 (EC)' }],
    });
  });

  test('is told with signer and unit', async () => {
    const { out } = await ask('list', 'list', ...material());
    expect(out.join('\n')).toContain('Đơn vị ký · Signing unit: Trung tâm Y tế Quận 1 (760');
    expect(out.join('\n')).toContain('Người ký · Signer: TTYT Quận 1 (EC) (USB token/HSM)');
  });

  test('is not valid over another statement, without its path or without revocation lists', async () => {
    expect((await ask('list', 'other', ...material())).exitCode).toBe(1);
    expect((await ask('list', 'item', ...material())).exitCode).toBe(1);
    const withoutPath = await ask('list', 'list', '--crl', at('ca.crl'), '--json');
    expect([withoutPath.exitCode, json(withoutPath.out)[0]?.['reasons']]).toEqual([1, ['SIGNER_UNTRUSTED']]);
    expect((await ask('list', 'list', '--certificate', at('ca.der'))).exitCode).toBe(3);
  });

  test('is not valid for a unit that the trust list does not give its signer, or without pins', async () => {
    const unmapped = await ask('list', 'list', ...material(), '--trust', at('unmapped.json'));
    expect(unmapped.exitCode).toBe(1);
    const content = ['--content', at('list.statement')];
    const unpinned = await run([
      ...[at('list.p7s'), ...content, ...material(), '--trust', at('trust.json'), '--json'],
    ]);
    expect([unpinned.exitCode, json(unpinned.out)[0]?.['reasons']]).toEqual([3, ['TRUST_UNPINNED']]);
  });

  test('that is absent, or is none, or one of two', async () => {
    expect((await ask('absent', 'list')).exitCode).toBe(2);
    expect((await ask('list', 'absent')).exitCode).toBe(2);
    expect((await run([at('ca.der'), '--content', at('list.statement'), ...trusting()])).exitCode).toBe(1);
    const two = [at('list.p7s'), at('item.p7s'), '--content', at('list.statement')];
    expect((await run([...two, ...trusting()])).exitCode).toBe(2);
    expect((await run([at('list.p7s'), ...trusting()])).exitCode).toBe(2);
  });
});

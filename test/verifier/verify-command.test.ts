import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { base64url } from '#core/bytes';
import { canonicalBytes } from '#core/record/canonical-bytes';
import { evidenceBytes } from '#core/sign/evidence';
import { verifyCommand } from '#verifier/cli/verify-command';
import {
  ecEvidence,
  ecFamily,
  ecItem,
  ecSigner,
  list,
  rows,
  rsaEvidence,
  trust,
} from './support/standard-world.ts';
import { AT, pins, statusFile, statusList, trustFile, trustList } from './support/world.ts';
import { issueCrl } from './support/x509.ts';

let folder = '';
const at = (name: string) => join(folder, name);
const TIME = AT.toISOString();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kyso-verify-'));
  const write = (name: string, content: Uint8Array | string) => writeFileSync(at(name), content);
  write('good.json', evidenceBytes(ecEvidence()));
  write('rsa.json', evidenceBytes(rsaEvidence()));
  write('item.json', evidenceBytes(ecItem()));
  write('changed-item.json', evidenceBytes({ ...ecItem(), record: ecItem({ index: 1 }).record }));
  write('changed.json', evidenceBytes({ ...ecEvidence(), record: ecEvidence({ index: 1 }).record }));
  write('superseded.json', evidenceBytes(ecEvidence({ index: 0 })));
  write('withdrawn.json', evidenceBytes(ecEvidence({ index: 1 })));
  write('spaced.json', JSON.stringify(ecEvidence(), null, 1));
  write('picture.json', Uint8Array.of(0x89, 0x50, 0x4e, 0x47));
  write('trust.json', trustFile(trust));
  const software = rows.map((row) => ({ ...row, keyStorage: 'software' as const }));
  write('software-trust.json', trustFile({ ...trust, signers: software }));
  write('unmapped-trust.json', trustFile(trustList([ecFamily], rows.slice(0, 1))));
  write('trust-keys.json', canonicalBytes(pins));
  const hash = (index: number) => base64url(list.hashes[index] ?? new Uint8Array());
  write('status.json', statusFile([statusList({ superseded: [hash(0)], withdrawn: [hash(1)] })]));
  const revoking = issueCrl({
    issuer: ecFamily.ca,
    from: '2022-04-30T00:00:00Z',
    revoked: [{ serial: ecSigner.serial, at: '2022-04-29T00:00:00Z' }],
  });
  write('revoking.crl', revoking);
  const pem = `-----BEGIN X509 CRL-----\n${Buffer.from(revoking).toString('base64').replace(/.{64}/g, '$&\n')}\n-----END X509 CRL-----\n`;
  write('revoking.pem', `# comment\n${pem}${pem}`);
  write('broken.crl', 'nothing');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function run(...argv: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const exitCode = await verifyCommand(argv, {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
  });
  return { exitCode, out: out.join('\n'), err: err.join('\n') };
}

const trusting = () => ['--trust', at('trust.json'), '--trust-keys', at('trust-keys.json'), '--at', TIME];
const usual = () => [...trusting(), '--status', at('status.json')];

describe('exit codes', () => {
  test.each([
    ['valid', ['good.json'], 0],
    ['invalid', ['changed.json'], 1],
    ['valid, signed by itself', ['item.json'], 0],
    ['invalid, signed by itself', ['changed-item.json'], 1],
    ['invalid: damaged evidence', ['spaced.json'], 1],
    ['unreadable: not evidence', ['picture.json'], 2],
    ['unreadable: no such file', ['absent.json'], 2],
    ['superseded', ['superseded.json'], 4],
    ['revoked', ['withdrawn.json'], 4],
    ['the worst of many: unreadable', ['good.json', 'changed.json', 'absent.json', 'withdrawn.json'], 2],
    ['the worst of many: invalid', ['withdrawn.json', 'changed.json', 'good.json'], 1],
    ['the worst of many: taken back', ['good.json', 'superseded.json', 'rsa.json'], 4],
    ['many valid ones', ['good.json', 'rsa.json', 'good.json'], 0],
  ] as const)('%s', async (_name, files, exitCode) => {
    expect((await run(...files.map(at), ...usual())).exitCode).toBe(exitCode);
  });

  test('undetermined without status, pins, or current lists; offline without status is valid', async () => {
    expect((await run(at('good.json'), ...trusting())).exitCode).toBe(3);
    expect((await run(at('good.json'), ...trusting(), '--offline')).exitCode).toBe(0);
    expect(
      (await run(at('good.json'), '--trust', at('trust.json'), '--status', at('status.json'), '--at', TIME))
        .exitCode,
    ).toBe(3);
    expect((await run(at('good.json'), ...usual(), '--at', '2022-05-02T00:00:00Z')).exitCode).toBe(3);
    expect((await run(at('good.json'), ...usual().slice(0, 4))).exitCode).toBe(3);
  });

  test('where a token is asked for, a key in software is invalid', async () => {
    for (const file of ['good.json', 'item.json']) {
      const software = usual().with(1, at('software-trust.json'));
      expect((await run(at(file), ...usual(), '--require-token')).exitCode).toBe(0);
      expect((await run(at(file), ...software)).exitCode).toBe(0);
      const refused = await run(at(file), ...software, '--require-token');
      expect(refused.exitCode).toBe(1);
      expect(refused.out).toContain('SIGNER_NOT_ON_TOKEN');
      expect(refused.out).toContain('(phần mềm, software)');
    }
  });

  test('an item says which of its list it is', async () => {
    expect((await run(at('item.json'), ...usual())).out).toContain('Ký riêng · Signed by itself: 6/7');
    const [line = ''] = (await run(at('item.json'), ...usual(), '--json')).out.split('\n');
    expect(JSON.parse(line)).toMatchObject({
      verdict: 'valid',
      attestations: [{ index: 5, count: 7, keyStorage: 'token' }],
    });
  });

  test('usage', async () => {
    for (const argv of [
      [],
      [at('good.json')],
      [at('good.json'), ...usual(), '--unknown'],
      [at('good.json'), ...usual(), '--at', 'yesterday'],
      [at('good.json'), ...usual(), '--at', '2022-02-30T00:00:00Z'],
      [at('good.json'), ...usual(), '--crl', at('broken.crl')],
      [at('good.json'), ...usual(), '--crl', at('absent.crl')],
      [at('good.json'), '--trust', at('absent.json')],
      [at('good.json'), '--trust', at('trust.json'), '--trust-keys', at('trust.json')],
    ]) {
      const { exitCode, err, out } = await run(...argv);
      expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
      expect(err).not.toBe('');
    }
    expect((await run('--help')).exitCode).toBe(0);
  });
});

test('what has no size is read up to the limit and no further', async () => {
  const endless = await run('/dev/zero', ...usual());
  expect(endless).toMatchObject({ exitCode: 2, out: expect.stringContaining('SOURCE_TOO_LARGE') as string });
  const trust = await run(at('good.json'), '--trust', '/dev/zero', '--trust-keys', at('trust-keys.json'));
  expect(trust).toMatchObject({ exitCode: 2, err: expect.stringContaining('SOURCE_TOO_LARGE') as string });
});

test('evidence through a pipe is judged as from a file', async () => {
  const pipe = at('evidence.pipe');
  execFileSync('mkfifo', [pipe]);
  const [{ exitCode }] = await Promise.all([
    run(pipe, ...usual()),
    writeFile(pipe, evidenceBytes(ecEvidence())),
  ]);
  expect(exitCode).toBe(0);
});

test('a CRL handed in as DER or PEM, once or more, is asked', async () => {
  for (const file of ['revoking.crl', 'revoking.pem']) {
    const { exitCode, out } = await run(
      at('good.json'),
      ...usual(),
      '--crl',
      at(file),
      '--crl',
      at('revoking.crl'),
    );
    expect(exitCode).toBe(1);
    expect(out).toContain('SIGNER_REVOKED');
  }
});

test('--json prints one line a file, and their sum', async () => {
  const { out } = await run(at('good.json'), at('absent.json'), at('withdrawn.json'), ...usual(), '--json');
  const lines = out.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  const sum = lines.pop();
  expect(
    lines.map(({ file, state, exitCode, verdict, reasons }) => ({ file, state, exitCode, verdict, reasons })),
  ).toEqual([
    { file: at('good.json'), state: 'valid', exitCode: 0, verdict: 'valid', reasons: [] },
    {
      file: at('absent.json'),
      state: 'unreadable',
      exitCode: 2,
      verdict: 'undetermined',
      reasons: ['SOURCE_UNREADABLE'],
    },
    {
      file: at('withdrawn.json'),
      state: 'revoked',
      exitCode: 4,
      verdict: 'revoked',
      reasons: ['RECORD_WITHDRAWN'],
    },
  ]);
  expect(sum).toEqual({
    summary: { count: 3, exitCode: 2, states: { valid: 1, unreadable: 1, revoked: 1 } },
  });
});

test('the report speaks Vietnamese and English, and names nobody but the signing unit', async () => {
  const good = (await run(at('good.json'), ...usual())).out;
  expect(good).toContain('HỢP LỆ · Valid');
  expect(good).toContain('Trung tâm Y tế Quận 1 (760, quận/huyện, district)');
  expect(good).not.toContain('Nguyễn');
  expect((await run(at('changed.json'), ...usual())).out).toContain('KHÔNG HỢP LỆ · Not valid');
  expect((await run(at('superseded.json'), ...usual())).out).toContain('ĐÃ THAY THẾ · Superseded');
  expect((await run(at('withdrawn.json'), ...usual())).out).toContain('ĐÃ THU HỒI · Revoked');
  expect((await run(at('picture.json'), ...usual())).out).toContain('KHÔNG ĐỌC ĐƯỢC');
  expect((await run(at('good.json'), ...trusting())).out).toContain(
    'CHƯA KIỂM TRA ĐƯỢC · Could not be checked',
  );
  const unmapped = [
    '--trust',
    at('unmapped-trust.json'),
    '--trust-keys',
    at('trust-keys.json'),
    '--at',
    TIME,
  ];
  expect((await run(at('good.json'), ...unmapped, '--status', at('status.json'))).out).toContain(
    'ĐƠN VỊ KÝ KHÔNG TIN CẬY',
  );
});

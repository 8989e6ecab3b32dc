import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonicalBytes } from '#core/record/canonical-bytes';
import { evidenceBytes } from '#core/sign/evidence';
import { verifyCommand } from '#verifier/cli/verify-command';
import { ecEvidence, trust } from '../support/standard-world.ts';
import { pins, statusFile, statusKey, statusList, trustFile } from '../support/world.ts';
import { base64 } from '#core/bytes';
import { identifier, makeText, newSigner, usualClaims } from './support/make.ts';
import {
  batchOf,
  ec,
  indexFile,
  ministryTrust,
  revocationIndex,
  rsa,
  sha256Text,
  signerList,
  signersFile,
} from './support/judge.ts';
import { jpeg, modulesOf, png } from './support/pictures.ts';

let folder = '';
const at = (name: string) => join(folder, name);
const good = makeText({ signer: ec });
const second = makeText({ signer: rsa, claims: usualClaims(2) });
const revoked = makeText({ signer: ec, claims: usualClaims(3) });
const unknown = makeText({ signer: newSigner('p256') });
const TIME = '2022-05-01T00:00:00Z';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kyso-certificates-'));
  const write = (name: string, content: Uint8Array | string) => writeFileSync(at(name), content);
  const status = { service: 'status' as const, key: base64(statusKey.spki), from: '2022-01-01T00:00:00Z' };
  write('trust.json', trustFile({ ...trust, services: [...ministryTrust().services, status] }));
  write('trust-keys.json', canonicalBytes(pins));
  write('status.json', statusFile([statusList()]));
  write('signers.json', signersFile(signerList([ec, rsa])));
  write('good.hc1', `${good}\r\n`);
  write('many.txt', [good, second, '', revoked].join('\n'));
  write('revoked.hc1', revoked);
  write('unknown.hc1', unknown);
  write('changed.hc1', good.slice(0, 50) + (good[50] === 'A' ? 'B' : 'A') + good.slice(51));
  write('unsigned.hc1', makeText({ signer: ec, signature: () => new Uint8Array(64) }));
  write('evidence.json', evidenceBytes(ecEvidence()));
  mkdirSync(at('pictures'));
  write('pictures/1.png', png(modulesOf(good)));
  write('pictures/2.JPG', jpeg(modulesOf(second)));
  write('pictures/3.png', png(modulesOf('https://example.vn')));
  write('pictures/4.txt', good);
  write('pictures/5.hc1', good);
  write('pictures/notes.txt', 'not judged');
  write('both.png', png(modulesOf(good, second)));
  const batch = batchOf(ec, [identifier(3)]);
  mkdirSync(at('revocations'));
  write('revocations/index.json', indexFile(revocationIndex([[ec, batch, 1]])));
  write(`revocations/${sha256Text(batch)}.json`, batch);
  mkdirSync(at('without-batches'));
  write('without-batches/index.json', indexFile(revocationIndex([[ec, batch, 1]])));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function run(files: readonly string[], more: readonly string[] = [], input = '') {
  const out: string[] = [];
  const err: string[] = [];
  const exitCode = await verifyCommand(
    [...files, '--trust', at('trust.json'), '--trust-keys', at('trust-keys.json'), '--at', TIME, ...more],
    { out: (line) => out.push(line), err: (line) => err.push(line) },
    {
      // eslint-disable-next-line @typescript-eslint/require-await -- a stream, as the process has it
      standardInput: async function* () {
        yield Buffer.from(input);
      },
      now: () => 0,
    },
  );
  return { exitCode, out: out.join('\n'), err: err.join('\n') };
}

const usual = () => ['--document-signers', at('signers.json'), '--revocations', at('revocations')];
type Line = { file: string; state: string; exitCode: number; reasons: string[] };
const lines = (out: string) => out.split('\n').map((line) => JSON.parse(line) as Line);

describe('exit codes of certificates', () => {
  test.each([
    ['valid', 'good.hc1', 0],
    ['revoked', 'revoked.hc1', 4],
    ['unknown signer', 'unknown.hc1', 1],
    ['signature does not hold', 'unsigned.hc1', 1],
    ['cannot be read', 'changed.hc1', 2],
    ['a picture, PNG', 'pictures/1.png', 0],
    ['a picture, JPEG', 'pictures/2.JPG', 0],
    ['a picture that says something else', 'pictures/3.png', 2],
    ['a folder: the worst', 'pictures', 2],
    ['lines: the worst', 'many.txt', 4],
  ])('%s', async (_name, file, exitCode) => {
    expect((await run([at(file)], usual())).exitCode).toBe(exitCode);
  });

  test('without a list of signers, of revocations, or with its batches missing, nothing is settled', async () => {
    const signers = ['--document-signers', at('signers.json')];
    expect((await run([at('good.hc1')], ['--revocations', at('revocations')])).exitCode).toBe(3);
    expect((await run([at('good.hc1')], signers)).exitCode).toBe(3);
    const missing = ['--revocations', at('without-batches')];
    expect((await run([at('good.hc1')], [...signers, ...missing])).exitCode).toBe(3);
    expect((await run([at('good.hc1')], [...signers, ...missing, '--offline'])).exitCode).toBe(0);
    expect((await run([at('good.hc1')], [...signers, '--offline'])).exitCode).toBe(0);
  });

  test('a list that is not there is no list', async () => {
    const { exitCode, err } = await run([at('good.hc1')], ['--document-signers', at('absent.json')]);
    expect(exitCode).toBe(2);
    expect(err).toContain('SOURCE_UNREADABLE');
  });

  test('an index by its own name finds its batches beside it', async () => {
    const index = ['--document-signers', at('signers.json'), '--revocations', at('revocations/index.json')];
    expect((await run([at('revoked.hc1')], index)).exitCode).toBe(4);
  });
});

describe('what is printed', () => {
  test('for people: steps, the fields, both spellings of the name, the signer and the ages', async () => {
    const { out } = await run([at('good.hc1')], usual());
    expect(out).toContain('good.hc1: HỢP LỆ · Valid');
    expect(out).toContain('HC1 ✓ · Base45 ✓ · zlib ✓ · COSE ✓ · chữ ký, signature ✓');
    expect(out).toContain('1 Họ và tên · Full name: Nguyễn Văn An');
    expect(out).toContain('Name as in passports: NGUYEN<<VAN<AN');
    expect(out).toContain('3 Quốc tịch · Nationality: không có trong mã QR, not in the QR code');
    expect(out).toMatch(/9 Sản phẩm · Product: Comirnaty/);
    expect(out).toContain(`11 Mã số chứng nhận · Certificate identifier: ${identifier(1)}`);
    expect(out).toMatch(/Signer: DSC Bộ Y tế \(VN, kid .{11}\)/);
    expect(out).toContain('QR code expires: 2023-04-20T00:00:00Z');
    expect(out).toContain('Revocation list age: 12 h 0 min');
  });

  test('of one whose signature does not hold, nothing that it says', async () => {
    const { out } = await run([at('unsigned.hc1')], usual());
    expect(out).toContain('unsigned.hc1: KHÔNG HỢP LỆ · Not valid');
    expect(out).toContain('HC1_SIGNATURE_INVALID');
    expect(out).not.toContain('Nguyễn');
  });

  test.each([
    ['revoked.hc1', 'ĐÃ THU HỒI · Revoked'],
    ['unknown.hc1', 'ĐƠN VỊ KÝ KHÔNG TIN CẬY · Signing unit not trusted'],
    ['changed.hc1', 'KHÔNG ĐỌC ĐƯỢC MÃ · Cannot be read'],
  ])('the state of %s', async (file, state) => {
    expect((await run([at(file)], usual())).out).toContain(state);
  });

  test('an expired one, as such', async () => {
    const { exitCode, out } = await run([at('good.hc1')], [...usual(), '--at', '2023-05-01T00:00:00Z']);
    expect(exitCode).toBe(1);
    expect(out).toContain('Mã QR hết hạn'.toUpperCase());
  });

  test('as JSON, one line each and their sum, from files, folders, lines and evidence together', async () => {
    const files = [at('evidence.json'), at('many.txt'), at('pictures'), at('both.png'), '-'];
    const status = ['--status', at('status.json'), '--at', '2022-04-30T09:00:00Z', '--offline', '--json'];
    const { out } = await run(files, [...usual(), ...status], `${good}\n\n${unknown}\n`);
    const all = lines(out);
    const shown = all.slice(0, -1).map(({ file, state }) => [file.replace(folder, ''), state]);
    expect(shown).toEqual([
      ['/evidence.json', 'valid'],
      ['/many.txt:1', 'valid'],
      ['/many.txt:2', 'valid'],
      ['/many.txt:3', 'revoked'],
      ['/pictures/1.png', 'valid'],
      ['/pictures/2.JPG', 'valid'],
      ['/pictures/3.png', 'unreadable'],
      ['/pictures/4.txt:1', 'valid'],
      ['/pictures/5.hc1', 'valid'],
      ['/both.png#1', 'valid'],
      ['/both.png#2', 'valid'],
      ['stdin:1', 'valid'],
      ['stdin:2', 'untrusted'],
    ]);
    expect(all.at(-1)).toMatchObject({ summary: { count: 13 } });
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pkcs12File, signerNamed, type Pki } from '#certs-test/pki';
import { readEnrolment } from '#signer-agent/config';
import { searchSigner } from '#signer-agent/commands/search-signer';
import { supportCode } from '#signer-agent/doctor/support-code';
import { EXIT, exitCodeOf } from '#signer-agent/exit-codes';
import { enrolmentCode, startFakeApi, type FakeApi } from './support/fake-api.ts';
import { testLeaves, testList } from './support/lists.ts';
import { runAgent } from './support/run-agent.ts';
import { dropSoftTokens, softTokens } from './support/soft-tokens.ts';

let pki: Pki;
let api: FakeApi;
let home: string;

beforeAll(async () => {
  pki = await softTokens();
});
afterAll(() => dropSoftTokens(pki));
beforeEach(async () => {
  api = await startFakeApi(testList(testLeaves(2)));
  home = mkdtempSync(join(tmpdir(), 'kyso-main-'));
});
afterEach(async () => {
  await api.close();
  rmSync(home, { recursive: true, force: true });
});

const enrol = (...more: string[]) => [
  'enrol',
  enrolmentCode,
  '--api',
  api.origin,
  '--home',
  home,
  '--json',
  ...more,
];

/** Standard output is one line of JSON, or nothing. */
function lines(stdout: string): number {
  return stdout === '' ? 0 : stdout.trimEnd().split('\n').length;
}

describe('how kyso agent ends', () => {
  it.each([
    ['nothing of the kind', ['frobnicate']],
    ['an argument too few', ['enrol']],
    ['a flag too few', ['enrol', 'CODE']],
    ['a flag too much', ['status', '--frobnicate']],
    [
      'two kinds of key',
      ['enrol', 'CODE', '--api', 'https://example.org', '--module', '/a', '--pkcs12', '/b'],
    ],
    ['no number', ['sign', '--sample', 'many']],
    ['no port', ['serve', '--port', '70000']],
    ['a support code that is none', ['doctor', '--explain', 'KYSO-0000-0000-0001']],
    ['a phrase too long', ['enrol', 'CODE', '--api', 'https://example.org', '--phrase', 'x'.repeat(61)]],
  ])('2 for %s', async (_name, argv) => {
    const { code, stdout, stderr } = await runAgent(argv);
    expect(code).toBe(EXIT.usage);
    expect(stdout).toBe('');
    expect(stderr).not.toBe('');
  });

  it('0 for help, which names the exit codes', async () => {
    const { code, stdout } = await runAgent(['--help']);
    expect(code).toBe(EXIT.done);
    for (const number of Object.values(EXIT)) expect(stdout).toMatch(new RegExp(`[:·] ${number} \\w`));
  });

  it.each([
    ['enrol', ['enrol', 'a-code-that-is-none', '--api', 'http://example.org'], 'CONFIG_INVALID'],
    ['sign', ['sign', `T${'k'.repeat(42)}`], 'AGENT_NOT_ENROLLED'],
    ['tokens', ['tokens', '--module', '/no/such/module.so'], 'MODULE_NOT_ALLOWED'],
    ['open', ['open', 'https://example.org'], 'TICKET_UNKNOWN'],
  ])('1 where %s is refused, with one line of JSON', async (_name, argv, refused) => {
    const { code, stdout, report, stderr } = await runAgent([...argv, '--home', home, '--json']);
    expect(code).toBe(EXIT.refused);
    expect(lines(stdout)).toBe(1);
    expect(report).toMatchObject({ refused });
    expect(stderr).toContain(refused);
  });

  it('1 where the doctor finds something, or the agent does not run: the report is whole', async () => {
    const doctor = await runAgent(['doctor', '--home', home, '--module', pki.modulePath, '--json']);
    expect(doctor).toMatchObject({ code: EXIT.refused, report: { firstBroken: 'agent' } });
    expect(lines(doctor.stdout)).toBe(1);
    const status = await runAgent(['status', '--home', home, '--json']);
    expect(status).toMatchObject({ code: EXIT.refused, report: { running: null, enrolled: null } });
    expect(lines(status.stdout)).toBe(1);
  });

  it('4 where the signer stopped it', () => {
    expect(exitCodeOf('SIGNING_STOPPED')).toBe(4);
    expect(exitCodeOf('APPROVAL_DECLINED')).toBe(EXIT.refused);
  });

  it('as docs/agent.md says', () => {
    const page = readFileSync('docs/agent.md', 'utf8');
    for (const number of Object.values(EXIT)) expect(page).toContain(`| ${number} |`);
  });
});

describe('kyso agent doctor --explain', () => {
  it('tells what a support code says', async () => {
    const code = supportCode('0.1.0', 20, [
      { link: 'token', state: 'broken', code: 'PIN_LOCKED', facts: [], detail: null },
    ]);
    const asked = await runAgent(['doctor', '--explain', code.toLowerCase(), '--json']);
    expect(asked).toMatchObject({
      code: 0,
      report: { agentVersion: '0.1.0', outcomes: { token: 'PIN_LOCKED' } },
    });
    expect((await runAgent(['doctor', '--explain', code])).stdout).toContain('PIN_LOCKED');
  });
});

describe('enrolment without a driver’s path', () => {
  it('finds the one certificate that can be signed with, through the drivers of this machine', async () => {
    const { tokenSerial } = signerNamed(pki, 'district-760');
    const { code, report, stdout } = await runAgent(enrol('--serial', tokenSerial, '--phrase', 'mèo mướp'));
    expect(code).toBe(0);
    expect(lines(stdout)).toBe(1);
    expect(report).toMatchObject({ storage: 'token', token: { serial: tokenSerial } });
    expect(readEnrolment({ folder: home })).toMatchObject({ phrase: 'mèo mướp', storage: 'token' });
  });

  it('shows the choices where there are several: unit, issuer, expiry', async () => {
    const { code, report, stderr } = await runAgent(enrol());
    expect(code).toBe(1);
    expect(report).toMatchObject({ refused: 'SIGNER_CERTIFICATE_AMBIGUOUS' });
    const choices = report['faults'] as { at: string; vi: string }[];
    const mine = choices.find(({ vi }) =>
      vi.startsWith('Trung tâm Y tế Quận 1 · CA thử nghiệm đơn vị công lập · '),
    );
    expect(mine?.vi).toMatch(/ · \d\d\/\d\d\/\d{4} · kyso 760$/);
    expect(stderr).toContain(mine?.vi);
    // what cannot be signed with is no choice
    expect(
      choices.map(({ vi }) => vi).filter((vi) => /bad (expired|notYetValid|weakKey|wrongKeyUsage)$/.test(vi)),
    ).toEqual([]);
    const chosen = await runAgent(enrol('--certificate', mine?.at ?? ''));
    expect(chosen).toMatchObject({ code: 0, report: { signerCertificateSha256: mine?.at } });
  });

  it('looks in the drivers of the settings, which must be allowed', async () => {
    writeFileSync(join(home, 'settings.json'), JSON.stringify({ modules: [join(home, 'driver.so')] }));
    expect(await runAgent(enrol())).toMatchObject({ code: 1, report: { refused: 'MODULE_NOT_ALLOWED' } });
    writeFileSync(join(home, 'settings.json'), JSON.stringify({ modules: [pki.modulePath] }));
    expect(await runAgent(['tokens', '--home', home, '--json'])).toMatchObject({ code: 0 });
  });

  it.each([
    ['no driver', () => searchSigner([], {}, new Date()), 'MODULE_ABSENT'],
    ['no token', () => searchSigner([pki.modulePath], { serial: '00' }, new Date()), 'TOKEN_ABSENT'],
    [
      'an expired certificate only',
      () =>
        searchSigner([pki.modulePath], { serial: signerNamed(pki, 'bad-expired').tokenSerial }, new Date()),
      'SIGNER_EXPIRED',
    ],
    [
      'another certificate than the one that is meant',
      () =>
        searchSigner(
          [pki.modulePath],
          { serial: signerNamed(pki, 'district-760').tokenSerial, certificate: 'A' },
          new Date(),
        ),
      'SIGNER_CERTIFICATE_ABSENT',
    ],
  ])('finds %s', async (_name, search, code) => {
    await expect(search()).rejects.toMatchObject({ code });
  });
});

describe('enrolment of a software certificate', () => {
  const file = () => pkcs12File(pki, signerNamed(pki, 'facility-79-01088'));

  it('keeps the file’s path and kind; the password shows nowhere', async () => {
    const { code, report, stdout, stderr } = await runAgent(enrol('--pkcs12', file()), { pin: pki.pin });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(report).toMatchObject({ storage: 'software' });
    const { module, storage, signerCertificate } = readEnrolment({ folder: home });
    expect({ module, storage }).toEqual({ module: file(), storage: 'software' });
    expect(signerCertificate).toBe(signerNamed(pki, 'facility-79-01088').certificate);
    expect(stdout + stderr + readFileSync(join(home, 'enrolment.json'), 'utf8')).not.toContain(pki.pin);
  });

  it('is refused where the password is wrong, or there is no such file', async () => {
    expect(await runAgent(enrol('--pkcs12', file()), { pin: '000000' })).toMatchObject({
      code: 1,
      report: { refused: 'PIN_WRONG' },
    });
    const missing = await runAgent(enrol('--pkcs12', '/no/such/file.p12'), { pin: '000000' });
    expect(missing).toMatchObject({ code: 1, report: { refused: 'PKCS12_UNREADABLE' } });
  });
});

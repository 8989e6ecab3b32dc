import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { revoke } from '#certs-test/crls';
import { signerNamed, type Pki } from '#certs-test/pki';
import type { CheckReport, Link } from '#signer-agent/doctor/report';
import { runChecks, type CheckOptions } from '#signer-agent/doctor/run-checks';
import { readSupportCode } from '#signer-agent/doctor/support-code';
import { reportText } from '#signer-agent/doctor/texts';
import { AgentHome } from '../support/agent-home.ts';
import { startFakeApi, type FakeApi } from '../support/fake-api.ts';
import { testLeaves, testList } from '../support/lists.ts';
import { startPublicFront, type PublicFront } from '../support/public-front.ts';
import { dropSoftTokens, openSoftToken, pinOf, softTokens } from '../support/soft-tokens.ts';

const DAY_MS = 86_400_000;

let pki: Pki;
let api: FakeApi;
let front: PublicFront;
let home: AgentHome;

beforeAll(async () => {
  pki = await softTokens();
  // a token remembers wrong PINs until a right one
  await enterPin(pki.pin);
});
afterAll(() => dropSoftTokens(pki));
beforeEach(async () => {
  api = await startFakeApi(testList(testLeaves(2)));
  front = await startPublicFront(pki, api.origin);
  home = new AgentHome(pki, api);
  await home.enrol();
  change({ api: front.origin });
});
afterEach(async () => {
  await front.close();
  await api.close();
  home.remove();
});

async function enterPin(pin: string): Promise<void> {
  const token = openSoftToken(pki);
  try {
    await token.certificates({ serial: signerNamed(pki, 'district-760').tokenSerial }, pinOf(pin));
  } finally {
    await token.close();
  }
}

/** Changes the enrolment on the disk. */
function change(members: object): void {
  const file = join(home.folder, 'enrolment.json');
  const enrolment = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, JSON.stringify({ ...enrolment, ...members }));
}

function check(options: CheckOptions = {}): Promise<CheckReport> {
  return runChecks({ home: home.folder, ...options });
}

/** State and code of each link. */
function found({ links }: CheckReport): Record<string, string> {
  return Object.fromEntries(links.map(({ link, state, code }) => [link, code ?? state]));
}

const good: Record<Link, string> = {
  agent: 'ok',
  driver: 'ok',
  token: 'ok',
  certificate: 'ok',
  clock: 'ok',
  server: 'ok',
  revocation: 'ok',
};

describe('the machine check', () => {
  it('finds a machine that is ready, with no PIN', async () => {
    const report = await check();
    expect(found(report)).toEqual(good);
    expect(report.firstBroken).toBeNull();
    expect(Object.values(readSupportCode(report.supportCode)?.outcomes ?? {})).toEqual(Array(7).fill('OK'));
    expect(reportText(report)).toContain('Máy sẵn sàng ký');
  });

  it('names the first broken link with its fix, and does not run what hangs on it', async () => {
    change({ token: { serial: '00', label: 'another' } });
    const report = await check();
    expect(found(report)).toEqual({
      ...good,
      token: 'TOKEN_ABSENT',
      certificate: 'not-run',
      revocation: 'not-run',
    });
    expect(report.firstBroken).toBe('token');
    const text = reportText(report);
    expect(text).toContain('Không thấy token. Hãy cắm token rồi thử lại.');
    expect(text).toContain('Chứng thư số     chưa kiểm tra');
    expect(text).toContain('Cần sửa trước: Token.');
    expect(readSupportCode(report.supportCode)?.outcomes).toMatchObject({
      driver: 'OK',
      token: 'TOKEN_ABSENT',
      certificate: 'NOT_RUN',
    });
  });
});

describe('the agent', () => {
  it('is not enrolled: drivers and tokens are looked at all the same', async () => {
    const empty = new AgentHome(pki, api);
    const report = await runChecks({ home: empty.folder, module: pki.modulePath });
    empty.remove();
    expect(found(report)).toEqual({
      agent: 'AGENT_NOT_ENROLLED',
      driver: 'ok',
      token: 'ok',
      certificate: 'not-run',
      clock: 'not-run',
      server: 'not-run',
      revocation: 'not-run',
    });
    expect(report.firstBroken).toBe('agent');
  });

  it("has a folder that is its owner's alone", async () => {
    chmodSync(home.folder, 0o755);
    expect(found(await check())).toMatchObject({ agent: 'CONFIG_INVALID', server: 'not-run' });
  });

  it.each([
    ['journal.ndjson', 'not a journal\n', 'AGENT_STATE_DAMAGED'],
    ['enrolment.json', '{}', 'AGENT_STATE_DAMAGED'],
    ['settings.json', '{"revocations":"off"}', 'CONFIG_INVALID'],
    ['settings.json', 'revocation=off', 'CONFIG_INVALID'],
    ['settings.json', '{"modules":["relative.so"]}', 'CONFIG_INVALID'],
  ])('cannot read %s: %s', async (name, text, code) => {
    writeFileSync(join(home.folder, name), text);
    expect(found(await check())).toMatchObject({ agent: code });
  });

  it('has lost its device key', async () => {
    const { deviceKey } = JSON.parse(readFileSync(join(home.folder, 'enrolment.json'), 'utf8')) as {
      deviceKey: string;
    };
    writeFileSync(join(home.folder, deviceKey), 'not a key');
    expect(found(await check())).toMatchObject({ agent: 'AGENT_STATE_DAMAGED' });
  });
});

describe('the driver', () => {
  it.each([
    ['/usr/lib/no-such-driver.so', 'MODULE_ABSENT'],
    ['/etc/os-release', 'MODULE_UNFIT'],
    ['/proc/self/exe', 'MODULE_UNFIT'],
  ])('%s is not one', async (module, code) => {
    change({ module });
    expect(found(await check())).toMatchObject({ driver: code, token: 'not-run', certificate: 'not-run' });
  });
});

describe('the token', () => {
  it('has seen a wrong PIN: one can sign, and is told to take care', async () => {
    await expect(enterPin('000000')).rejects.toMatchObject({ code: 'PIN_WRONG' });
    const report = await check();
    expect(found(report)).toEqual({ ...good, token: 'PIN_LOW' });
    expect(report.firstBroken).toBeNull();
    await enterPin(pki.pin);
    expect(found(await check())).toEqual(good);
  });
});

describe('the certificate', () => {
  it('is not the one on the token', async () => {
    const { certificate: signerCertificate } = signerNamed(pki, 'district-769');
    change({ signerCertificate, signerCertificateSha256: 'A'.repeat(43) });
    expect(found(await check())).toMatchObject({
      certificate: 'SIGNER_CERTIFICATE_ABSENT',
      revocation: 'not-run',
    });
  });

  it('has expired', async () => {
    front.aheadSeconds = 3 * 365 * 86_400;
    const now = () => new Date(Date.now() + 3 * 365 * DAY_MS);
    expect(found(await check({ now }))).toMatchObject({ certificate: 'SIGNER_EXPIRED', clock: 'ok' });
  });

  it('ends soon: one can sign, and is told', async () => {
    front.aheadSeconds = (2 * 365 - 5) * 86_400;
    const now = () => new Date(Date.now() + front.aheadSeconds * 1000);
    const report = await check({ now });
    expect(found(report)).toMatchObject({ certificate: 'EXPIRES_7', clock: 'ok' });
    expect(report.links.find(({ link }) => link === 'certificate')?.state).toBe('warning');
    expect(reportText(report)).toContain('hết hạn trong 7 ngày tới');
  });
});

describe('the clock', () => {
  it('that is years ahead is named, and not the certificate that seems to have expired', async () => {
    const now = () => new Date(Date.now() + 3 * 365 * DAY_MS);
    const report = await check({ now });
    expect(found(report)).toMatchObject({ certificate: 'ok', clock: 'CLOCK_WRONG' });
    expect(report.firstBroken).toBe('clock');
  });

  it('may differ from the server by 5 minutes', async () => {
    front.aheadSeconds = 290;
    expect(found(await check())).toMatchObject({ clock: 'ok' });
  });

  it.each([400, -400])('is wrong by %d seconds: revocation is not judged by it', async (seconds) => {
    front.aheadSeconds = seconds;
    const report = await check();
    expect(found(report)).toEqual({ ...good, clock: 'CLOCK_WRONG', revocation: 'not-run' });
    expect(report.firstBroken).toBe('clock');
  });
});

describe('the server', () => {
  it('is away: clock and revocation are unknown', async () => {
    change({ api: 'http://127.0.0.1:9' });
    const report = await check();
    expect(found(report)).toEqual({
      ...good,
      clock: 'not-run',
      server: 'API_UNREACHABLE',
      revocation: 'not-run',
    });
    expect(report.firstBroken).toBe('server');
  });

  it('is of another instance', async () => {
    front.instance = 'production';
    expect(found(await check())).toMatchObject({ server: 'TRUST_OF_OTHER_INSTANCE' });
  });

  it('does not sign with this agent any more', async () => {
    front.minimumAgent = '0.1.1';
    expect(found(await check())).toMatchObject({ server: 'AGENT_TOO_OLD' });
  });

  it.each([['0.1.0'], ['0.0.99'], ['nonsense']])(
    'asks for %s at least, which this agent is',
    async (version) => {
      front.minimumAgent = version;
      expect(found(await check())).toMatchObject({ server: 'ok' });
    },
  );

  it.each([
    ['{}', 'TRUST_MALFORMED'],
    ['<html>', 'API_ANSWER_INVALID'],
  ])('gives %s for a trust list', async (text, code) => {
    front.trust = text;
    expect(found(await check())).toMatchObject({ server: code, revocation: 'not-run' });
  });
});

describe('revocation', () => {
  it('cannot be checked: signing waits, unless the settings of this machine let it pass', async () => {
    api.pki = null;
    expect(found(await check())).toMatchObject({ revocation: 'REVOCATION_UNKNOWN' });
    writeFileSync(join(home.folder, 'settings.json'), '{"revocation":"if-given"}');
    expect(found(await check())).toMatchObject({ agent: 'ok', revocation: 'ok' });
  });

  it('is found', async () => {
    api.pki = await revoke(pki, 'district-760', new Date(), 'keyCompromise');
    const report = await check();
    expect(found(report)).toEqual({ ...good, revocation: 'SIGNER_REVOKED' });
  });
});

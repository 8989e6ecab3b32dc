import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { signerNamed, type Pki } from '#certs-test/pki';
import { enrolCommand } from '#signer-agent/commands/enrol';
import { apiOrigin, readEnrolment } from '#signer-agent/config';
import { AgentHome } from '../support/agent-home.ts';
import { enrolmentCode, startFakeApi, type FakeApi } from '../support/fake-api.ts';
import { testLeaves, testList } from '../support/lists.ts';
import { dropSoftTokens, softTokens } from '../support/soft-tokens.ts';

let pki: Pki;
let api: FakeApi;
let home: AgentHome;

beforeAll(async () => {
  pki = await softTokens();
});
afterAll(() => dropSoftTokens(pki));
beforeEach(async () => {
  api = await startFakeApi(testList(testLeaves(2)));
  home = new AgentHome(pki, api);
});
afterEach(async () => {
  await api.close();
  home.remove();
});

const keysIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.pem'));

describe('enrolment', () => {
  it('binds the machine to unit, certificate and API, and keeps the key to itself', async () => {
    await home.enrol();
    const signer = signerNamed(pki, 'district-760');
    expect(readEnrolment({ folder: home.folder })).toMatchObject({
      api: api.origin,
      instance: 'test',
      unit: { kind: 'district', code: '760' },
      signerCertificate: signer.certificate,
      token: { serial: signer.tokenSerial, label: signer.tokenLabel },
    });
    expect(statSync(home.folder).mode & 0o777).toBe(0o700);
    expect(keysIn(home.folder).map((name) => statSync(join(home.folder, name)).mode & 0o777)).toEqual([
      0o600,
    ]);
  });

  it('finds the token by label', async () => {
    const { tokenLabel: label } = signerNamed(pki, 'district-769');
    await enrolCommand({
      home: home.folder,
      code: enrolmentCode,
      api: api.origin,
      module: pki.modulePath,
      label,
      lastTry: false,
    });
    expect(readEnrolment({ folder: home.folder }).token.label).toBe(label);
  });

  it('wants to know which of several tokens', async () => {
    const options = {
      home: home.folder,
      code: enrolmentCode,
      api: api.origin,
      module: pki.modulePath,
      lastTry: false,
    };
    await expect(enrolCommand(options)).rejects.toMatchObject({ code: 'TOKEN_AMBIGUOUS' });
    await expect(enrolCommand({ ...options, serial: '00' })).rejects.toMatchObject({ code: 'TOKEN_ABSENT' });
  });

  it('is replaced as a whole by another, and forgets the key before', async () => {
    await home.enrol('district-760');
    const [first] = keysIn(home.folder);
    await home.enrol('district-769');
    expect(keysIn(home.folder)).toHaveLength(1);
    expect(keysIn(home.folder)).not.toEqual([first]);
    expect(readEnrolment({ folder: home.folder }).token.serial).toBe(
      signerNamed(pki, 'district-769').tokenSerial,
    );
  });

  it('stays as it was where the code is refused', async () => {
    await home.enrol();
    const before = readFileSync(join(home.folder, 'enrolment.json'), 'utf8');
    api.refuseOnce.set('/devices', 'ENROLMENT_CODE_INVALID');
    await expect(home.enrol('district-769')).rejects.toMatchObject({ code: 'ENROLMENT_CODE_INVALID' });
    expect(readFileSync(join(home.folder, 'enrolment.json'), 'utf8')).toBe(before);
  });

  it.each(['https://api.example.org', 'https://127.0.0.1.example.org', 'https://localhost.example.org'])(
    'takes a PIN from a descriptor only for an API on this machine, not for %s',
    async (remote) => {
      const { tokenSerial: serial } = signerNamed(pki, 'district-760');
      const where = { home: home.folder, code: enrolmentCode, module: pki.modulePath, serial };
      const options = { ...where, pinFd: 0, lastTry: false };
      await expect(enrolCommand({ ...options, api: remote })).rejects.toMatchObject({
        code: 'PIN_UNREADABLE',
      });
      expect(readdirSync(home.folder)).toEqual([]);
      await enrolCommand({ ...options, api: api.origin });
      expect(readEnrolment({ folder: home.folder }).api).toBe(api.origin);
    },
  );

  it.each([
    ['bad-expired', 'SIGNER_EXPIRED'],
    ['bad-notYetValid', 'SIGNER_NOT_YET_VALID'],
    ['bad-wrongKeyUsage', 'SIGNER_KEY_USAGE'],
    ['bad-weakKey', 'SIGNER_ALGORITHM'],
  ])('refuses the certificate %s, before it asks the API', async (signer, code) => {
    await expect(home.enrol(signer)).rejects.toMatchObject({ code });
    expect(api.requests).toHaveLength(0);
  });
});

describe("the API's origin", () => {
  it.each([
    'http://example.org',
    'ftp://127.0.0.1',
    'https://example.org/path',
    'https://user:secret@example.org',
    'nothing',
  ])('refuses %s', (text) => {
    expect(() => apiOrigin(text)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });

  it('is https, or this machine itself', () => {
    expect(apiOrigin('https://example.org/')).toBe('https://example.org');
    expect(apiOrigin('http://127.0.0.1:17640')).toBe('http://127.0.0.1:17640');
  });
});

import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { utf8 } from '#core/bytes';
import type { HostedToken } from '#signer-agent/token/host';
import { openPkcs12Token } from '#signer-agent/token/pkcs12';
import type { SignatureAlgorithm } from '#signer-agent/token/token';
import { nodeCrypto } from '#verifier/crypto-node';
import { pinOf } from '../support/soft-tokens.ts';

const PASSWORD = 'not-a-secret';
const kinds = {
  rsa: ['-newkey', 'rsa:2048'],
  'p-256': ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'p-384': ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'],
} as const;
type Kind = keyof typeof kinds;

const folder = mkdtempSync(join(tmpdir(), 'kyso-p12-'));
const at = (name: string) => join(folder, name);
const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
let token: HostedToken | undefined;

beforeAll(() => {
  makeCertificate('ca', 'rsa');
  for (const kind of Object.keys(kinds) as Kind[]) {
    makeCertificate(kind, kind);
    makeContainer(`${kind}.p12`, kind, '-certfile', at('ca.pem'));
  }
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(async () => {
  await token?.close();
  token = undefined;
});

function makeCertificate(name: string, kind: Kind): void {
  const files = ['-keyout', at(`${name}.key`), '-out', at(`${name}.pem`)];
  openssl('req', '-x509', ...kinds[kind], '-nodes', '-subj', `/O=Unit/CN=${name}`, '-days', '30', ...files);
}

function makeContainer(file: string, name: string, ...more: string[]): string {
  const key = ['-inkey', at(`${name}.key`), '-in', at(`${name}.pem`)];
  openssl('pkcs12', '-export', ...key, '-passout', `pass:${PASSWORD}`, '-out', at(file), ...more);
  chmodSync(at(file), 0o600);
  return at(file);
}

function certificate(name: string): Uint8Array {
  return new X509Certificate(readFileSync(at(`${name}.pem`))).raw;
}

function requestOf(name: string, algorithm: SignatureAlgorithm) {
  return { token: {}, certificate: certificate(name), algorithm };
}

async function holds(
  name: string,
  algorithm: SignatureAlgorithm,
  message: Uint8Array,
  signature: Uint8Array,
) {
  const { publicKey } = new X509Certificate(certificate(name));
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return nodeCrypto.verify(algorithm, spki, message, signature);
}

const open = (path: string) => (token = openPkcs12Token(path));
const refusal = (code: string) => expect.objectContaining({ code }) as Error;

describe('a software certificate', () => {
  it('shows as one token, with nothing that the password guards', async () => {
    const states = await open(at('rsa.p12')).list();
    expect(states).toMatchObject([{ label: 'rsa.p12', pin: 'ok', pinPad: false, certificates: [] }]);
    expect(states[0]?.serial).toMatch(/^[0-9a-f]{16}$/);
    expect(token?.storage).toBe('software');
  });

  it.each([
    ['rsa', 'RSA-PKCS1-SHA256'],
    ['rsa', 'RSA-PSS-SHA256'],
    ['p-256', 'ECDSA-P256-SHA256'],
    ['p-384', 'ECDSA-P384-SHA384'],
  ] as const)('signs with an %s key: %s', async (kind, algorithm) => {
    const p12 = open(at(`${kind}.p12`));
    const [state] = await p12.list();
    const message = utf8('what is signed');
    const request = { ...requestOf(kind, algorithm), token: { serial: state?.serial, label: state?.label } };
    const { signature, otherCertificates } = await p12.sign({ ...request, message }, pinOf(PASSWORD));
    expect(await holds(kind, algorithm, message, signature)).toBe(true);
    expect(otherCertificates).toEqual([expect.objectContaining(certificate('ca'))]);
    const signer = await p12.openSigner(request, pinOf(PASSWORD));
    const messages = Array.from({ length: 20 }, (_, i) => utf8(`message ${i}`));
    const { signatures, fault } = await signer.sign(messages);
    expect(fault).toBeNull();
    for (const [i, one] of signatures.entries())
      expect(await holds(kind, algorithm, messages[i] ?? message, one)).toBe(true);
    expect(signatures.length).toBe(20);
    expect(p12.tokenOperations).toBe(21);
  });

  it('gives its certificates, byte for byte, for the password', async () => {
    const certificates = await open(at('p-256.p12')).certificates({}, pinOf(PASSWORD));
    expect(certificates.map((der) => Buffer.from(der))).toEqual(
      expect.arrayContaining([Buffer.from(certificate('p-256')), Buffer.from(certificate('ca'))]),
    );
  });

  it('reads the containers of older programs', async () => {
    const old = makeContainer(
      'old.p12',
      'rsa',
      '-keypbe',
      'PBE-SHA1-3DES',
      '-certpbe',
      'PBE-SHA1-3DES',
      '-macalg',
      'sha1',
    );
    const request = { ...requestOf('rsa', 'RSA-PKCS1-SHA256'), message: utf8('old') };
    const { signature } = await open(old).sign(request, pinOf(PASSWORD));
    expect(await holds('rsa', 'RSA-PKCS1-SHA256', utf8('old'), signature)).toBe(true);
  });

  it('takes a password of any letters', async () => {
    const path = at('letters.p12');
    const key = ['-inkey', at('p-256.key'), '-in', at('p-256.pem')];
    openssl('pkcs12', '-export', ...key, '-passout', 'pass:mật khẩu', '-out', path);
    chmodSync(path, 0o600);
    const certificates = await open(path).certificates({}, pinOf('mật khẩu'));
    expect(certificates.length).toBe(1);
  });

  it('refuses a wrong password', async () => {
    const request = { ...requestOf('rsa', 'RSA-PKCS1-SHA256'), message: utf8('x') };
    await expect(open(at('rsa.p12')).sign(request, pinOf('wrong'))).rejects.toThrow(refusal('PIN_WRONG'));
    expect(token?.tokenOperations).toBe(0);
  });

  it('refuses a container that is damaged, whatever the password', async () => {
    const der = readFileSync(at('rsa.p12'));
    const damaged = {
      cut: der.subarray(0, 500),
      other: Buffer.from('not a container'),
      empty: Buffer.alloc(0),
    };
    for (const [name, bytes] of Object.entries(damaged)) {
      writeFileSync(at(name), bytes, { mode: 0o600 });
      const reading = openPkcs12Token(at(name));
      await expect(reading.certificates({}, pinOf(PASSWORD))).rejects.toThrow(refusal('PKCS12_UNREADABLE'));
      await reading.close();
    }
  });

  it('refuses a container without a MAC, where a wrong password could not be told', async () => {
    const bare = makeContainer('bare.p12', 'rsa', '-nomac');
    await expect(open(bare).certificates({}, pinOf(PASSWORD))).rejects.toThrow(refusal('PKCS12_UNREADABLE'));
  });

  it('refuses a certificate that is not in it, and an algorithm of another key', async () => {
    const message = utf8('x');
    const foreign = { ...requestOf('p-256', 'ECDSA-P256-SHA256'), message };
    await expect(open(at('rsa.p12')).sign(foreign, pinOf(PASSWORD))).rejects.toThrow(
      refusal('SIGNER_CERTIFICATE_ABSENT'),
    );
    const ec = { ...requestOf('rsa', 'ECDSA-P256-SHA256'), message };
    await expect(token?.sign(ec, pinOf(PASSWORD))).rejects.toThrow(refusal('SIGNER_KEY_ABSENT'));
    // the authority's certificate lies in it, without a key
    const ca = { ...requestOf('ca', 'RSA-PKCS1-SHA256'), message };
    await expect(token?.sign(ca, pinOf(PASSWORD))).rejects.toThrow(refusal('SIGNER_KEY_ABSENT'));
  });

  it('is absent when the file is another than the one that was shown, or gone', async () => {
    const path = makeContainer('moving.p12', 'rsa');
    const [state] = await open(path).list();
    const request = {
      ...requestOf('rsa', 'RSA-PKCS1-SHA256'),
      token: { serial: state?.serial },
      message: utf8('x'),
    };
    makeContainer('moving.p12', 'p-256');
    await expect(token?.sign(request, pinOf(PASSWORD))).rejects.toThrow(refusal('TOKEN_ABSENT'));
    rmSync(path);
    expect(await token?.list()).toEqual([]);
  });

  it.each([0o644, 0o640, 0o604])('refuses a file that others may read: mode %o', (mode) => {
    const path = makeContainer('open.p12', 'rsa');
    chmodSync(path, mode);
    expect(() => openPkcs12Token(path)).toThrow(refusal('PKCS12_NOT_PRIVATE'));
  });

  it('refuses what is no file of a fitting size', () => {
    writeFileSync(at('large.p12'), Buffer.alloc((1 << 20) + 1), { mode: 0o600 });
    symlinkSync(folder, at('linked'));
    for (const path of [at('large.p12'), at('none.p12'), at('linked'), 'rsa.p12', '/dev/null'])
      expect(() => openPkcs12Token(path)).toThrow(refusal('PKCS12_UNREADABLE'));
  });
});

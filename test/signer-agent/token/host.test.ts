import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { signerNamed, type Pki } from '#certs-test/pki';
import { utf8 } from '#core/bytes';
import type { Pkcs11Token } from '#signer-agent/token/host';
import { readSignerCertificate } from '#signer-agent/token/signer-certificate';
import { Pin } from '#signer-agent/token/token';
import { nodeCrypto } from '#verifier/crypto-node';
import {
  certificateOf,
  dropSoftTokens,
  openSoftToken,
  pinOf,
  requestOf,
  softTokens,
} from '../support/soft-tokens.ts';

const message = utf8('what is signed');
let pki: Pki;
let token: Pkcs11Token;

beforeAll(async () => {
  pki = await softTokens();
});
afterAll(() => dropSoftTokens(pki));
afterEach(async () => {
  await token.close();
});

function isAlive(pid: number): boolean {
  try {
    // a zombie is dead, though it still takes signals
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 100 && isAlive(pid); tries++) await wait(50);
  return !isAlive(pid);
}

describe('tokens behind a child process', () => {
  it('lists tokens by serial and label, with certificates, without a PIN', async () => {
    token = openSoftToken(pki);
    const signer = signerNamed(pki, 'district-760');
    const found = (await token.list()).find(({ serial }) => serial === signer.tokenSerial);
    expect(found).toMatchObject({ label: signer.tokenLabel, pinPad: false });
    expect(found?.algorithms).toContain('RSA-PKCS1-SHA256');
    expect(found?.certificates.map((der) => Buffer.from(der).toString('base64'))).toContain(
      signer.certificate,
    );
    expect(token.tokenOperations).toBe(0);
  });

  it.each([
    ['district-760', 'RSA-PKCS1-SHA256'],
    ['district-760', 'RSA-PSS-SHA256'],
    ['district-769', 'ECDSA-P256-SHA256'],
  ] as const)('signs once with the key of %s: %s', async (name, algorithm) => {
    token = openSoftToken(pki);
    const request = requestOf(pki, name, algorithm, message);
    const { signature, otherCertificates } = await token.sign(request, pinOf(pki.pin));
    const spki = readSignerCertificate(request.certificate).x509.publicKey.export({
      type: 'spki',
      format: 'der',
    });
    expect(await nodeCrypto.verify(algorithm, spki, message, signature)).toBe(true);
    expect(token.tokenOperations).toBe(1);
    expect(otherCertificates.map((der) => readSignerCertificate(der).ca)).toEqual([true]);
  });

  it('tries a wrong PIN exactly once and never again, and tells that a try is gone', async () => {
    token = openSoftToken(pki);
    // a token that no other test tries: the flag is the token's
    const name = 'facility-79-00311';
    const pinNow = async () =>
      (await token.list()).find(({ serial }) => serial === signerNamed(pki, name).tokenSerial)?.pin;
    const request = requestOf(pki, name, 'RSA-PKCS1-SHA256', message);
    const unlock = pinOf('99999999');
    await expect(token.sign(request, unlock)).rejects.toMatchObject({ code: 'PIN_WRONG' });
    expect(token.tokenOperations).toBe(0);
    expect(await pinNow()).toBe('low');
    await expect(token.sign(request, unlock)).rejects.toThrow('a PIN is used once');
    // another PIN is another decision of the signer
    await token.sign(request, pinOf(pki.pin));
    expect(token.tokenOperations).toBe(1);
    expect(await pinNow()).toBe('ok');
  });

  it('finds no other token for the one that is asked for', async () => {
    token = openSoftToken(pki);
    const request = {
      ...requestOf(pki, 'district-760', 'RSA-PKCS1-SHA256', message),
      token: { serial: '0000000000000000' },
    };
    await expect(token.sign(request, pinOf(pki.pin))).rejects.toMatchObject({ code: 'TOKEN_ABSENT' });
    expect(token.tokenOperations).toBe(0);
  });

  it("refuses a label that is not the serial number's", async () => {
    token = openSoftToken(pki);
    const { tokenLabel } = signerNamed(pki, 'district-769');
    const request = requestOf(pki, 'district-760', 'RSA-PKCS1-SHA256', message);
    const other = { ...request, token: { ...request.token, label: tokenLabel } };
    await expect(token.sign(other, pinOf(pki.pin))).rejects.toMatchObject({ code: 'TOKEN_ABSENT' });
  });

  it('refuses a certificate that does not lie on the token', async () => {
    token = openSoftToken(pki);
    const request = requestOf(pki, 'district-760', 'RSA-PKCS1-SHA256', message);
    const other = { ...request, certificate: certificateOf(signerNamed(pki, 'bad-unlisted')) };
    await expect(token.sign(other, pinOf(pki.pin))).rejects.toMatchObject({
      code: 'SIGNER_CERTIFICATE_ABSENT',
    });
    expect(token.tokenOperations).toBe(0);
  });

  it('refuses an algorithm of another kind of key', async () => {
    token = openSoftToken(pki);
    const request = requestOf(pki, 'district-760', 'ECDSA-P256-SHA256', message);
    await expect(token.sign(request, pinOf(pki.pin))).rejects.toMatchObject({ code: 'SIGNER_KEY_ABSENT' });
  });

  it('reads certificates after login', async () => {
    token = openSoftToken(pki);
    const signer = signerNamed(pki, 'district-769');
    const certificates = await token.certificates({ label: signer.tokenLabel }, pinOf(pki.pin));
    expect(certificates.map((der) => Buffer.from(der).toString('base64'))).toContain(signer.certificate);
  });

  it('ends the child that was given a PIN', async () => {
    token = openSoftToken(pki);
    await token.list();
    const pid = token.pid ?? 0;
    expect(isAlive(pid)).toBe(true);
    await token.sign(requestOf(pki, 'district-760', 'RSA-PKCS1-SHA256', message), pinOf(pki.pin));
    expect(await gone(pid)).toBe(true);
  });

  it('keeps a child that gets the signals of a whole terminal or service: the agent ends it', async () => {
    token = openSoftToken(pki);
    await token.list();
    const { pid } = token;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.kill(pid ?? 0, signal);
    await token.list();
    expect(token.pid).toBe(pid);
  });

  it('survives a child that is killed in the middle of an operation, and starts another', async () => {
    token = openSoftToken(pki);
    await token.list();
    const pid = token.pid ?? 0;
    process.kill(pid, 'SIGSTOP');
    const listing = token.list();
    await wait(50);
    process.kill(pid, 'SIGKILL');
    await expect(listing).rejects.toMatchObject({ code: 'MODULE_FAILED' });
    expect((await token.list()).length).toBeGreaterThan(0);
    expect(token.pid).not.toBe(pid);
  });

  it('kills a child that hangs past its deadline, and starts another', async () => {
    token = openSoftToken(pki, { listMs: 3000, pinMs: 3000 });
    await token.list();
    const pid = token.pid ?? 0;
    process.kill(pid, 'SIGSTOP');
    await expect(token.list()).rejects.toMatchObject({ code: 'MODULE_FAILED' });
    expect(await gone(pid)).toBe(true);
    expect((await token.list()).length).toBeGreaterThan(0);
  });

  it('does one operation at a time, in order', async () => {
    token = openSoftToken(pki);
    const request = requestOf(pki, 'district-769', 'ECDSA-P256-SHA256', message);
    const answers = await Promise.all([
      token.list(),
      token.sign(request, pinOf(pki.pin)),
      token.list(),
      token.sign(request, pinOf(pki.pin)),
    ]);
    // slots come in any order: SoftHSM sorts nothing
    const serials = (tokens: readonly { serial: string }[]) => tokens.map(({ serial }) => serial).sort();
    expect(serials(answers[2])).toEqual(serials(answers[0]));
    expect(token.tokenOperations).toBe(2);
  });

  it('leaves no child behind when the agent is killed', async () => {
    token = openSoftToken(pki);
    const host = fileURLToPath(import.meta.resolve('#signer-agent/token/host'));
    const script = `const { openPkcs11Token } = await import(${JSON.stringify(host)});
      const token = openPkcs11Token(${JSON.stringify(pki.modulePath)}); await token.list(); console.log(token.pid); setInterval(() => {}, 1000);`;
    const agent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: agent.stdout }), 'line')) as [string];
    const pid = Number(line);
    expect(isAlive(pid)).toBe(true);
    agent.kill('SIGKILL');
    expect(await gone(pid)).toBe(true);
  });

  it('shows the PIN in no argument or environment of the child', async () => {
    token = openSoftToken(pki);
    await token.list();
    const pid = token.pid ?? 0;
    const signing = token.sign(requestOf(pki, 'district-760', 'RSA-PKCS1-SHA256', message), pinOf(pki.pin));
    const seen = execFileSync('cat', [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`], {
      encoding: 'latin1',
    });
    await signing;
    expect(seen.length).toBeGreaterThan(0);
    expect(seen).not.toContain(pki.pin);
  });
});

describe('a PIN', () => {
  it('is wiped where it is not used, and prints as nothing', async () => {
    token = openSoftToken(pki);
    const bytes = Buffer.from('12345678');
    const pin = new Pin(bytes);
    expect(JSON.stringify({ pin })).not.toContain('1234');
    pin.wipe();
    expect([...bytes]).toEqual(new Array(8).fill(0));
    await Promise.resolve();
  });
});

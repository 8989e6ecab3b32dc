import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Pki } from '#certs-test/pki';
import { utf8 } from '#core/bytes';
import type { Pkcs11Token } from '#signer-agent/token/host';
import { readSignerCertificate } from '#signer-agent/token/signer-certificate';
import type { SignatureAlgorithm } from '#signer-agent/token/token';
import { nodeCrypto } from '#verifier/crypto-node';
import { dropSoftTokens, openSoftToken, pinOf, requestOf, softTokens } from '../support/soft-tokens.ts';

const RSA = ['district-760', 'RSA-PKCS1-SHA256'] as const;
const EC = ['district-769', 'ECDSA-P256-SHA256'] as const;
let pki: Pki;
let token: Pkcs11Token;

beforeAll(async () => {
  pki = await softTokens();
});
afterAll(() => dropSoftTokens(pki));
afterEach(async () => {
  await token.close();
});

const messages = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => utf8(`message ${from + i}`));

function requestFor([name, algorithm]: readonly [string, SignatureAlgorithm]) {
  return requestOf(pki, name, algorithm, new Uint8Array(0));
}

/** Whether these are the signatures of the first messages, in order. */
async function hold(
  kind: readonly [string, SignatureAlgorithm],
  signed: readonly Uint8Array[],
  asked: readonly Uint8Array[],
): Promise<boolean> {
  const { publicKey } = readSignerCertificate(requestFor(kind).certificate).x509;
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const verified = await Promise.all(
    signed.map((signature, i) => nodeCrypto.verify(kind[1], spki, asked[i] ?? utf8('none'), signature)),
  );
  return signed.length <= asked.length && verified.every((one) => one);
}

describe('a signer that stays open', () => {
  it.each([RSA, ['district-760', 'RSA-PSS-SHA256'] as const, EC])(
    'signs windows that queue up, in order, with one login: %s %s',
    async (...kind) => {
      token = openSoftToken(pki);
      const signer = await token.openSigner(requestFor(kind), pinOf(pki.pin));
      const windows = [messages(0, 256), messages(256, 256), messages(512, 1)];
      const answers = await Promise.all(windows.map((window) => signer.sign(window)));
      for (const [i, { signatures, fault }] of answers.entries()) {
        expect(fault).toBeNull();
        expect(signatures.length).toBe(windows[i]?.length);
        expect(await hold(kind, signatures, windows[i] ?? [])).toBe(true);
      }
      expect(token.tokenOperations).toBe(513);
      expect(signer.otherCertificates.map((der) => readSignerCertificate(der).ca)).toEqual([true]);
    },
  );

  it('counts token operations exactly at each answer', async () => {
    token = openSoftToken(pki);
    const signer = await token.openSigner(requestFor(EC), pinOf(pki.pin));
    for (let made = 0; made < 300; made += 100) {
      await signer.sign(messages(made, 100));
      expect(token.tokenOperations).toBe(made + 100);
    }
  });

  it('stops after the signature in hand, and leaves what waits unsigned', async () => {
    token = openSoftToken(pki);
    const signer = await token.openSigner(requestFor(RSA), pinOf(pki.pin));
    const asked = messages(0, 20_000);
    const first = signer.sign(asked);
    const second = signer.sign(messages(20_000, 10));
    await wait(300);
    await signer.close();
    const { signatures, fault } = await first;
    expect(fault).toMatchObject({ code: 'SIGNING_STOPPED' });
    expect(signatures.length).toBeLessThan(asked.length);
    expect(await hold(RSA, signatures, asked)).toBe(true);
    expect(await second).toMatchObject({ signatures: [], fault: { code: 'SIGNING_STOPPED' } });
    expect(await signer.sign(messages(0, 1))).toMatchObject({ fault: { code: 'SIGNING_STOPPED' } });
    expect(token.tokenOperations).toBe(signatures.length);
    expect(token.pid).toBeUndefined();
  });

  it('keeps what was signed when the child dies', async () => {
    token = openSoftToken(pki);
    const signer = await token.openSigner(requestFor(RSA), pinOf(pki.pin));
    const asked = messages(0, 20_000);
    const signing = signer.sign(asked);
    while (token.tokenOperations < 100) await wait(20);
    process.kill(token.pid ?? 0, 'SIGKILL');
    const { signatures, fault } = await signing;
    expect(fault).toMatchObject({ code: 'MODULE_FAILED' });
    expect(signatures.length).toBeGreaterThan(0);
    expect(await hold(RSA, signatures, asked)).toBe(true);
    expect(token.tokenOperations).toBeGreaterThanOrEqual(signatures.length);
    await signer.close();
    expect((await token.list()).length).toBeGreaterThan(0);
  });

  it('ends a child that makes no signature for too long, and keeps what was signed', async () => {
    token = openSoftToken(pki, { progressMs: 1500 });
    const signer = await token.openSigner(requestFor(RSA), pinOf(pki.pin));
    const asked = messages(0, 20_000);
    const signing = signer.sign(asked);
    const waiting = signer.sign(messages(0, 1));
    while (token.tokenOperations < 100) await wait(20);
    process.kill(token.pid ?? 0, 'SIGSTOP');
    const { signatures, fault } = await signing;
    expect(fault).toMatchObject({ code: 'MODULE_FAILED' });
    expect(signatures.length).toBeGreaterThan(0);
    expect(await hold(RSA, signatures, asked)).toBe(true);
    expect(await waiting).toMatchObject({ signatures: [], fault: { code: 'MODULE_FAILED' } });
    await signer.close();
    expect((await token.list()).length).toBeGreaterThan(0);
  });

  it('does not take many slow signatures for a hang', async () => {
    token = openSoftToken(pki, { progressMs: 1500 });
    const signer = await token.openSigner(requestFor(RSA), pinOf(pki.pin));
    const before = performance.now();
    while (performance.now() - before < 3000)
      expect(await signer.sign(messages(0, 1000))).toMatchObject({ fault: null });
  });

  it('is closed when it lies idle: the PIN is wanted again', async () => {
    token = openSoftToken(pki, { idleMs: 200 });
    const signer = await token.openSigner(requestFor(EC), pinOf(pki.pin));
    expect((await signer.sign(messages(0, 1))).fault).toBeNull();
    while (token.pid !== undefined) await wait(50);
    expect(await signer.sign(messages(0, 1))).toMatchObject({
      signatures: [],
      fault: { code: 'PIN_WANTED_AGAIN' },
    });
    const again = await token.openSigner(requestFor(EC), pinOf(pki.pin));
    expect((await again.sign(messages(0, 1))).fault).toBeNull();
  });

  it('has the token to itself until it is closed', async () => {
    token = openSoftToken(pki);
    const signer = await token.openSigner(requestFor(EC), pinOf(pki.pin));
    let listed = false;
    const listing = token.list().then((tokens) => {
      listed = true;
      return tokens;
    });
    await signer.sign(messages(0, 500));
    expect(listed).toBe(false);
    await signer.close();
    await signer.close();
    expect((await listing).length).toBeGreaterThan(0);
  });

  it('ends with the token, opened or about to be', async () => {
    token = openSoftToken(pki);
    const opening = token.openSigner(requestFor(EC), pinOf(pki.pin));
    await token.close();
    expect(await (await opening).sign(messages(0, 1))).toMatchObject({ fault: { code: 'SIGNING_STOPPED' } });
    expect(token.pid).toBeUndefined();
  });

  it('does not open with a wrong PIN, or for a certificate that is not there', async () => {
    token = openSoftToken(pki);
    await expect(token.openSigner(requestFor(EC), pinOf('99999999'))).rejects.toMatchObject({
      code: 'PIN_WRONG',
    });
    const other = { ...requestFor(EC), certificate: requestFor(RSA).certificate };
    await expect(token.openSigner(other, pinOf(pki.pin))).rejects.toMatchObject({
      code: 'SIGNER_CERTIFICATE_ABSENT',
    });
    expect(token.tokenOperations).toBe(0);
  });
});

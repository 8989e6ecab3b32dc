import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRefusal } from '#core/refusal';
import { copyPki } from '#certs-test/find-pki';
import { bytesOfText, type Pki, type PkiSigner } from '#certs-test/pki';
import { openSoftHsm, type SoftHsm } from '#certs-test/soft-token';
import { softHsmModule } from '#certs-test/softhsm';
import { testPki } from './test-pki.ts';

let folder: string;
let pki: Pki;
let onTokens: readonly PkiSigner[];
let hsm: SoftHsm;
beforeAll(async () => {
  // of its own: SoftHSM writes a refused PIN into the token
  folder = mkdtempSync(join(tmpdir(), 'kyso-soft-token-'));
  pki = await copyPki(await testPki(), join(folder, 'pki'));
  onTokens = pki.signers.filter(({ pkcs12 }) => pkcs12 === undefined);
  hsm = openSoftHsm(pki.modulePath, pki.files.softHsmConfiguration);
});
afterAll(() => {
  hsm.close();
  rmSync(folder, { recursive: true, force: true });
});

const message = Buffer.from('danh sách');

describe('soft tokens of the test PKI', () => {
  it('keep a private key that was generated inside and cannot be taken out', () => {
    for (const { tokenSerial } of onTokens) {
      const token = hsm.openToken(tokenSerial, pki.pin);
      expect(token.keeps).toEqual({ sensitive: true, extractable: false, local: true });
      token.close();
    }
  });

  it('sign what the signer certificate verifies', () => {
    for (const { name, tokenSerial, tokenLabel, certificate } of onTokens) {
      const token = hsm.openToken(tokenSerial, pki.pin);
      const { publicKey } = new X509Certificate(bytesOfText(certificate));
      const signature = token.key.sign(message);
      token.close();
      expect(token.label).toBe(tokenLabel);
      expect(verify('sha256', message, publicKey, signature), name).toBe(true);
      expect(verify('sha256', Buffer.from('khác'), publicKey, signature), name).toBe(false);
    }
  });

  it('carry the signer certificate, its issuing CA and nothing else', () => {
    for (const { tokenSerial, certificate, chain } of onTokens) {
      const token = hsm.openToken(tokenSerial, pki.pin);
      const stored = token.certificates().map((der) => Buffer.from(der).toString('base64'));
      token.close();
      expect(stored.sort()).toEqual([certificate, chain[0]].sort());
    }
  });

  it('have the key that the certificate names, byte for byte', () => {
    for (const { tokenSerial, certificate } of onTokens) {
      const token = hsm.openToken(tokenSerial, pki.pin);
      const named = new X509Certificate(bytesOfText(certificate)).publicKey;
      const own = createPublicKey({ key: Buffer.from(token.key.publicKey), format: 'der', type: 'spki' });
      token.close();
      expect(own.equals(named)).toBe(true);
    }
  });

  it('have serial numbers of their own', () => {
    expect(new Set(onTokens.map(({ tokenSerial }) => tokenSerial)).size).toBe(onTokens.length);
  });

  it('refuse a wrong PIN', () => {
    const serial = pki.signers[0]?.tokenSerial ?? '';
    expect(() => hsm.openToken(serial, pki.pin + '0')).toThrow('CKR_PIN_INCORRECT');
  });

  it('names softhsm2 where the module is missing', () => {
    const attempt = () => softHsmModule(['/nonexistent/libsofthsm2.so']);
    expect(attempt).toThrow(expect.toSatisfy((error) => isRefusal(error, 'SOFTHSM_MISSING')) as Error);
    expect(attempt).toThrow(/softhsm2/);
  });
});

import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { statSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { base64 } from '#core/bytes';
import { isRefusal } from '#core/refusal';
import { bytesOfText, pkcs12File, signerNamed, type Pki } from '#certs-test/pki';
import { certificateParts } from '#certs-test/certificate';
import { readTrustList } from '#certs-test/trust';
import { testPki } from './test-pki.ts';

let pki: Pki;
beforeAll(async () => {
  pki = await testPki();
});

const SOFTWARE = [
  ['facility-79-01088', 'rsa'],
  ['facility-79-01093', 'ec'],
] as const;

/** What openssl reads out of the file: key and certificates, PEM. */
function open(file: string, password: string): string {
  const words = ['pkcs12', '-in', file, '-noenc', '-passin', 'env:PASSWORD'];
  const env = { ...process.env, PASSWORD: password };
  return execFileSync('openssl', words, { stdio: ['ignore', 'pipe', 'pipe'], env }).toString();
}

describe('software signers of the test PKI', () => {
  it.each(SOFTWARE)('%s: the file opens with the PIN and holds key, certificate and issuer', (name, type) => {
    const signer = signerNamed(pki, name);
    const text = open(pkcs12File(pki, signer), pki.pin);
    const key = createPrivateKey(text);
    expect(key.asymmetricKeyType).toBe(type);
    const certificate = new X509Certificate(bytesOfText(signer.certificate));
    expect(createPublicKey(key).equals(certificate.publicKey)).toBe(true);
    const inside = [...text.matchAll(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)].map(
      ([pem]) => new X509Certificate(pem).raw.toString('base64'),
    );
    expect(inside).toEqual([signer.certificate, signer.chain[0]]);
    expect(signer.tokenSerial).toBe('');
  });

  it.each(SOFTWARE)('%s: the file is closed to another PIN and to other accounts', (name) => {
    const file = pkcs12File(pki, signerNamed(pki, name));
    expect(() => open(file, pki.pin + '0')).toThrow(/invalid password/i);
    expect(statSync(file).mode & 0o077).toBe(0);
  });

  it('are software in the trust list, everyone else is on a token', async () => {
    const subjects = new Set(
      SOFTWARE.map(([name]) =>
        base64(certificateParts(bytesOfText(signerNamed(pki, name).certificate)).subject),
      ),
    );
    for (const row of (await readTrustList(pki)).signers)
      expect(row.keyStorage).toBe(subjects.has(row.subject ?? '') ? 'software' : 'token');
  });

  it('have a file, and nobody else has', () => {
    const refusal = (error: unknown) => isRefusal(error, 'CONFIG_INVALID');
    expect(() => pkcs12File(pki, signerNamed(pki, 'district-760'))).toThrow(
      expect.toSatisfy(refusal) as Error,
    );
  });
});

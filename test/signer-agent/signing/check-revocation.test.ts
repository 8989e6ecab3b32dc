import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { certificateParts } from '#certs-test/certificate';
import { makeCrl, revoke } from '#certs-test/crls';
import {
  authorityNamed,
  bytesOfText,
  crlFile,
  signerNamed,
  type AuthorityName,
  type Pki,
} from '#certs-test/pki';
import { Refusal, type RefusalCode } from '#core/refusal';
import { checkRevocation, type RevocationQuestion } from '#signer-agent/signing/check-revocation';
import { testPki, withCopy } from '#test/certs-test/test-pki';

const DAY = 86_400_000;

let pki: Pki;
beforeAll(async () => {
  pki = await testPki();
});

function certificateOf(name: AuthorityName): Uint8Array {
  return bytesOfText(authorityNamed(pki, name).certificate);
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url');
}

/** A signer whose issuer's certificate lies on the token, and an API that is honest; a test changes one thing. */
async function question(name: string, change: Partial<RevocationQuestion> = {}): Promise<RevocationQuestion> {
  const signer = signerNamed(pki, name);
  const crl = await readFile(crlFile(pki.files, signer.issuer));
  const issuerKey = digest(certificateParts(certificateOf(signer.issuer)).publicKey);
  return {
    signer: bytesOfText(signer.certificate),
    otherCertificates: signer.chain.map(bytesOfText),
    fetchCrl: (key) => Promise.resolve(key === issuerKey ? crl : null),
    fetchIssuer: () => Promise.reject(new Error('not to be asked')),
    at: new Date(),
    policy: 'require',
    ...change,
  };
}

async function ask(name: string, change: Partial<RevocationQuestion> = {}) {
  return checkRevocation(await question(name, change));
}

const failing = (code: RefusalCode) => () => Promise.reject(new Refusal(code));

describe('the signer certificate, before it signs', () => {
  it('is good by the CRL of its issuer', async () => {
    expect(await ask('district-760')).toBe('good');
  });

  it('is good with the certificate of its issuer from the API, where the token has none', async () => {
    const { issuer } = certificateParts((await question('district-760')).signer);
    const certificate = certificateOf(signerNamed(pki, 'district-760').issuer);
    const fetchIssuer = (name: string) => Promise.resolve(name === digest(issuer) ? certificate : null);
    expect(await ask('district-760', { otherCertificates: [], fetchIssuer })).toBe('good');
  });

  it.each(['require', 'if-given'] as const)(
    'is refused once revoked, whatever the policy (%s)',
    async (policy) => {
      await expect(ask('bad-revoked', { policy })).rejects.toMatchObject({ code: 'SIGNER_REVOKED' });
    },
  );

  it('is refused from the CRL on that names it', async () => {
    await withCopy(pki, async (copy) => {
      const now = await revoke(copy, 'district-760', new Date(), 'keyCompromise');
      const crl = await readFile(crlFile(now.files, signerNamed(now, 'district-760').issuer));
      const at = new Date(Date.now() + 2000);
      await expect(ask('district-760', { fetchCrl: () => Promise.resolve(crl), at })).rejects.toMatchObject({
        code: 'SIGNER_REVOKED',
      });
    });
  });

  const none = () => Promise.resolve(null);
  const of = (name: AuthorityName) => async () => readFile(crlFile(pki.files, name));
  const unusable: [string, () => Partial<RevocationQuestion>][] = [
    ['without a CRL', () => ({ fetchCrl: none })],
    ["by another issuer's CRL", () => ({ fetchCrl: of('national-ca') })],
    ['by the CRL of an unknown issuer', () => ({ fetchCrl: of('unknown-ca') })],
    ['by bytes that are no CRL', () => ({ fetchCrl: () => Promise.resolve(Uint8Array.of(1, 2, 3)) })],
    [
      'by a CRL that was changed',
      () => ({
        fetchCrl: async () => {
          const crl = await of('government-ca')();
          crl[crl.length - 5] = (crl[crl.length - 5] ?? 0) ^ 1;
          return crl;
        },
      }),
    ],
    [
      'by a CRL that has run out',
      () => ({
        fetchCrl: () => makeCrl(pki, 'government-ca', { thisUpdate: new Date(Date.now() - 40 * DAY) }),
      }),
    ],
    ['by a CRL that is not in force yet', () => ({ at: new Date(Date.now() - 4000 * DAY) })],
    ['without its issuer', () => ({ otherCertificates: [], fetchIssuer: none })],
    [
      'with an issuer that did not sign it',
      () => ({
        otherCertificates: [certificateOf('unknown-ca')],
        fetchIssuer: () => Promise.resolve(certificateOf('national-ca')),
      }),
    ],
    [
      'with something that is no certificate for its issuer',
      () => ({ otherCertificates: [], fetchIssuer: () => Promise.resolve(Uint8Array.of(0x30, 0)) }),
    ],
  ];

  it.each(unusable)('is not checkable %s: refused, or said, as the policy asks', async (_, change) => {
    await expect(ask('district-760', change())).rejects.toMatchObject({ code: 'REVOCATION_UNKNOWN' });
    expect(await ask('district-760', { ...change(), policy: 'if-given' })).toBe('unknown');
  });

  it('says that the server is away where it is', async () => {
    const fetchCrl = failing('API_UNREACHABLE');
    await expect(ask('district-760', { fetchCrl })).rejects.toMatchObject({ code: 'API_UNREACHABLE' });
    expect(await ask('district-760', { fetchCrl, policy: 'if-given' })).toBe('unknown');
  });

  it('passes over what else lies on the token', async () => {
    const { otherCertificates } = await question('district-760');
    const others = [Uint8Array.of(0), certificateOf('unknown-ca'), ...otherCertificates];
    expect(await ask('district-760', { otherCertificates: others })).toBe('good');
  });
});

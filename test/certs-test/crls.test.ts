import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeCrl, revoke } from '#certs-test/crls';
import { AUTHORITY_NAMES, authorityNamed, crlFile, signerNamed, type Pki } from '#certs-test/pki';
import { openssl, opensslVerify, pem } from './openssl.ts';
import { testPki, withCopy, withFolder } from './test-pki.ts';

const day = 86_400_000;

let pki: Pki;
beforeAll(async () => {
  pki = await testPki();
});

function crlText(path: string): string {
  return openssl('crl', '-inform', 'DER', '-in', path, '-noout', '-text').output;
}

describe('CRLs of the test PKI', () => {
  it.each(AUTHORITY_NAMES)(
    'are complete, version 2, numbered, for 30 days and signed by %s',
    async (name) => {
      const path = crlFile(pki.files, name);
      await withFolder(async (folder) => {
        const issuer = join(folder, 'issuer.pem');
        await writeFile(issuer, pem('CERTIFICATE', authorityNamed(pki, name).certificate));
        expect(openssl('crl', '-inform', 'DER', '-in', path, '-noout', '-CAfile', issuer).output).toContain(
          'verify OK',
        );
      });
      const text = crlText(path);
      expect(text).toContain('Version 2');
      expect(text).toContain('X509v3 CRL Number');
      expect(text).toContain('X509v3 Authority Key Identifier');
      expect(text).not.toContain('Issuing Distribution Point');
      const date = (label: string) => Date.parse(new RegExp(`${label}: (.*)`).exec(text)?.[1] ?? '');
      expect(date('Next Update') - date('Last Update')).toBe(30 * day);
    },
  );

  it('name the revoked signer at its issuer and nobody elsewhere', () => {
    for (const name of AUTHORITY_NAMES) {
      const serials = crlText(crlFile(pki.files, name)).match(/Serial Number: \w+/g) ?? [];
      expect(serials, name).toHaveLength(name === 'government-ca' ? 1 : 0);
    }
  });

  it('refuses a signer from its revocation on', async () => {
    await withCopy(pki, async (copy) => {
      const before = await readFile(crlFile(copy.files, 'national-ca'));
      const now = await revoke(copy, 'facility-79-01017', new Date(), 'cessationOfOperation');
      const path = crlFile(now.files, 'national-ca');
      expect(await readFile(path)).not.toEqual(before);
      expect(crlText(path)).toMatch(/Reason Code: \s*Cessation Of Operation/);
      expect(authorityNamed(now, 'national-ca').crlNumber).toBe(
        authorityNamed(copy, 'national-ca').crlNumber + 1,
      );
      await withFolder(async (folder) => {
        const verdict = await opensslVerify(now, signerNamed(now, 'facility-79-01017'), folder);
        expect(verdict.output).toContain('certificate revoked');
        expect(await opensslVerify(now, signerNamed(now, 'facility-79-01066'), folder)).toMatchObject({
          ok: true,
        });
      });
    });
  });

  it('can be made with other dates, which openssl notices', async () => {
    await withCopy(pki, async (copy) => {
      const thisUpdate = new Date(Date.now() - 40 * day);
      await writeFile(
        crlFile(copy.files, 'government-ca'),
        await makeCrl(copy, 'government-ca', { thisUpdate }),
      );
      await withFolder(async (folder) => {
        const verdict = await opensslVerify(copy, signerNamed(copy, 'district-760'), folder);
        expect(verdict.output).toContain('CRL has expired');
      });
    });
  });
});

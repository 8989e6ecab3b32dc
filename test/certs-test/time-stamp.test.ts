import { X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { base64 } from '#core/bytes';
import { authorityNamed, bytesOfText, type Pki } from '#certs-test/pki';
import { attachTimeStamp, issueTimeStamp, signatureOctets } from '#certs-test/time-stamp';
import { timeStampAuthority } from '#certs-test/time-stamp-authority';
import { readTrustList } from '#certs-test/trust';
import { nodeCrypto } from '#verifier/crypto-node';
import { readCertificate } from '#verifier/der/certificate';
import { readCrl } from '#verifier/der/crl';
import { readTimeStamp } from '#verifier/der/time-stamp';
import { RFC_5280 } from '#verifier/path/path-policy';
import { NO_ANSWERS } from '#verifier/revocation/check-revocation';
import { judgeTimeStamp } from '#verifier/time/judge-time-stamp';
import { timeStampInForm } from '#verifier/time/time-stamp-form';
import { opensslToken } from '../verifier/support/openssl-ts.ts';
import { stamp, tokenOver, authority as otherAuthority } from '../verifier/support/stamps.ts';
import { ecFamily, ecSigner } from '../verifier/support/standard-world.ts';
import { signCms } from '../verifier/support/cms.ts';
import { instant } from '#core/dates';
import { openssl, pem } from './openssl.ts';
import { testPki, withFolder } from './test-pki.ts';

let pki: Pki;
beforeAll(async () => {
  pki = await testPki();
});

const data = Uint8Array.from(Buffer.from('octets of a signature'));

describe('the time-stamp authority of the test PKI', () => {
  it('is for time stamping only, critically so, and named in the trust list', async () => {
    const { certificate } = await timeStampAuthority(pki);
    expect(new X509Certificate(certificate).keyUsage).toEqual(['1.3.6.1.5.5.7.3.8']);
    const rows = (await readTrustList(pki)).services.filter(({ service }) => service === 'timestamp');
    expect(rows.map(({ key }) => key)).toEqual([base64(certificate)]);
  });

  it('makes tokens that openssl ts and the verifier accept', async () => {
    const tsa = await timeStampAuthority(pki);
    const at = new Date();
    const token = issueTimeStamp(tsa, { data, at, accuracySeconds: 1 });
    await withFolder(async (folder) => {
      expect(await opensslTs(folder, token, data, pki.files.roots)).toMatchObject({ ok: true });
      const other = Uint8Array.of(1, 2, 3);
      expect(await opensslTs(folder, token, other, pki.files.roots)).toMatchObject({ ok: false });
    });
    const crls = ['government-root', 'government-ca'].map((name) => join(pki.files.crls, `${name}.crl`));
    const { findings } = await judgeTimeStamp(readTimeStamp(token), {
      data,
      roots: [readCertificate(bytesOfText(authorityNamed(pki, 'government-root').certificate))],
      pool: [],
      answers: {
        embedded: NO_ANSWERS,
        handedIn: { crls: (await Promise.all(crls.map((path) => readFile(path)))).map(readCrl), ocsp: [] },
      },
      revocation: 'require',
      policy: RFC_5280,
      at: instant(new Date(at.getTime() + 2000)),
      policies: null,
      crypto: nodeCrypto,
    });
    expect(findings).toEqual([]);
  });
});

describe('a signature with a time stamp', () => {
  const statement = Uint8Array.from(Buffer.from('{"a":1}'));
  const cms = signCms({ statement, signer: ecSigner, others: [ecFamily.ca.certificate] });

  it('is one that openssl cms accepts as before', async () => {
    await withFolder(async (folder) => {
      for (const file of [cms, stamp(cms)]) {
        await writeFile(join(folder, 'batch.p7s'), file);
        await writeFile(join(folder, 'statement.json'), statement);
        await writeFile(join(folder, 'roots.pem'), pem('CERTIFICATE', base64(ecFamily.root.certificate)));
        const { ok, output } = openssl(
          ...['cms', '-verify', '-binary', '-inform', 'DER', '-in', join(folder, 'batch.p7s')],
          ...[
            '-content',
            join(folder, 'statement.json'),
            '-CAfile',
            join(folder, 'roots.pem'),
            '-purpose',
            'any',
          ],
        );
        expect(output).toContain('erification successful');
        expect(ok).toBe(true);
      }
      const shown = openssl('cms', '-cmsout', '-print', '-inform', 'DER', '-in', join(folder, 'batch.p7s'));
      expect(shown.output).toContain('id-smime-aa-timeStampToken');
    });
  });

  it('carries a token that openssl ts accepts over its octets', async () => {
    await withFolder(async (folder) => {
      const roots = join(folder, 'roots.pem');
      await writeFile(roots, pem('CERTIFICATE', base64(ecFamily.root.certificate)));
      const octets = signatureOctets(cms);
      expect(signatureOctets(stamp(cms))).toEqual(octets);
      expect(await opensslTs(folder, tokenOver(cms), octets, roots)).toMatchObject({ ok: true });
    });
  });

  it('takes a token as openssl made it, once it is in form; openssl still accepts it', async () => {
    const octets = signatureOctets(cms);
    const made = opensslToken({
      data: octets,
      authority: otherAuthority,
      chain: [ecFamily.ca, ecFamily.root],
    });
    const chain = [otherAuthority, ecFamily.ca, ecFamily.root].map(({ certificate }) => certificate);
    const token = timeStampInForm(made, chain) ?? new Uint8Array();
    expect(token).not.toEqual(made);
    expect(timeStampInForm(token, chain)).toEqual(token);
    expect(attachTimeStamp(cms, token).length).toBeGreaterThan(cms.length + token.length);
    await withFolder(async (folder) => {
      const roots = join(folder, 'roots.pem');
      await writeFile(roots, pem('CERTIFICATE', base64(ecFamily.root.certificate)));
      expect(await opensslTs(folder, token, octets, roots)).toMatchObject({ ok: true });
    });
  });
});

async function opensslTs(folder: string, token: Uint8Array, stamped: Uint8Array, roots: string) {
  await writeFile(join(folder, 'token'), token);
  await writeFile(join(folder, 'data'), stamped);
  return openssl(
    ...['ts', '-verify', '-token_in', '-in', join(folder, 'token'), '-data', join(folder, 'data')],
    ...['-CAfile', roots],
  );
}

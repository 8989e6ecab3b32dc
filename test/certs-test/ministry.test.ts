import { createHash, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { base64 } from '#core/bytes';
import { instant } from '#core/dates';
import { readDocumentSigners, reissueDocumentSigners } from '#certs-test/document-signers';
import { publicKeyOf } from '#certs-test/envelope';
import { bytesOfText, documentSignerNamed, type Pki } from '#certs-test/pki';
import { keyOf } from '#certs-test/signing-key';
import { readTrustList } from '#certs-test/trust';
import { openPkcs11Token } from '#signer-agent/token/host';
import { testPki, withCopy } from './test-pki.ts';

let pki: Pki;
beforeAll(async () => {
  pki = await testPki();
});

describe('the Ministry of the test PKI', () => {
  it('has document signers that its country CA issued, each with its own kid', () => {
    const country = new X509Certificate(readFileSync(pki.files.countryCa));
    expect(country.verify(country.publicKey)).toBe(true);
    for (const { name, certificate, kid } of pki.documentSigners) {
      const der = bytesOfText(certificate);
      expect(new X509Certificate(der).verify(country.publicKey), name).toBe(true);
      expect(createHash('sha256').update(der).digest().subarray(0, 8).toString('base64url')).toBe(kid);
      expect(readFileSync(join(pki.files.ministry, `${name}.der`))).toEqual(Buffer.from(der));
    }
    expect(readdirSync(pki.files.ministry)).toHaveLength(pki.documentSigners.length);
  });

  it('has keys by date and type: of both algorithms for a year and more, one that runs out, one to come', () => {
    const inAYear = instant(new Date(Date.now() + 366 * 86_400_000));
    const now = instant(new Date());
    const yearly = pki.documentSigners.filter(
      ({ quality, from, to }) => quality === 'good' && from < now && to > inAYear,
    );
    expect(new Set(yearly.map(({ algorithm }) => algorithm))).toEqual(new Set(['ES256', 'PS256']));
    expect(documentSignerNamed(pki, 'ministry-ending').to < inAYear).toBe(true);
    expect(documentSignerNamed(pki, 'ministry-next').from > now).toBe(true);
  });

  it('keeps its keys in tokens that the units do not see', async () => {
    await withCopy(pki, async (copy) => {
      process.env['SOFTHSM2_CONF'] = copy.ministryEnvironment.SOFTHSM2_CONF;
      const token = openPkcs11Token(copy.modulePath);
      const shown = await token.list();
      await token.close();
      expect(shown.map(({ label }) => label).sort()).toEqual(
        copy.documentSigners.map(({ name }) => name).sort(),
      );
      const ofUnits = copy.signers.map(({ tokenSerial }) => tokenSerial);
      expect(shown.filter(({ serial }) => ofUnits.includes(serial))).toEqual([]);
    });
  });

  it('names its service keys in the trust list', async () => {
    const { services } = await readTrustList(pki);
    const spki = (file: string) => base64(publicKeyOf(keyOf(readFileSync(file, 'utf8'))));
    const keyFor = (name: string) => services.filter(({ service }) => service === name).map(({ key }) => key);
    expect(keyFor('document-signers')).toEqual([spki(pki.files.documentSignersKey)]);
    expect(keyFor('certificate-revocations')).toEqual([spki(pki.files.revocationsKey)]);
  });

  it('lists every document signer but the unlisted one, and issues the list again', async () => {
    const { signers, sequence } = await readDocumentSigners(pki);
    const unlisted = documentSignerNamed(pki, 'ministry-unlisted').certificate;
    expect(signers).toHaveLength(pki.documentSigners.length - 1);
    expect(signers.some(({ certificate }) => certificate === unlisted)).toBe(false);
    await withCopy(pki, async (copy) => {
      await reissueDocumentSigners(copy, (list) => ({ ...list, signers: list.signers.slice(1) }));
      expect(await readDocumentSigners(copy)).toMatchObject({ sequence: sequence + 1 });
    });
  });
});

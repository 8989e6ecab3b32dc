import { createHash, X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { base64url } from '#core/bytes';
import { bytesOfText, signerNamed, type Pki } from '#certs-test/pki';
import { completeOptions } from '#certs-test/pki-options';
import { BAD_KINDS, planSigners, type BadKind } from '#certs-test/signer-plan';
import { readTrustList } from '#certs-test/trust';
import { opensslVerify } from './openssl.ts';
import { testPki, withFolder } from './test-pki.ts';

/** What openssl says of each bad signer; where it has nothing to say, the trust list decides. */
const expected: Record<BadKind, RegExp | null> = {
  expired: /error 10 at 0 depth lookup: certificate has expired/,
  notYetValid: /error 9 at 0 depth lookup: certificate is not yet valid/,
  revoked: /error 23 at 0 depth lookup: certificate revoked/,
  wrongKeyUsage: /error 26 at 0 depth lookup: unsuitable certificate purpose/,
  wrongUnit: null,
  unlisted: null,
  unknownRoot: /error 20 at 1 depth lookup: unable to get local issuer certificate/,
  weakKey: /error 66 at 0 depth lookup: EE certificate key too weak/,
  sha1: /error 68 at 0 depth lookup: CA signature digest algorithm too weak/,
};

let pki: Pki;
beforeAll(async () => {
  pki = await testPki();
});

describe('signers of the test PKI', () => {
  it('gives every good signer a chain that openssl accepts, strictly and with CRLs', async () => {
    const good = pki.signers.filter(({ quality }) => quality === 'good');
    expect(good.map(({ name }) => name)).toContain('district-760');
    await withFolder(async (folder) => {
      for (const signer of good)
        expect(await opensslVerify(pki, signer, folder), signer.name).toMatchObject({ ok: true });
    });
  });

  it.each(BAD_KINDS)('gives a bad signer that is refused for its own reason: %s', async (kind) => {
    const signer = signerNamed(pki, `bad-${kind}`);
    await withFolder(async (folder) => {
      const { ok, output } = await opensslVerify(pki, signer, folder);
      const reason = expected[kind];
      expect(ok).toBe(reason === null);
      if (reason) expect(output.match(/^error \d+ at.*$/gm), output).toEqual([expect.stringMatching(reason)]);
    });
  });

  it('lists one bad signer for another unit, one for none, and the others for the unit they claim', async () => {
    const { signers } = await readTrustList(pki);
    const listed = (name: string) => {
      const sha256 = createHash('sha256')
        .update(bytesOfText(signerNamed(pki, name).certificate))
        .digest();
      return signers.filter(({ certificate }) => certificate === base64url(sha256)).map(({ unit }) => unit);
    };
    expect(listed('bad-wrongUnit')).toEqual(['761']);
    expect(listed('bad-unlisted')).toEqual([]);
    for (const kind of BAD_KINDS.filter((other) => other !== 'wrongUnit' && other !== 'unlisted'))
      expect(listed(`bad-${kind}`), kind).toEqual(['760']);
  });

  it('has both listed families, both kinds of key, and facilities of both families', () => {
    const good = pki.signers.filter(({ quality }) => quality === 'good');
    const seen = (family: string) => new Set(good.filter((s) => s.family === family).map((s) => s.algorithm));
    expect(seen('government')).toEqual(new Set(['RSA-2048', 'P-256']));
    expect(seen('national')).toEqual(new Set(['RSA-2048', 'P-256']));
    expect(good.filter((s) => s.kind === 'facility').map((s) => s.family)).toEqual(
      expect.arrayContaining(['government', 'national']),
    );
  });

  it('plans a signer for each of the 22 district centres', () => {
    const centres = planSigners(completeOptions({ bad: false, facilities: [] }));
    expect(centres).toHaveLength(22);
    expect(centres.find(({ unit }) => unit === '769')?.unitName).toBe('Trung tâm Y tế Thành phố Thủ Đức');
  });

  it('numbers every certificate with 16 random octets, positive', () => {
    const serials = pki.signers.map(
      ({ certificate }) => new X509Certificate(bytesOfText(certificate)).serialNumber,
    );
    expect(new Set(serials).size).toBe(serials.length);
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/);
  });
});

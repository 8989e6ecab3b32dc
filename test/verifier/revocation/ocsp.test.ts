import { describe, expect, test } from 'vitest';
import { nodeCrypto } from '#verifier/crypto-node';
import { readCertificate } from '#verifier/der/certificate';
import { readOcspResponse } from '#verifier/der/ocsp';
import { RFC_5280, signerPolicy } from '#verifier/path/path-policy';
import { judgeOcsp } from '#verifier/revocation/judge-ocsp';
import { askPath, NOW } from '../support/ask-path.ts';
import { octets } from '../support/der-write.ts';
import { noCheck, ocspAnswer, ocspSigning, type OcspOptions } from '../support/ocsp.ts';
import { newKey } from '../support/keys.ts';
import { fromHex } from '../support/der-write.ts';
import { issue, issueCrl, type CertificateOptions, type Extension, type Holder } from '../support/x509.ts';

const root = issue({ name: 'root', ca: true });
const twin = issue({ name: 'root', ca: true });
const leaf = issue({ name: 'leaf', issuer: root });
const about = { of: leaf, issuer: root };

function responder(changes: Partial<CertificateOptions> = {}): Holder {
  return issue({ name: 'responder', issuer: root, extensions: [ocspSigning, noCheck], ...changes });
}

async function state(options: Partial<OcspOptions>, more: { nonce?: Uint8Array; at?: string } = {}) {
  const der = ocspAnswer({ singles: [about], responder: root, ...options });
  return judgeOcsp(readOcspResponse(der), {
    certificate: readCertificate(leaf.certificate),
    issuer: readCertificate(root.certificate),
    at: more.at ?? NOW,
    until: null,
    policy: RFC_5280,
    crypto: nodeCrypto,
    ...(more.nonce ? { nonce: more.nonce } : {}),
    isAgeing: true,
    isUnrevoked: () => Promise.resolve(false),
  });
}

const status = async (...given: Parameters<typeof state>) => (await state(...given)).status;

describe('an OCSP answer', () => {
  test('counts where the issuer signed it, by name or by key', async () => {
    expect(await status({})).toBe('good');
    expect(await status({ byKey: true })).toBe('good');
  });

  test('names the delegated responder that it was accepted from, whoever else has its key', async () => {
    const old = responder({ to: '2025-12-30T00:00:00Z' });
    const renewed = responder({ key: old.key });
    const given = await state({ responder: old, certificates: [old, renewed] });
    expect(given).toMatchObject({ status: 'good', delegate: { der: renewed.certificate } });
    expect(await state({ certificates: [old] })).toEqual({ status: 'good', delegate: null });
  });

  test('says revoked, and since when', async () => {
    const revoked = { ...about, status: { revokedAt: '2025-06-01T00:00:00Z', reason: 1 } };
    expect(await state({ singles: [revoked] })).toEqual({
      status: 'revoked',
      at: '2025-06-01T00:00:00Z',
      isHarmless: false,
      delegate: null,
    });
    // whichever of two answers about one certificate is the worse
    expect(await status({ singles: [about, revoked] })).toBe('revoked');
  });

  test.each<[string, Partial<OcspOptions>]>([
    ['about another serial number', { singles: [{ ...about, of: issue({ name: 'leaf', issuer: root }) }] }],
    ['about the same serial number of another key of that name', { singles: [{ ...about, issuer: twin }] }],
    ['of a responder that does not know', { singles: [{ ...about, status: 'unknown' }] }],
    ['half of which is unknown', { singles: [about, { ...about, status: 'unknown' }] }],
    ['signed with another key', { signedBy: newKey('p256') }],
    ['of the other authority of that name', { responder: twin }],
    ['that is not yet in force', { singles: [{ ...about, from: '2026-01-01T00:00:01Z' }] }],
    ['that ends now', { singles: [{ ...about, to: NOW }] }],
    ['without an end', { singles: [{ ...about, to: null }] }],
    ['with a critical extension', { extensions: [['1.2.3.4', true, octets(fromHex('00'))]] }],
    [
      'with a critical extension in the answer',
      { singles: [{ ...about, extensions: [['1.2.3.4', true, octets(fromHex('00'))]] }] },
    ],
    ['without any answer', { singles: [] }],
  ])('%s says nothing', async (_name, options) => {
    expect(await status(options)).toBe('unknown');
  });

  test('with a critical extension about another certificate counts', async () => {
    const other: Extension = ['1.2.3.4', true, octets(fromHex('00'))];
    const unrelated = { of: issue({ name: 'other', issuer: root }), issuer: root, extensions: [other] };
    expect(await status({ singles: [about, unrelated] })).toBe('good');
  });

  test('must bear the nonce that was sent, where it bears one', async () => {
    const nonce = fromHex('00112233445566778899aabbccddeeff');
    const given = (value: Uint8Array): Partial<OcspOptions> => ({
      extensions: [['1.3.6.1.5.5.7.48.1.2', false, octets(value)]],
    });
    expect(await status(given(nonce), { nonce })).toBe('good');
    expect(await status(given(nonce))).toBe('good');
    expect(await status({}, { nonce })).toBe('good');
    expect(await status(given(nonce.slice(1)), { nonce })).toBe('unknown');
    expect(await status(given(nonce), { nonce: fromHex('0410') })).toBe('unknown');
  });
});

describe('a delegated responder', () => {
  const by = (one: Holder): Partial<OcspOptions> => ({ responder: one, certificates: [one] });

  test('counts', async () => {
    expect(await status(by(responder()))).toBe('good');
    expect(await status({ ...by(responder()), byKey: true })).toBe('good');
  });

  test.each<[string, Partial<CertificateOptions>]>([
    ['was not certified for it', { extensions: [noCheck] }],
    [
      'was certified for any purpose only',
      { extensions: [['2.5.29.37', false, fromHex('30060604551d2500')], noCheck] },
    ],
    ['another authority of the issuer’s name certified', { issuer: twin }],
    ['certified itself under the issuer’s name', { subject: root.name, issuer: twin }],
    ['has ended', { to: '2025-12-31T23:59:59Z' }],
    ['has not begun', { from: '2026-01-01T00:00:01Z' }],
    ['may not sign', { keyUsage: fromHex('03020106') }],
    [
      'bears a critical extension',
      { extensions: [ocspSigning, noCheck, ['1.2.3.4', true, fromHex('0500')]] },
    ],
    ['may be revoked, and nobody says that it is not', { extensions: [ocspSigning] }],
    [
      'has extended key usage that cannot be read',
      { extensions: [['2.5.29.37', false, fromHex('3000')], noCheck] },
    ],
  ])('that %s says nothing', async (_name, changes) => {
    expect(await status(by(responder(changes)))).toBe('unknown');
  });

  test('whose certificate is not in the answer says nothing', async () => {
    expect(await status({ responder: responder() })).toBe('unknown');
  });

  test('that an intermediate below the issuer certified says nothing', async () => {
    const below = issue({ name: 'below', ca: true, issuer: root });
    expect(await status(by(responder({ issuer: below })))).toBe('unknown');
  });

  test('with a key that the signers’ policy does not accept says nothing', async () => {
    const weak = responder({ keyKind: 'rsa-1024' });
    const der = ocspAnswer({ singles: [about], responder: weak, certificates: [weak] });
    const asked = {
      certificate: readCertificate(leaf.certificate),
      issuer: readCertificate(root.certificate),
      at: NOW,
      until: null,
      crypto: nodeCrypto,
      isAgeing: true,
      isUnrevoked: () => Promise.resolve(false),
    };
    const policy = signerPolicy({ signatures: ['RSA-PKCS1-SHA256', 'ECDSA-P256-SHA256'], minRsaBits: 2048 });
    expect((await judgeOcsp(readOcspResponse(der), { ...asked, policy: RFC_5280 })).status).toBe('good');
    expect((await judgeOcsp(readOcspResponse(der), { ...asked, policy })).status).toBe('unknown');
  });

  test('that asks to be looked up cannot vouch for itself, nor two for each other', async () => {
    const one = responder({ extensions: [ocspSigning] });
    const two = responder({ extensions: [ocspSigning] });
    const vouch = (signer: Holder, of: readonly Holder[]) =>
      ocspAnswer({
        singles: [about, ...of.map((each) => ({ of: each, issuer: root }))],
        responder: signer,
        certificates: [signer],
      });
    for (const ocsp of [[vouch(one, [one])], [vouch(one, [two]), vouch(two, [one])]]) {
      const answer = await askPath({ end: leaf, roots: [root], ocsp });
      expect(answer).toMatchObject({ verdict: 'undetermined', reasons: ['REVOCATION_UNKNOWN'] });
    }
  });

  test('that asks to be looked up counts with a CRL of its issuer', async () => {
    const one = responder({ extensions: [ocspSigning] });
    const ocsp = [ocspAnswer({ singles: [about], responder: one, certificates: [one] })];
    const crl = (revoked: readonly Holder[]) =>
      issueCrl({
        issuer: root,
        from: '2025-12-31T00:00:00Z',
        revoked: revoked.map(({ serial }) => ({ serial, at: '2025-06-01T00:00:00Z' })),
        // of CRLs that say nothing about the leaf itself: it is no authority, and neither is the responder
      });
    const clean = await askPath({ end: leaf, roots: [root], ocsp, crls: [crl([])] });
    expect(clean).toMatchObject({ verdict: 'valid' });
    const revoked = await askPath({ end: leaf, roots: [root], ocsp, crls: [crl([leaf])] });
    expect(revoked.reasons).toEqual(['SIGNER_REVOKED']);
  });
});

describe('answers together', () => {
  test('one that says revoked wins over all that say good', async () => {
    const good = ocspAnswer({ singles: [about], responder: root });
    const bad = ocspAnswer({
      singles: [{ ...about, status: { revokedAt: '2025-06-01T00:00:00Z' } }],
      responder: root,
    });
    for (const ocsp of [
      [good, bad],
      [bad, good],
    ])
      expect((await askPath({ end: leaf, roots: [root], ocsp })).reasons).toEqual(['SIGNER_REVOKED']);
  });

  test('a useless one changes nothing', async () => {
    const good = ocspAnswer({ singles: [about], responder: root });
    const forged = ocspAnswer({
      singles: [{ ...about, status: { revokedAt: '2025-06-01T00:00:00Z' } }],
      responder: root,
      signedBy: newKey('p256'),
    });
    const later = fromHex('30030a0103');
    expect((await askPath({ end: leaf, roots: [root], ocsp: [forged, later, good] })).verdict).toBe('valid');
  });
});

import { describe, expect, test } from 'vitest';
import type { RefusalCode } from '#core/refusal';
import { base64, fromBase64, utf8 } from '#core/bytes';
import { AttestationCache } from '#verifier/attestation-cache';
import { nodeCrypto } from '#verifier/crypto-node';
import { readCrl } from '#verifier/der/crl';
import { readOcspResponse } from '#verifier/der/ocsp';
import { prepareTrust } from '#verifier/trust/trust';
import { verifySignature } from '#verifier/verify-signature';
import { noCheck, ocspSigning } from './support/ocsp.ts';
import {
  ecEvidence,
  ecFamily,
  ecItem,
  ecSigner,
  options,
  rsaFamily,
  trust,
} from './support/standard-world.ts';
import {
  cmsOf,
  ocspAbout,
  responder,
  rootCrl,
  stampTrust,
  stampedEvidence,
  withCrls,
  withOcsp,
  crlsFrom,
  AFTER_STAMP,
  authority,
} from './support/stamps.ts';
import { AT, judge } from './support/world.ts';
import { issue, issueCrl, type Holder } from './support/x509.ts';

const asked = () => options({ status: null, offline: true });
const base = () => withCrls(ecEvidence(), [rootCrl]);
const PERIOD = { from: '2022-04-30T08:00:00Z', to: '2022-05-01T00:00:00Z' };

async function reasonsOf(...responses: Uint8Array[]): Promise<readonly [string, readonly RefusalCode[]]> {
  const { verdict, reasons } = await judge(withOcsp(base(), ...responses), await asked());
  return [verdict, reasons.filter((code) => code !== 'STATUS_UNKNOWN')];
}

describe('an OCSP answer in evidence stands for a CRL', () => {
  test('of the issuer, and of one that it certified for this', async () => {
    expect(await reasonsOf()).toEqual(['undetermined', ['REVOCATION_UNKNOWN']]);
    expect(await reasonsOf(ocspAbout())).toEqual(['valid', []]);
    const delegated = ocspAbout({}, { responder, certificates: [responder] });
    expect(await reasonsOf(delegated)).toEqual(['valid', []]);
    expect(await reasonsOf(ocspAbout({}, { responder, byKey: true, certificates: [responder] }))).toEqual([
      'valid',
      [],
    ]);
  });

  test('revoked before the claimed time, and since', async () => {
    const revoked = (revokedAt: string) => ocspAbout({ status: { revokedAt } });
    expect(await reasonsOf(revoked('2022-04-29T08:00:00Z'))).toEqual(['invalid', ['SIGNER_REVOKED']]);
    expect(await reasonsOf(revoked('2022-04-29T10:00:00Z'))).toEqual(['undetermined', ['REVOKED_NO_POE']]);
  });

  test('one that ran out belongs to the evidence and proves nothing', async () => {
    const stale = ocspAbout({ from: '2022-04-28T00:00:00Z', to: '2022-04-29T00:00:00Z' });
    expect(await reasonsOf(stale)).toEqual(['undetermined', ['REVOCATION_UNKNOWN']]);
  });

  const unfit = issue({ name: 'OCSP', issuer: ecFamily.ca, extensions: [noCheck] });
  const foreign = issue({ name: 'OCSP', issuer: rsaFamily.ca, extensions: [ocspSigning, noCheck] });
  test.each([
    ['that does not know the certificate', ocspAbout({ status: 'unknown' })],
    ['by a stranger', ocspAbout({}, { signedBy: foreign.key })],
    ['by a responder of another CA', ocspAbout({}, { responder: foreign, certificates: [foreign] })],
    ['by a responder without the usage', ocspAbout({}, { responder: unfit, certificates: [unfit] })],
    ['about another certificate', ocspAbout({ of: responder })],
    ['by a responder whose certificate is not inside', ocspAbout({}, { responder })],
    ['that holds no answer', Uint8Array.of(0x30, 3, 0x0a, 1, 3)],
  ])('one %s is of no use', async (_name, response) => {
    expect(await reasonsOf(response)).toEqual([
      'invalid',
      ['EVIDENCE_UNUSED_MATERIAL', 'REVOCATION_UNKNOWN'],
    ]);
  });

  test('one that cannot be read', async () => {
    const [verdict, reasons] = await reasonsOf(Uint8Array.of(0x30, 0));
    expect([verdict, reasons]).toEqual(['invalid', expect.arrayContaining(['OCSP_MALFORMED'])]);
  });

  test('beside the CRL both are used; for nobody on the path neither', async () => {
    const both = withOcsp(ecEvidence(), ocspAbout());
    expect((await judge(both, await asked())).verdict).toBe('valid');
    const stray = withOcsp(ecEvidence(), ocspAbout(), ocspAbout({ of: responder }));
    expect((await judge(stray, await asked())).reasons).toContain('EVIDENCE_UNUSED_MATERIAL');
  });
});

describe('an answer whose responder’s certificate has ended since', () => {
  const ended = issue({
    name: 'OCSP',
    issuer: ecFamily.ca,
    to: '2022-05-10T00:00:00Z',
    extensions: [ocspSigning, noCheck],
  });
  const evidence = withOcsp(base(), ocspAbout({}, { responder: ended, certificates: [ended] }));
  const at = new Date('2022-05-12T09:00:00Z');
  const later = (changes: { crls?: Uint8Array[] } = {}) =>
    options({ status: null, offline: true, at, ...changes });
  const newer = (revoked: readonly { serial: number; at: string }[] = []) =>
    issueCrl({ issuer: ecFamily.ca, from: '2022-05-12T00:00:00Z', to: '2022-05-19T00:00:00Z', revoked });

  test('belongs to the evidence and proves nothing', async () => {
    expect((await judge(evidence, await asked())).verdict).toBe('valid');
    const { verdict, reasons } = await judge(evidence, await later());
    expect([verdict, reasons.filter((code) => code !== 'STATUS_UNKNOWN')]).toEqual([
      'undetermined',
      ['REVOCATION_UNKNOWN'],
    ]);
  });

  test('later, newer CRLs handed in answer in its place', async () => {
    expect((await judge(evidence, await later({ crls: [newer()] }))).verdict).toBe('valid');
    const revoked = newer([{ serial: ecSigner.serial, at: '2022-04-29T08:00:00Z' }]);
    expect((await judge(evidence, await later({ crls: [revoked] }))).reasons).toContain('SIGNER_REVOKED');
  });
});

describe('there is one spelling of an answer', () => {
  const good = ocspAbout({}, { responder, certificates: [responder] });

  test.each([
    [
      'a certificate beside the responder’s',
      ocspAbout({}, { responder, certificates: [responder, ecFamily.ca] }),
    ],
    ['the responder’s certificate twice', ocspAbout({}, { responder, certificates: [responder, responder] })],
    ['a certificate where the issuer signed', ocspAbout({}, { certificates: [ecFamily.ca] })],
    ['a responder’s certificate where the issuer signed', ocspAbout({}, { certificates: [responder] })],
  ])('%s is more than is used', async (_name, response) => {
    expect(await reasonsOf(response)).toEqual(['invalid', ['EVIDENCE_UNUSED_MATERIAL']]);
  });

  test('the same twice, and two in another order', async () => {
    expect((await reasonsOf(good, good))[1]).toContain('EVIDENCE_UNUSED_MATERIAL');
    const [one, other] = [ocspAbout(), ocspAbout({ from: '2022-04-29T13:00:00Z' })];
    const answers = [await reasonsOf(one, other), await reasonsOf(other, one)];
    expect(answers.map(([verdict]) => verdict).sort()).toEqual(['invalid', 'valid']);
  });
});

describe('whoever collects a signature hands answers in', () => {
  const evidence = ecEvidence();
  const judging = {
    statementBytes: utf8(evidence.attestations[0]?.statement ?? ''),
    cms: cmsOf(evidence),
    extraCertificates: [ecFamily.ca.certificate],
    crls: [readCrl(rootCrl)],
    trust: prepareTrust(trust),
    at: AT,
    crypto: nodeCrypto,
  };

  test('those that counted are given back in the form that evidence has', async () => {
    const sent = ocspAbout(PERIOD, { responder, certificates: [ecFamily.ca, responder] });
    const stray = ocspAbout({ ...PERIOD, of: responder });
    const { verdict, used } = await verifySignature({
      ...judging,
      ocsp: [stray, sent].map(readOcspResponse),
    });
    expect([verdict, used.ocsp.length]).toEqual(['valid', 1]);
    const made = {
      ...evidence,
      material: {
        certificates: used.certificates.map(base64),
        crls: used.crls.map(base64),
        ocsp: used.ocsp.map(base64),
      },
    };
    expect(fromBase64(made.material.ocsp[0] ?? '')).not.toEqual(sent);
    expect((await judge(made, await asked())).verdict).toBe('valid');
  });

  const delegated = (to?: string, key?: Holder['key']) =>
    issue({
      name: 'OCSP',
      issuer: ecFamily.ca,
      extensions: [ocspSigning, noCheck],
      ...(to === undefined ? {} : { to }),
      ...(key ? { key } : {}),
    });
  const old = delegated('2022-04-30T08:30:00Z');
  const renewed = delegated(undefined, old.key);
  test.each([
    ['lies among the certificates handed in', [renewed], [renewed]],
    ['stands behind its older one, of the same name and key', [old, renewed], []],
    ['stands behind its older one, and both are handed in', [old, renewed], [old, renewed]],
    ['was renewed after the answer was made', [renewed, old], [old]],
  ])('a responder whose certificate %s: what was used makes evidence', async (_name, inside, beside) => {
    const sent = ocspAbout(PERIOD, { responder: renewed, certificates: inside });
    const extraCertificates = [...judging.extraCertificates, ...beside.map((one) => one.certificate)];
    const { verdict, used } = await verifySignature({
      ...judging,
      extraCertificates,
      ocsp: [readOcspResponse(sent)],
    });
    expect(verdict).toBe('valid');
    const [answer = new Uint8Array()] = used.ocsp;
    expect(readOcspResponse(answer).answer?.certificates.map(({ der }) => der)).toEqual([
      renewed.certificate,
    ]);
    expect((await judge(withOcsp(base(), answer), await asked())).verdict).toBe('valid');
  });

  test('without them the state is unknown, and one handed in beside evidence counts', async () => {
    expect((await verifySignature(judging)).reasons).toEqual(['REVOCATION_UNKNOWN']);
    const ocsp = [readOcspResponse(ocspAbout(PERIOD))];
    expect((await judge(base(), { ...(await asked()), ocsp })).verdict).toBe('valid');
  });

  test('what a stamp was judged with is given back too', async () => {
    const stamped = stampedEvidence();
    const crls = crlsFrom(AFTER_STAMP);
    const of = {
      ...judging,
      trust: prepareTrust(stampTrust),
      cms: cmsOf(stamped),
      stamps: 'judged' as const,
      crls: crls.slice(1).map(readCrl),
    };
    const ocsp = [ocspAbout(), ocspAbout({ of: authority })].map(readOcspResponse);
    const { verdict, timeSource, used } = await verifySignature({ ...of, ocsp });
    expect([verdict, timeSource, used.crls.length, used.ocsp.length]).toEqual(['valid', 'timestamp', 1, 2]);
    const made = withOcsp(withCrls(stamped, used.crls), ...used.ocsp);
    const late = await options({
      trust: { ...stampTrust, nextUpdate: '2030-01-01T00:00:00Z' },
      status: null,
      offline: true,
      at: new Date('2025-01-01T00:00:00Z'),
    });
    expect((await judge(made, late)).verdict).toBe('valid');
    const swapped = withOcsp(made, ...[...used.ocsp].reverse());
    expect((await judge(swapped, late)).reasons).toContain('EVIDENCE_UNUSED_MATERIAL');
  });

  test('an answer from before the stamp says nothing', async () => {
    const stamped = withOcsp(
      stampedEvidence({}, [issueCrl({ issuer: ecFamily.root, from: AFTER_STAMP })]),
      ocspAbout({ from: '2022-04-29T08:00:00Z' }),
      ocspAbout({ of: authority }),
    );
    const { reasons } = await judge(
      stamped,
      await options({ trust: stampTrust, status: null, offline: true }),
    );
    expect(reasons).toContain('REVOCATION_UNKNOWN');
    expect(ecSigner.serial).not.toBe(authority.serial);
  });
});

test('two that differ in their answers, or in those handed in, never share a judgement', async () => {
  const revoked = ocspAbout({ status: { revokedAt: '2022-04-29T08:00:00Z' } });
  for (const one of [ecEvidence(), ecItem()]) {
    const bare = withCrls(one, [rootCrl]);
    const given = { ...(await asked()), cache: new AttestationCache() };
    const handedIn = { ...given, ocsp: [readOcspResponse(revoked)] };
    for (let round = 0; round < 2; round++) {
      expect((await judge(withOcsp(bare, ocspAbout()), given)).verdict).toBe('valid');
      expect((await judge(withOcsp(bare, revoked), given)).verdict).toBe('invalid');
      expect((await judge(bare, given)).verdict).toBe('undetermined');
      expect((await judge(withOcsp(bare, ocspAbout()), handedIn)).verdict).toBe('invalid');
    }
  }
});

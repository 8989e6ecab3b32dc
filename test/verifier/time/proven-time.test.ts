import { describe, expect, test } from 'vitest';
import { utf8 } from '#core/bytes';
import type { RefusalCode } from '#core/refusal';
import type { Evidence } from '#core/sign/evidence';
import type { TrustList } from '#core/sign/trust-list';
import { attachTimeStamp, attribute, withUnsigned } from '#certs-test/time-stamp';
import { oid, sequence } from '#certs-test/der';
import { AttestationCache } from '#verifier/attestation-cache';
import { nodeCrypto } from '#verifier/crypto-node';
import { readCrl } from '#verifier/der/crl';
import { timeStampInForm } from '#verifier/time/time-stamp-form';
import { prepareTrust } from '#verifier/trust/trust';
import type { Verdict } from '#verifier/verdict';
import { SignatureJudge, verifySignature } from '#verifier/verify-signature';
import { tlv } from '../support/der-write.ts';
import { ecEvidence, ecFamily, ecItem, ecSigner, list, rows, rsaFamily } from '../support/standard-world.ts';
import {
  AFTER_STAMP,
  authority,
  cmsOf,
  crlsFrom,
  named,
  ocspAbout,
  stamp,
  STAMPED_AT,
  stampedEvidence,
  stampTrust,
  timeStamping,
  tokenOver,
  withCms,
  withCrls,
  withOcsp,
} from '../support/stamps.ts';
import { asking, judge, makeEvidence, signerRow } from '../support/world.ts';
import { issue, issueCrl, type Extension, type Holder } from '../support/x509.ts';

const LATER = new Date('2024-06-01T00:00:00Z');

async function ask(
  evidence: Evidence,
  { at = LATER, trust = stampTrust, crls = [] as Uint8Array[] } = {},
): Promise<Verdict> {
  const fresh: TrustList = {
    ...trust,
    issuedAt: '2022-04-28T00:00:00Z',
    nextUpdate: '2030-01-01T00:00:00Z',
  };
  return judge(evidence, await asking({ trust: fresh, status: null, offline: true, at, crls }));
}

async function expectAnswer(
  answer: Promise<Verdict>,
  verdict: Verdict['verdict'],
  ...codes: readonly RefusalCode[]
): Promise<Verdict> {
  const given = await answer;
  expect([given.verdict, given.reasons.filter((code) => code !== 'STATUS_UNKNOWN')]).toEqual([
    verdict,
    codes,
  ]);
  return given;
}

const serialOf = (holder: Holder, at: string) => [{ serial: holder.serial, at }];

describe('with a time stamp the judged time is the proven one', () => {
  test('is valid years later, with CRLs that ran out long ago, and says why', async () => {
    const { attestations } = await expectAnswer(ask(stampedEvidence()), 'valid');
    expect(attestations[0]).toMatchObject({ judgedTime: STAMPED_AT, timeSource: 'timestamp' });
    const without = withCrls(ecEvidence(), crlsFrom(AFTER_STAMP));
    const answer = await expectAnswer(ask(without), 'undetermined', 'REVOCATION_UNKNOWN');
    expect(answer.attestations[0]).toMatchObject({ judgedTime: '2024-06-01T00:00:00Z', timeSource: 'now' });
  });

  test('an item signed by itself is valid too', async () => {
    await expectAnswer(ask(stampedEvidence({}, crlsFrom(AFTER_STAMP), ecItem())), 'valid');
  });

  test('an authority that is inaccurate proves the end of what it claims', async () => {
    const { attestations } = await expectAnswer(ask(stampedEvidence({ accuracySeconds: 30 })), 'valid');
    expect(attestations[0]?.judgedTime).toBe('2022-04-29T09:00:30Z');
  });

  test.each(['keyCompromise', null])('a signer revoked later stays valid (%s)', async (reason) => {
    const revoked = {
      serial: ecSigner.serial,
      at: '2022-04-29T10:00:00Z',
      ...(reason ? { extensions: [['2.5.29.21', false, Uint8Array.of(0x0a, 1, 1)] as Extension] } : {}),
    };
    const crl = issueCrl({ issuer: ecFamily.ca, from: AFTER_STAMP, revoked: [revoked] });
    const [, root = new Uint8Array()] = crlsFrom(AFTER_STAMP);
    await expectAnswer(ask(stampedEvidence({}, [crl, root])), 'valid');
    await expectAnswer(
      ask(withCrls(ecEvidence(), [crl, root])),
      'undetermined',
      'REVOKED_NO_POE',
      'REVOCATION_UNKNOWN',
    );
  });

  test('a signer revoked before is refused; where he claims an earlier time, nothing proves it', async () => {
    const early = crlsFrom(AFTER_STAMP, serialOf(ecSigner, '2022-04-29T08:00:00Z'));
    await expectAnswer(ask(stampedEvidence({}, early)), 'invalid', 'SIGNER_REVOKED');
    const between = crlsFrom(AFTER_STAMP, serialOf(ecSigner, '2022-04-29T08:40:00Z'));
    await expectAnswer(ask(stampedEvidence({}, between)), 'undetermined', 'REVOKED_NO_POE');
    const same = crlsFrom(AFTER_STAMP, serialOf(ecSigner, STAMPED_AT));
    await expectAnswer(ask(stampedEvidence({}, same)), 'undetermined', 'REVOKED_NO_POE');
  });

  test('a signer whose certificate ended since is valid with a stamp and not without', async () => {
    const signer = issue({ name: 'TTYT', issuer: ecFamily.ca, to: '2022-06-01T00:00:00Z' });
    const trust = { ...stampTrust, signers: [...rows, signerRow(signer, ecFamily.ca)] };
    const base = makeEvidence({ list, index: 1, signer, family: ecFamily });
    await expectAnswer(ask(stampedEvidence({}, crlsFrom(AFTER_STAMP), base), { trust }), 'valid');
    const fresh = withCrls(base, crlsFrom('2024-05-31T00:00:00Z', [], '2024-07-01T00:00:00Z'));
    await expectAnswer(ask(fresh, { trust }), 'undetermined', 'SIGNER_EXPIRED');
  });

  test('a signature whose certificate had ended before the stamp is not valid', async () => {
    const signer = issue({ name: 'TTYT', issuer: ecFamily.ca, to: '2022-04-29T08:30:00Z' });
    const trust = { ...stampTrust, signers: [...rows, signerRow(signer, ecFamily.ca)] };
    const base = makeEvidence({ list, index: 1, signer, family: ecFamily });
    const { reasons } = await ask(stampedEvidence({}, crlsFrom(AFTER_STAMP), base), { trust });
    expect(reasons).toContain('SIGNER_EXPIRED');
  });

  test('the trust list’s row is asked for at the proven time', async () => {
    const ended = rows.map((row) => ({ ...row, to: '2023-01-01T00:00:00Z' }));
    await expectAnswer(ask(stampedEvidence(), { trust: { ...stampTrust, signers: ended } }), 'valid');
    const before = rows.map((row) => ({ ...row, to: STAMPED_AT }));
    await expectAnswer(
      ask(stampedEvidence(), { trust: { ...stampTrust, signers: before } }),
      'invalid',
      'SIGNER_UNTRUSTED',
    );
  });
});

describe('revocation data prove the time of the stamp', () => {
  test('CRLs from before it do not, even those in force at it; one handed in does', async () => {
    const before = crlsFrom('2022-04-29T08:59:59Z');
    const evidence = stampedEvidence({}, before);
    await expectAnswer(ask(evidence), 'undetermined', 'REVOCATION_UNKNOWN');
    await expectAnswer(ask(evidence, { crls: crlsFrom(STAMPED_AT) }), 'valid');
    await expectAnswer(
      ask(evidence, { at: new Date('2022-04-29T09:10:00Z') }),
      'undetermined',
      'REVOCATION_UNKNOWN',
    );
  });

  test('CRLs from after the judged time do not', async () => {
    const asked = { at: new Date('2022-04-29T11:00:00Z') };
    await expectAnswer(ask(stampedEvidence(), asked), 'undetermined', 'REVOCATION_UNKNOWN');
  });

  const endedSigner = issue({ name: 'TTYT', issuer: ecFamily.ca, to: '2022-06-01T00:00:00Z' });
  const kept = (type: string, since: string): Extension => [
    type,
    false,
    Uint8Array.from([0x18, 15, ...Buffer.from(since)]),
  ];
  test.each([
    ['says nothing of certificates that have ended', [], 'undetermined'],
    ['keeps those that ended since a year', [kept('2.5.29.60', '20210601000000Z')], 'valid'],
    ['keeps those that ended later', [kept('2.5.29.60', '20220602000000Z')], 'undetermined'],
  ] as const)('a CRL from after the certificate’s end that %s', async (_name, extensions, verdict) => {
    const trust = { ...stampTrust, signers: [...rows, signerRow(endedSigner, ecFamily.ca)] };
    const base = makeEvidence({ list, index: 1, signer: endedSigner, family: ecFamily });
    const [from, to] = ['2022-07-01T00:00:00Z', '2022-08-01T00:00:00Z'];
    const [, root = new Uint8Array()] = crlsFrom(AFTER_STAMP);
    const crl = issueCrl({ issuer: ecFamily.ca, from, to, extensions });
    const { verdict: given } = await ask(stampedEvidence({}, [crl, root], base), { trust });
    expect(given).toBe(verdict);
    const archived = extensions.map(([, critical, since]): Extension => [
      '1.3.6.1.5.5.7.48.1.6',
      critical,
      since,
    ]);
    const answer = ocspAbout({ of: endedSigner, from, to, extensions: archived });
    const byOcsp = withOcsp(
      stampedEvidence({}, [root], base),
      ...[answer, ocspAbout({ of: authority, from, to })],
    );
    expect((await ask(byOcsp, { trust })).verdict).toBe(verdict);
  });
});

describe('a stamp that proves nothing is found', () => {
  const evidence = ecEvidence();
  const cms = cmsOf(evidence);
  const put = (changed: Uint8Array) =>
    withCrls(
      withCms(evidence, () => changed),
      crlsFrom(AFTER_STAMP),
    );
  const at = new Date('2022-04-30T09:00:00Z');

  test('there is nothing wrong with the evidence without one', async () => {
    await expectAnswer(ask(put(cms), { at }), 'valid');
  });

  const stranger = issue({ name: 'TSA khác', issuer: ecFamily.ca, extensions: [timeStamping] });
  const unfit = issue({ name: 'TSA', issuer: ecFamily.ca });
  const [, , critical] = timeStamping;
  const soft = issue({ name: 'TSA', issuer: ecFamily.ca, extensions: [['2.5.29.37', false, critical]] });
  const unrooted = issue({ name: 'TSA', ca: true });
  const strayed = issue({ name: 'TSA', issuer: unrooted, extensions: [timeStamping] });
  const ended = issue({
    name: 'TSA',
    issuer: ecFamily.ca,
    extensions: [timeStamping],
    to: '2022-04-29T08:59:59Z',
  });
  const trust = {
    ...stampTrust,
    services: [...stampTrust.services, ...[unfit, soft, strayed, ended].map((one) => named(one))],
  };

  test.each<[string, Uint8Array, RefusalCode[]]>([
    ['over other data', stamp(cms, { data: Uint8Array.of(1) }), ['TIMESTAMP_INVALID']],
    [
      'taken from another signature',
      attachTimeStamp(cms, tokenOver(cmsOf(ecEvidence()))),
      ['TIMESTAMP_INVALID'],
    ],
    [
      'by an authority that the trust list does not name',
      stamp(cms, { by: stranger }),
      ['TIMESTAMP_INVALID'],
    ],
    ['by a certificate without the usage', stamp(cms, { by: unfit }), ['TIMESTAMP_INVALID']],
    ['by one whose usage is not critical', stamp(cms, { by: soft }), ['TIMESTAMP_INVALID']],
    ['by one without a path to a root', stamp(cms, { by: strayed, chain: [] }), ['TIMESTAMP_INVALID']],
    ['by one that had ended', stamp(cms, { by: ended }), ['TIMESTAMP_INVALID']],
    ['from before the statement was made', stamp(cms, { at: '2022-04-29T08:09:59Z' }), ['TIMESTAMP_INVALID']],
    ['without the CA’s certificate inside', stamp(cms, { chain: [] }), ['TIMESTAMP_INVALID']],
    [
      'with a certificate that it does not need',
      stamp(cms, { chain: [ecFamily.ca, rsaFamily.ca] }),
      ['TIMESTAMP_MALFORMED'],
    ],
    ['with its root inside', stamp(cms, { chain: [ecFamily.ca, ecFamily.root] }), ['TIMESTAMP_MALFORMED']],
    [
      'with an unsigned attribute of its own',
      attachTimeStamp(cms, withUnsigned(tokenOver(cms), [attribute('2.999.5', oid('2.999.6'))])),
      ['TIMESTAMP_MALFORMED'],
    ],
    [
      'that cannot be read',
      withUnsigned(cms, [attribute('1.2.840.113549.1.9.16.2.14', sequence())]),
      ['TIMESTAMP_MALFORMED'],
    ],
    ['with two values', attachTimeStamp(cms, tokenOver(cms), tokenOver(cms)), ['SIGNATURE_MALFORMED']],
    [
      'with a second attribute beside it',
      withUnsigned(stamp(cms), [
        attribute('1.2.840.113549.1.9.16.2.14', sequence()),
        attribute('2.999.5', oid('2.999.6')),
      ]),
      ['SIGNATURE_MALFORMED'],
    ],
    [
      'replaced by another attribute',
      withUnsigned(cms, [attribute('2.999.5', oid('2.999.6'))]),
      ['SIGNATURE_MALFORMED'],
    ],
  ])('%s', async (_name, changed, codes) => {
    const answer = await ask(put(changed), { trust, at });
    expect(answer.reasons).toEqual(expect.arrayContaining(codes));
    expect(answer.verdict).toBe('invalid');
    expect(answer.attestations[0]?.timeSource).toBe('now');
  });

  test('from after the judged time: the question stays open', async () => {
    const future = stampedEvidence({ at: '2022-04-30T09:00:01Z' });
    const answer = await ask(future, { at });
    expect([answer.verdict, answer.reasons]).toEqual([
      'undetermined',
      expect.arrayContaining(['TIMESTAMP_INVALID']),
    ]);
  });

  test('by an authority named later, or no longer', async () => {
    for (const changes of [{ from: '2022-04-29T09:00:01Z' }, { to: STAMPED_AT }]) {
      const services = [...stampTrust.services.slice(0, -1), named(authority, changes)];
      await expectAnswer(
        ask(stampedEvidence(), { trust: { ...stampTrust, services }, at }),
        'invalid',
        'TIMESTAMP_INVALID',
      );
    }
  });

  test('by an authority that was revoked, unless for a harmless reason since', async () => {
    const revoked = crlsFrom(AFTER_STAMP, serialOf(authority, '2022-04-29T11:00:00Z'));
    const answer = await ask(stampedEvidence({}, revoked), { at });
    expect(answer.verdict).not.toBe('valid');
    expect(answer.reasons).toContain('TIMESTAMP_INVALID');
    const superseded: Extension = ['2.5.29.21', false, Uint8Array.of(0x0a, 1, 4)];
    const entry = { serial: authority.serial, at: '2022-04-29T11:00:00Z', extensions: [superseded] };
    const crl = issueCrl({ issuer: ecFamily.ca, from: AFTER_STAMP, revoked: [entry] });
    const [, root = new Uint8Array()] = crlsFrom(AFTER_STAMP);
    await expectAnswer(ask(stampedEvidence({}, [crl, root]), { at }), 'valid');
  });
});

describe('a stamp that came with the signature when it is collected', () => {
  const stamped = stampedEvidence();
  const judging = {
    statementBytes: utf8(stamped.attestations[0]?.statement ?? ''),
    extraCertificates: [ecFamily.ca.certificate],
    crls: crlsFrom(AFTER_STAMP).map(readCrl),
    trust: prepareTrust(stampTrust),
    at: new Date('2022-04-30T09:00:00Z'),
    crypto: nodeCrypto,
  };

  test('is refused with its signature, unless the caller expects stamps', async () => {
    const cms = cmsOf(stamped);
    const refused = { verdict: 'invalid', reasons: ['SIGNATURE_MALFORMED'], timeSource: 'now' };
    expect(await verifySignature({ ...judging, cms })).toMatchObject(refused);
    expect(await verifySignature({ ...judging, cms, stamps: 'refused' })).toMatchObject(refused);
    expect(await verifySignature({ ...judging, cms, stamps: 'judged' })).toMatchObject({
      verdict: 'valid',
      timeSource: 'timestamp',
    });
    expect(await verifySignature({ ...judging, cms: cmsOf(ecEvidence()) })).toMatchObject({
      verdict: 'valid',
    });
  });

  test('is refused each time, whatever was judged before', async () => {
    const judge = new SignatureJudge(judging);
    for (let round = 0; round < 2; round++)
      for (const [evidence, verdict] of [
        [stamped, 'invalid'],
        [ecEvidence(), 'valid'],
      ] as const)
        expect((await judge.judge(judging.statementBytes, cmsOf(evidence))).verdict).toBe(verdict);
  });
});

describe('an authority below a CA that signed its new key with its old one', () => {
  const keyIds: Extension = ['2.5.29.35', false, tlv(0x30, tlv(0x80, Uint8Array.of(9)))];
  const rolled = issue({
    name: 'rolled',
    subject: ecFamily.ca.name,
    issuer: ecFamily.ca,
    ca: { pathLength: 0 },
    extensions: [keyIds],
  });
  const by = issue({ name: 'TSA', issuer: rolled, extensions: [timeStamping] });
  const chain = [rolled, ecFamily.ca];

  test('gives stamps that prove their time', async () => {
    const trust = { ...stampTrust, services: [...stampTrust.services, named(by)] };
    const { attestations } = await expectAnswer(ask(stampedEvidence({ by, chain }), { trust }), 'valid');
    expect(attestations[0]?.timeSource).toBe('timestamp');
  });

  test('keeps that CA in the form, with the root handed in or not', () => {
    const token = tokenOver(cmsOf(ecEvidence()), { by, chain });
    const path = [by, ...chain].map(({ certificate }) => certificate);
    expect(timeStampInForm(token, path)).toEqual(token);
    expect(timeStampInForm(token, [...path, ecFamily.root.certificate])).toEqual(token);
    const short = tokenOver(cmsOf(ecEvidence()), { by, chain: [rolled] });
    expect(timeStampInForm(short, path.slice(0, 2))).toEqual(short);
  });
});

test('two that differ in their stamps never share an answer', async () => {
  const crls = crlsFrom(AFTER_STAMP, serialOf(ecSigner, '2022-04-29T10:00:00Z'));
  for (const base of [ecEvidence(), ecItem()]) {
    const asked = await asking({ trust: stampTrust, status: null, offline: true });
    const options = { ...asked, cache: new AttestationCache() };
    const stamped = (at: string) =>
      withCrls(
        withCms(base, (cms) => stamp(cms, { at })),
        crls,
      );
    const [early, late] = [stamped(STAMPED_AT), stamped('2022-04-29T11:00:00Z')];
    for (let round = 0; round < 2; round++) {
      expect((await judge(early, options)).verdict).toBe('valid');
      expect((await judge(late, options)).reasons).toContain('REVOKED_NO_POE');
      expect((await judge(withCrls(base, crls), options)).reasons).toContain('REVOKED_NO_POE');
    }
  }
});

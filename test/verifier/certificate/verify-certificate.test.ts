import { describe, expect, test } from 'vitest';
import { base64url } from '#core/bytes';
import { trustedSigners } from '#verifier/certificate/document-signers';
import { nodeCrypto } from '#verifier/crypto-node';
import { stateOf } from '#verifier/states';
import {
  identifier,
  ISSUED_AT,
  makeCose,
  makeText,
  newSigner,
  purposes,
  usualClaims,
  VACCINATION,
  withHcert,
} from './support/make.ts';
import { ec, judge, kidText, rsa } from './support/judge.ts';

const ALL = {
  prefix: true,
  base45: true,
  zlib: true,
  cose: true,
  signature: true,
  cbor: true,
  schema: true,
  keyUsage: true,
  expiry: true,
};

describe('a certificate that holds', () => {
  test.each([
    ['ES256', ec],
    ['PS256', rsa],
  ])('is valid in every step: %s', async (_name, signer) => {
    const verdict = await judge(makeText({ signer }));
    expect(verdict).toMatchObject({
      verdict: 'valid',
      reasons: [],
      steps: ALL,
      kid: kidText(signer),
      issuer: 'VN',
      issuedAt: '2022-04-20T00:00:00Z',
      expiresAt: '2023-04-20T00:00:00Z',
      group: 'v',
    });
    expect(verdict.signer).toContain('DSC Bộ Y tế');
    expect(verdict.payload).toMatchObject({
      ver: '1.3.0',
      nam: { fn: 'Nguyễn', fnt: 'NGUYEN', gn: 'Văn An', gnt: 'VAN<AN' },
      dob: '1980-01-02',
      v: [{ mp: 'EU/1/20/1528', dn: 1, sd: 2, ci: identifier(1) }],
    });
    expect(stateOf(verdict)).toBe('valid');
  });

  test('is judged as COSE alone, where the steps of the text are not reached', async () => {
    const { verdict, steps } = await judge(makeCose({ signer: ec }));
    expect(verdict).toBe('valid');
    expect(steps).toEqual({ ...ALL, prefix: null, base45: null, zlib: null });
  });

  test.each([
    ['without tags', (cose: Uint8Array) => cose.subarray(1)],
    ['as a CWT, 61(18(…))', (cose: Uint8Array) => Uint8Array.of(0xd8, 0x3d, ...cose)],
  ])('is valid %s', async (_name, changed) => {
    expect((await judge(changed(makeCose({ signer: ec })))).verdict).toBe('valid');
  });

  test.each([
    ['of the arc in use', purposes(VACCINATION)],
    ['of the older arc', purposes('1.3.6.1.4.1.0.1847.2021.1.2')],
    ['of all groups', purposes('1.3.6.1.4.1.1847.2021.1.1', VACCINATION, '1.3.6.1.4.1.1847.2021.1.3')],
    ['none that are of certificates', purposes('1.3.6.1.5.5.7.3.9')],
    ['an empty list', purposes()],
    ['no extension', []],
  ])('is valid by a signer with purposes: %s', async (_name, extensions) => {
    const signer = newSigner('p256', { extensions });
    const { verdict, steps } = await judge(makeText({ signer }), { signers: [signer] });
    expect([verdict, steps.keyUsage]).toEqual(['valid', true]);
  });
});

describe('a certificate of another group', () => {
  const other = { tg: '840539006', co: 'VN', is: 'Bộ Y tế', ci: identifier(1) };
  const test_ = new Map(
    Object.entries({ ...other, tt: 'LP6464-4', sc: '2022-04-19T01:02:03Z', tr: '260415000' }),
  );
  const recovery = new Map(
    Object.entries({ ...other, fr: '2022-01-01', df: '2022-01-12', du: '2022-07-01' }),
  );
  const [tests, recoveries] = ['1.3.6.1.4.1.1847.2021.1.1', '1.3.6.1.4.1.1847.2021.1.3'].map((purpose) =>
    newSigner('p256', { extensions: purposes(purpose) }),
  );

  test.each([
    ['test', { v: undefined, t: [test_] }, tests, 't'],
    ['recovery', { v: undefined, r: [recovery] }, recoveries, 'r'],
  ])('is valid by its own signer alone: %s', async (_name, members, signer = ec, group) => {
    const claims = withHcert(members);
    expect(await judge(makeText({ signer, claims }), { signers: [signer] })).toMatchObject({
      verdict: 'valid',
      group,
    });
    const wrong = await judge(makeText({ signer: ec, claims }));
    expect(wrong).toMatchObject({ verdict: 'invalid', reasons: ['DOCUMENT_SIGNER_USAGE'] });
    expect(wrong.steps.keyUsage).toBe(false);
  });

  test('a vaccination is refused of a signer of tests', async () => {
    const signer = tests ?? ec;
    expect((await judge(makeText({ signer }), { signers: [signer] })).reasons).toEqual([
      'DOCUMENT_SIGNER_USAGE',
    ]);
  });
});

describe('time', () => {
  test.each([
    ['at the second of issue', '2022-04-20T00:00:00Z', 'valid', []],
    ['a second before', '2022-04-19T23:59:59Z', 'invalid', ['HC1_NOT_YET_VALID']],
    ['at the last second', '2023-04-20T00:00:00Z', 'valid', []],
    ['a second later', '2023-04-20T00:00:01Z', 'invalid', ['HC1_EXPIRED']],
  ] as const)('%s', async (_name, at, verdict, reasons) => {
    const found = await judge(makeText({ signer: ec }), {
      at: new Date(at),
      offline: true,
      revocations: null,
    });
    expect(found.verdict).toBe(verdict);
    expect(found.reasons.filter((code) => code !== 'REVOCATIONS_UNKNOWN')).toEqual(reasons);
    expect(found.steps.expiry).toBe(verdict === 'valid');
  });

  test('an expired one is called expired, and still says what it said', async () => {
    const verdict = await judge(makeText({ signer: ec }), { at: new Date('2023-05-01T00:00:00Z') });
    expect(stateOf(verdict)).toBe('expired');
    expect(verdict.payload).toBeDefined();
  });

  test.each([
    ['begins before its signer', '2022-04-21T00:00:00Z', '2024-01-01T00:00:00Z'],
    ['ends after its signer', '2022-01-01T00:00:00Z', '2023-04-19T00:00:00Z'],
  ])('one that %s is refused', async (_name, from, to) => {
    const signer = newSigner('p256', { from, to });
    const { reasons, steps } = await judge(makeText({ signer }), { signers: [signer] });
    expect(reasons).toEqual(['HC1_OUTSIDE_SIGNER_DATES']);
    expect(steps.expiry).toBe(false);
  });

  test('an expiry that is a duration ended long ago', async () => {
    const claims = usualClaims().set(4, 31_536_000);
    expect((await judge(makeText({ signer: ec, claims }))).reasons).toEqual(['HC1_EXPIRED']);
  });

  test.each([
    ['milliseconds', ISSUED_AT * 1000],
    ['before the year 0', -8e10],
    ['beyond every calendar', 1e15],
  ])('an expiry that is no time breaks the schema: %s', async (_name, exp) => {
    expect(await judge(makeText({ signer: ec, claims: usualClaims().set(4, exp) }))).toMatchObject({
      reasons: ['CLAIMS_MALFORMED'],
      steps: { schema: false, expiry: null },
    });
  });
});

describe('signers', () => {
  test('one that is not known makes it untrusted, and nothing of it is told', async () => {
    const verdict = await judge(makeText({ signer: newSigner('p256') }));
    expect(verdict).toMatchObject({ verdict: 'invalid', reasons: ['DOCUMENT_SIGNER_UNKNOWN'] });
    expect(verdict.steps).toMatchObject({ cose: true, signature: false, cbor: null, schema: null });
    expect(verdict.payload).toBeUndefined();
    expect(stateOf(verdict)).toBe('untrusted');
  });

  test('of two with the same kid, the one whose key made the signature is found', async () => {
    const other = newSigner('p256');
    const certificates = [ec, other, rsa].map(({ certificate }) => certificate);
    const reading = trustedSigners(certificates, nodeCrypto);
    const all = [...(reading.byKid?.values() ?? [])].flat();
    const kid = new Uint8Array(8).fill(7);
    const documentSigners = { ...reading, byKid: new Map([[base64url(kid), all]]) };
    for (const signer of [ec, other, rsa]) {
      const verdict = await judge(makeText({ signer, kid }), { documentSigners });
      expect(verdict.verdict).toBe('valid');
      expect(all.find(({ sha256 }) => sha256 === verdict.signerSha256)?.certificate.der).toEqual(
        signer.certificate,
      );
    }
    expect((await judge(makeText({ signer: newSigner('p256'), kid }), { documentSigners })).reasons).toEqual([
      'HC1_SIGNATURE_INVALID',
    ]);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isRefusal } from '#core/refusal';
import { nodeCrypto } from '#verifier/crypto-node';
import { readCertificate, type Certificate } from '#verifier/der/certificate';
import { readCrl } from '#verifier/der/crl';
import { crlNumbersOf } from '#verifier/der/crl-numbers';
import { distributionPointsOf, issuingDistributionPointOf } from '#verifier/der/distribution-points';
import type { Extensions } from '#verifier/der/extensions';
import { keyPurposesOf } from '#verifier/der/key-purposes';
import { authorityKeyId, subjectKeyId } from '#verifier/der/key-identifiers';
import { nameConstraintsOf, subjectAltNamesOf } from '#verifier/der/name-constraints';
import { readOcspResponse } from '#verifier/der/ocsp';
import {
  inhibitAnyPolicyOf,
  policiesOf,
  policyConstraintsOf,
  policyMappingsOf,
} from '#verifier/der/policies';
import { readSignedData } from '#verifier/der/signed-data';
import { readTimeStamp } from '#verifier/der/time-stamp';
import { RFC_5280 } from '#verifier/path/path-policy';
import { judgeOcsp } from '#verifier/revocation/judge-ocsp';
import { askPath, NOW } from '../support/ask-path.ts';
import { fromHex, sequence, tlv } from '../support/der-write.ts';
import { noCheck, ocspAnswer, ocspSigning } from '../support/ocsp.ts';
import { issue, issueCrl } from '../support/x509.ts';

const root = issue({ name: 'root', ca: true });
const leaf = issue({ name: 'leaf', issuer: root });
const responder = issue({ name: 'responder', issuer: root, extensions: [ocspSigning, noCheck] });
const crl = issueCrl({
  issuer: root,
  from: '2025-12-31T00:00:00Z',
  revoked: [{ serial: 5, at: '2025-06-01T00:00:00Z', extensions: [['2.5.29.21', false, fromHex('0a0101')]] }],
});
const ocsp = ocspAnswer({ singles: [{ of: leaf, issuer: root }], responder, certificates: [responder] });

const readers: readonly (readonly [string, (der: Uint8Array) => unknown])[] = [
  ['certificate', readCertificate],
  ['CRL', readCrl],
  ['OCSP response', readOcspResponse],
  ['CMS', readSignedData],
  ['time stamp', readTimeStamp],
];

const withValue = (value: Uint8Array): Certificate => {
  const types = [14, 15, 17, 19, 20, 27, 28, 29, 30, 31, 32, 33, 35, 36, 37, 54];
  const extensions: Extensions = new Map(types.map((type) => [`2.5.29.${type}`, { critical: true, value }]));
  return { ...readCertificate(leaf.certificate), extensions };
};

const values: readonly (readonly [string, (value: Uint8Array) => unknown])[] = [
  ['key purposes', (value) => keyPurposesOf(withValue(value))],
  ['alternative names', (value) => subjectAltNamesOf(withValue(value))],
  ['name constraints', (value) => nameConstraintsOf(withValue(value))],
  ['distribution points', (value) => distributionPointsOf(withValue(value))],
  ['issuing distribution point', (value) => issuingDistributionPointOf(withValue(value).extensions)],
  ['policies', (value) => policiesOf(withValue(value))],
  ['policy mappings', (value) => policyMappingsOf(withValue(value))],
  ['policy constraints', (value) => policyConstraintsOf(withValue(value))],
  ['inhibit any policy', (value) => inhibitAnyPolicyOf(withValue(value))],
  ['CRL numbers', (value) => crlNumbersOf({ ...readCrl(crl), extensions: withValue(value).extensions })],
  ['key identifiers', (value) => [authorityKeyId(withValue(value)), subjectKeyId(withValue(value))]],
];

/** Anything that is almost DER: right lengths, any tags, nested. */
const almostDer: fc.Arbitrary<Uint8Array> = fc.letrec<{ node: Uint8Array }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    fc
      .tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 12 }))
      .map(([tag, body]) => tlv(tag, body)),
    fc
      .tuple(fc.constantFrom(0x30, 0x31, 0xa0, 0xa1, 0xa2, 0xa4), fc.array(tie('node'), { maxLength: 4 }))
      .map(([tag, parts]) => tlv(tag, ...parts)),
  ),
})).node;

function refuses(read: (der: Uint8Array) => unknown, der: Uint8Array): void {
  try {
    read(der);
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
}

describe.each([...readers, ...values])('the reader of a %s', (_name, read) => {
  test('throws nothing but refusals, whatever it is given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), almostDer), (der) => {
        refuses(read, der);
      }),
      { numRuns: 2000, seed: 7 },
    );
  });
});

describe('nesting', () => {
  test.each(readers)('without end is refused by the reader of a %s', (_name, read) => {
    let der = sequence();
    for (let i = 0; i < 2000; i++) der = sequence(der);
    expect(() => read(der)).toThrow();
    refuses(read, der);
  });
});

/** Each octet changed in one bit, and every beginning of it. */
function* mutants(der: Uint8Array): Generator<Uint8Array> {
  for (let i = 0; i < der.length; i++) {
    yield der.subarray(0, i);
    yield Uint8Array.from(der, (octet, at) => (at === i ? octet ^ (1 << (i % 8)) : octet));
  }
}

describe('every octet counts', () => {
  // the certificate's last octets are its signature, which has a mirror image only as a whole: no single bit of it may change
  test('in a certificate', async () => {
    for (const certificate of mutants(leaf.certificate)) {
      const verdict = await verdictOf(() => askPath({ end: { ...leaf, certificate }, roots: [root] }));
      expect(verdict).not.toBe('valid');
    }
  });

  test('in a CRL', async () => {
    for (const mutant of mutants(crl)) {
      const verdict = await verdictOf(() => askPath({ end: leaf, roots: [root], crls: [mutant] }));
      expect(verdict).not.toBe('valid');
    }
  });

  test('in an OCSP answer, but for its copy of the responder’s certificate, which may not be accepted changed', async () => {
    const question = {
      certificate: readCertificate(leaf.certificate),
      issuer: readCertificate(root.certificate),
      at: NOW,
      until: null,
      policy: RFC_5280,
      crypto: nodeCrypto,
      isAgeing: true,
      isUnrevoked: () => Promise.resolve(false),
    };
    for (const mutant of mutants(ocsp)) {
      const status = await verdictOf(async () => ({
        verdict: (await judgeOcsp(readOcspResponse(mutant), question)).status,
      }));
      expect(status).not.toBe('good');
    }
  });
});

async function verdictOf(ask: () => Promise<{ readonly verdict: string }>): Promise<string> {
  try {
    return (await ask()).verdict;
  } catch (error) {
    if (isRefusal(error)) return 'refused';
    throw error;
  }
}

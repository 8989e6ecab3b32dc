import { execFileSync } from 'node:child_process';
import { createHash, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { concat, utf8 } from '#core/bytes';
import type { RefusalCode } from '#core/refusal';
import { statementBytes } from '#core/sign/statement';
import { nodeCrypto } from '#verifier/crypto-node';
import { readCrl } from '#verifier/der/crl';
import { prepareTrust } from '#verifier/trust/trust';
import { demandOwnSignature, verifySignature } from '#verifier/verify-signature';
import { attribute, MIME, signCms, usualAttributes, type CmsOptions } from './support/cms.ts';
import {
  bits,
  boolean,
  explicit,
  integer,
  nothing,
  octets,
  oid,
  sequence,
  set,
  text,
  time,
  tlv,
  unsortedSet,
} from './support/der-write.ts';
import { newKey, pssId, sha1Id, sha256Id, sha384Id } from './support/keys.ts';
import { list } from './support/standard-world.ts';
import { AT, makeFamily, SIGNED_AT, signerRow, trustList } from './support/world.ts';
import { issue, issueCrl, nameOf } from './support/x509.ts';

const statement = statementBytes(list.statement);
const rsa = makeFamily('cms rsa', 'rsa');
const ec = makeFamily('cms ec', 'p256');
const p384 = makeFamily('cms p384', 'p384');
const rsaSigner = issue({ name: 'rsa signer', keyKind: 'rsa', issuer: rsa.ca });
const ecSigner = issue({ name: 'ec signer', keyKind: 'p256', issuer: ec.ca });
const p384Signer = issue({ name: 'p384 signer', keyKind: 'p384', issuer: p384.ca });
const families = [rsa, ec, p384];
const listed = prepareTrust(
  trustList(families, [
    signerRow(rsaSigner, rsa.ca),
    signerRow(ecSigner, ec.ca),
    signerRow(p384Signer, p384.ca),
  ]),
);
const crls = families.flatMap(({ caCrl, rootCrl }) => [readCrl(caCrl), readCrl(rootCrl)]);
const extraCertificates = families.map(({ ca }) => ca.certificate);

function ask(cms: Uint8Array, statementBytes: Uint8Array = statement) {
  return verifySignature({
    statementBytes,
    cms,
    extraCertificates,
    crls,
    trust: listed,
    at: AT,
    crypto: nodeCrypto,
  });
}

async function expectRefused(changes: Partial<CmsOptions>, code: RefusalCode, signer = ecSigner) {
  const answer = await ask(signCms({ statement, signer, ...changes }));
  expect({ verdict: answer.verdict, first: answer.reasons[0] }).toEqual({ verdict: 'invalid', first: code });
}

const good: Record<string, CmsOptions> = {
  'RSA PKCS#1 v1.5': { statement, signer: rsaSigner, others: [rsa.ca.certificate] },
  'RSA-PSS': { statement, signer: rsaSigner, others: [rsa.ca.certificate], signature: 'pss' },
  'ECDSA P-256': { statement, signer: ecSigner, others: [ec.ca.certificate] },
  'ECDSA P-384': { statement, signer: p384Signer, others: [p384.ca.certificate] },
};

describe('good signatures', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kyso-cms-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test.each(Object.entries(good))('%s: valid, and openssl agrees', async (_name, options) => {
    const cms = signCms({ signedAt: SIGNED_AT, ...options });
    const answer = await ask(cms);
    expect(answer.details).toEqual([]);
    expect(answer.used.crls.length).toBe(2);
    expect(answer.used.certificates).toEqual([]);
    const pem = (der: Uint8Array) =>
      `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
    const at = (name: string) => join(folder, name);
    writeFileSync(at('batch.p7s'), cms);
    writeFileSync(at('statement.json'), statement);
    writeFileSync(at('roots.pem'), families.map(({ root }) => pem(root.certificate)).join(''));
    const out = execFileSync(
      'openssl',
      [
        'cms',
        '-verify',
        '-binary',
        '-inform',
        'DER',
        '-in',
        at('batch.p7s'),
        '-content',
        at('statement.json'),
      ].concat(['-CAfile', at('roots.pem'), '-purpose', 'any'], ['-attime', String(AT.getTime() / 1000)]),
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    expect(Uint8Array.from(out)).toEqual(statement);
  });

  test('the signer can check its own work without a trust list', async () => {
    const cms = signCms({ statement, signer: rsaSigner });
    const own = { statementBytes: statement, cms, crypto: nodeCrypto };
    await demandOwnSignature({ ...own, signerCertificate: rsaSigner.certificate });
    await expect(
      demandOwnSignature({ ...own, signerCertificate: ecSigner.certificate }),
    ).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
    await expect(
      demandOwnSignature({ ...own, statementBytes: utf8('{}'), signerCertificate: rsaSigner.certificate }),
    ).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
  });

  test('signing-certificate-v2 may name issuer and serial number, if they are the right ones', async () => {
    const hash = octets(Uint8Array.from(createHash('sha256').update(ecSigner.certificate).digest()));
    const naming = (name: Uint8Array, serial: number) => ({
      attributes: {
        '1.2.840.113549.1.9.16.2.47': sequence(
          sequence(sequence(hash, sequence(sequence(explicit(4, name)), integer(serial)))),
        ),
      },
    });
    expect(
      (await ask(signCms({ statement, signer: ecSigner, ...naming(ec.ca.name, ecSigner.serial) }))).verdict,
    ).toBe('valid');
    await expectRefused(naming(ec.ca.name, ecSigner.serial + 1), 'SIGNATURE_INVALID');
    await expectRefused(naming(rsa.ca.name, ecSigner.serial), 'SIGNATURE_INVALID');
  });
});

describe('signed attributes', () => {
  const usual = usualAttributes({ statement, signer: ecSigner });
  test.each(Object.keys(usual))('refuses a signature without %s', async (type) => {
    await expectRefused({ attributes: { [type]: null } }, 'SIGNATURE_MALFORMED');
  });

  test.each(Object.entries(usual))('refuses %s twice, or with two values', async (type, value) => {
    await expectRefused({ moreAttributes: [attribute(type, value)] }, 'SIGNATURE_MALFORMED');
    const two = attribute(type, value, sequence(value));
    await expectRefused({ attributes: { [type]: null }, moreAttributes: [two] }, 'SIGNATURE_MALFORMED');
  });

  test('refuses an attribute that is not one of the six', async () => {
    await expectRefused(
      { moreAttributes: [attribute('1.2.840.113549.1.9.15', sequence())] },
      'SIGNATURE_MALFORMED',
    );
    const swapped = { '0.4.0.1733.2.1': null, '1.2.840.113549.1.9.15': sequence() };
    await expectRefused({ attributes: swapped }, 'SIGNATURE_MALFORMED');
  });

  test('refuses attributes out of order', async () => {
    await expectRefused({ attributeOrder: 'reversed' }, 'SIGNATURE_MALFORMED');
  });

  test.each<[string, string, Uint8Array, RefusalCode]>([
    [
      'a content type other than id-data',
      '1.2.840.113549.1.9.3',
      oid('1.2.840.113549.1.9.16.1.4'),
      'SIGNATURE_MALFORMED',
    ],
    ['another digest', '1.2.840.113549.1.9.4', octets(new Uint8Array(32)), 'SIGNATURE_INVALID'],
    ['a digest of another length', '1.2.840.113549.1.9.4', octets(new Uint8Array(20)), 'SIGNATURE_INVALID'],
    ['another media type', '0.4.0.1733.2.1', text(MIME.replace('list', 'item')), 'SIGNATURE_MALFORMED'],
    ['a media type in another string type', '0.4.0.1733.2.1', tlv(0x16, utf8(MIME)), 'SIGNATURE_MALFORMED'],
    [
      'another commitment',
      '1.2.840.113549.1.9.16.2.16',
      sequence(oid('1.2.840.113549.1.9.16.6.1')),
      'SIGNATURE_MALFORMED',
    ],
    [
      'a commitment with qualifiers',
      '1.2.840.113549.1.9.16.2.16',
      sequence(oid('1.2.840.113549.1.9.16.6.5'), sequence(sequence(oid('1.2.3')))),
      'SIGNATURE_MALFORMED',
    ],
    [
      'the hash of another certificate',
      '1.2.840.113549.1.9.16.2.47',
      sequence(sequence(sequence(octets(new Uint8Array(32))))),
      'SIGNATURE_INVALID',
    ],
    ['no certificate named', '1.2.840.113549.1.9.16.2.47', sequence(sequence()), 'SIGNATURE_MALFORMED'],
    [
      'a signing time with an offset',
      '1.2.840.113549.1.9.5',
      tlv(0x17, utf8('220429082000+0700')),
      'SIGNATURE_MALFORMED',
    ],
    [
      'a signing time without seconds',
      '1.2.840.113549.1.9.5',
      tlv(0x17, utf8('2204290820Z')),
      'SIGNATURE_MALFORMED',
    ],
    [
      'GeneralizedTime before 2050',
      '1.2.840.113549.1.9.5',
      tlv(0x18, utf8('20220429082000Z')),
      'SIGNATURE_MALFORMED',
    ],
    ['a day that is none', '1.2.840.113549.1.9.5', tlv(0x17, utf8('220231082000Z')), 'SIGNATURE_MALFORMED'],
  ])('refuses %s', async (_name, type, value, code) => {
    await expectRefused({ attributes: { [type]: value } }, code);
  });

  test('refuses a default hash written out in signing-certificate-v2', async () => {
    const hash = octets(Uint8Array.from(createHash('sha256').update(ecSigner.certificate).digest()));
    const value = sequence(sequence(sequence(sha256Id, hash)));
    await expectRefused({ attributes: { '1.2.840.113549.1.9.16.2.47': value } }, 'SIGNATURE_MALFORMED');
  });

  test('refuses a signature without signed attributes, over the content itself', async () => {
    const key = ecSigner;
    const bare = signCms({ statement, signer: key });
    const signature = Uint8Array.from(sign('sha256', statement, key.key.privateKey));
    const info = sequence(
      integer(1),
      sequence(key.issuerName, integer(key.serial)),
      sha256Id,
      sequence(oid('1.2.840.10045.4.3.2')),
      octets(signature),
    );
    const cms = signCms({ statement, signer: key, change: { signerInfos: () => [info] } });
    expect(bare.length).toBeGreaterThan(cms.length);
    expect((await ask(cms)).reasons).toEqual(['SIGNATURE_MALFORMED']);
  });

  test('refuses signed attributes passed off as content', async () => {
    const attributes = Object.entries(usual).map(([type, value]) => attribute(type, value));
    const content = set(...attributes);
    const signature = Uint8Array.from(sign('sha256', content, ecSigner.key.privateKey));
    const id = sequence(ecSigner.issuerName, integer(ecSigner.serial));
    const info = sequence(integer(1), id, sha256Id, sequence(oid('1.2.840.10045.4.3.2')), octets(signature));
    const cms = signCms({ statement: content, signer: ecSigner, change: { signerInfos: () => [info] } });
    const answer = await ask(cms, content);
    expect(answer.verdict).toBe('invalid');
    expect(answer.reasons).toContain('SIGNATURE_MALFORMED');
  });
});

describe('the structure', () => {
  const change = (part: NonNullable<CmsOptions['change']>) => ({ change: part });
  test.each<[string, Partial<CmsOptions>, RefusalCode]>([
    ['another version', change({ version: integer(3) }), 'SIGNATURE_MALFORMED'],
    ['another SignerInfo version', change({ infoVersion: integer(3) }), 'SIGNATURE_MALFORMED'],
    ['two SignerInfos', change({ signerInfos: (info) => [info, info] }), 'SIGNATURE_MALFORMED'],
    ['no SignerInfo', change({ signerInfos: () => [] }), 'SIGNATURE_MALFORMED'],
    [
      'content inside',
      change({ content: sequence(oid('1.2.840.113549.1.7.1'), explicit(0, octets(statement))) }),
      'SIGNATURE_MALFORMED',
    ],
    [
      'another content type',
      change({ content: sequence(oid('1.2.840.113549.1.7.2')) }),
      'SIGNATURE_MALFORMED',
    ],
    [
      'unsigned attributes',
      change({ unsigned: explicit(1, attribute('1.2.3', nothing())) }),
      'SIGNATURE_MALFORMED',
    ],
    ['CRLs inside', change({ crls: explicit(1, sequence()) }), 'SIGNATURE_MALFORMED'],
    ['two digest algorithms', change({ digestAlgorithms: [sha256Id, sha384Id] }), 'SIGNATURE_MALFORMED'],
    ['digest algorithms that differ', change({ digestAlgorithms: [sha384Id] }), 'SIGNATURE_MALFORMED'],
    ['SHA-1', change({ digestAlgorithms: [sha1Id], infoDigest: sha1Id }), 'SIGNER_ALGORITHM'],
    [
      'SHA-256 with NULL',
      change({
        digestAlgorithms: [sequence(oid('2.16.840.1.101.3.4.2.1'), nothing())],
        infoDigest: sequence(oid('2.16.840.1.101.3.4.2.1'), nothing()),
      }),
      'SIGNER_ALGORITHM',
    ],
    [
      'ECDSA with parameters',
      change({ signatureAlgorithm: sequence(oid('1.2.840.10045.4.3.2'), nothing()) }),
      'SIGNER_ALGORITHM',
    ],
    [
      'the name of another kind of key',
      change({ signatureAlgorithm: sequence(oid('1.2.840.113549.1.1.1'), nothing()) }),
      'SIGNER_ALGORITHM',
    ],
    ['PSS named for an EC key', change({ signatureAlgorithm: pssId }), 'SIGNER_ALGORITHM'],
    ['no certificates', change({ certificates: new Uint8Array() }), 'SIGNATURE_MALFORMED'],
    ['the signer missing', change({ certificates: tlv(0xa0, ec.ca.certificate) }), 'SIGNATURE_MALFORMED'],
    [
      'the signer twice',
      change({ certificates: tlv(0xa0, ecSigner.certificate, ecSigner.certificate) }),
      'EVIDENCE_UNUSED_MATERIAL',
    ],
    [
      'a certificate that is none',
      change({ certificates: tlv(0xa0, sequence(), ecSigner.certificate) }),
      'CERTIFICATE_MALFORMED',
    ],
    [
      'the key identifier for a name',
      change({ sid: tlv(0x80, Uint8Array.of(1, 2, 3)) }),
      'SIGNATURE_MALFORMED',
    ],
    [
      'another serial number',
      change({ sid: sequence(ecSigner.issuerName, integer(1)) }),
      'SIGNATURE_MALFORMED',
    ],
    [
      'another issuer',
      change({ sid: sequence(nameOf('x'), integer(ecSigner.serial)) }),
      'SIGNATURE_MALFORMED',
    ],
    [
      'another signature value',
      change({ signatureValue: (value) => value.with(value.length - 1, (value.at(-1) ?? 0) ^ 1) }),
      'SIGNATURE_INVALID',
    ],
    [
      'a signature that is not DER',
      change({ signatureValue: (value) => concat(value, Uint8Array.of(0)) }),
      'SIGNATURE_INVALID',
    ],
    ['a signature by another key', { signedBy: newKey('p256') }, 'SIGNATURE_INVALID'],
  ])('refuses %s', async (_name, changes, code) => {
    await expectRefused(changes, code);
  });

  test('refuses certificates out of order', async () => {
    const both = [ecSigner.certificate, ec.ca.certificate];
    const orders = await Promise.all(
      [both, [...both].reverse()].map(
        async (order) =>
          (
            await ask(
              signCms({ statement, signer: ecSigner, ...change({ certificates: tlv(0xa0, ...order) }) }),
            )
          ).verdict,
      ),
    );
    expect(orders.sort()).toEqual(['invalid', 'valid']);
  });

  test('refuses a set that is not in order where the reader does not look: a name', async () => {
    const name = sequence(
      unsortedSet(sequence(oid('2.5.4.6'), text('VN')), sequence(oid('2.5.4.3'), text('x'))),
    );
    await expectRefused({ change: { sid: sequence(name, integer(1)) } }, 'SIGNATURE_MALFORMED');
  });

  test('refuses PSS with another salt and PKCS#1 under the name of PSS', async () => {
    await expectRefused(
      { signature: 'rsa-sha256', change: { signatureAlgorithm: pssId } },
      'SIGNATURE_INVALID',
      rsaSigner,
    );
    const short = concat(pssId.subarray(0, -1), Uint8Array.of(20));
    await expectRefused(
      { signature: 'pss', change: { signatureAlgorithm: short } },
      'SIGNER_ALGORITHM',
      rsaSigner,
    );
  });

  test('refuses anything that is not a CMS, and too large a one', async () => {
    for (const bytes of [
      new Uint8Array(),
      sequence(),
      octets(statement),
      new Uint8Array(70_000),
      boolean(true),
      bits(statement),
    ])
      expect((await ask(bytes)).reasons).toEqual(['SIGNATURE_MALFORMED']);
  });

  test('refuses a good signature over another statement', async () => {
    const answer = await ask(
      signCms({ statement, signer: ecSigner }),
      statementBytes({ ...list.statement, count: 8 }),
    );
    expect(answer.reasons).toEqual(['SIGNATURE_INVALID']);
  });
});

describe('verifySignature', () => {
  test('tells what was used, out of more than is needed', async () => {
    const answer = await ask(signCms({ statement, signer: ecSigner }));
    expect(answer.used.certificates).toEqual([ec.ca.certificate]);
    expect(answer.used.crls).toEqual([ec.caCrl, ec.rootCrl]);
  });

  test('refuses a signer that is revoked when it signs', async () => {
    const revoked = readCrl(
      issueCrl({
        issuer: ec.ca,
        from: '2022-04-30T00:00:00Z',
        revoked: [{ serial: ecSigner.serial, at: '2022-04-29T00:00:00Z' }],
      }),
    );
    const answer = await verifySignature({
      statementBytes: statement,
      cms: signCms({ statement, signer: ecSigner, attributes: { '1.2.840.113549.1.9.5': time(SIGNED_AT) } }),
      extraCertificates,
      crls: [...crls, revoked],
      trust: listed,
      at: AT,
      crypto: nodeCrypto,
    });
    expect(answer).toMatchObject({ verdict: 'invalid', reasons: ['SIGNER_REVOKED'] });
  });
});

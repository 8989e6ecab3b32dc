import { describe, expect, test } from 'vitest';
import { utf8 } from '#core/bytes';
import { instant } from '#core/dates';
import { isRefusal } from '#core/refusal';
import { nodeCrypto } from '#verifier/crypto-node';
import { readCertificate } from '#verifier/der/certificate';
import { readCrl } from '#verifier/der/crl';
import { readTimeStamp } from '#verifier/der/time-stamp';
import { reasonsOf, worstWord } from '#verifier/finding';
import { RFC_5280 } from '#verifier/path/path-policy';
import { NO_ANSWERS } from '#verifier/revocation/check-revocation';
import { judgeTimeStamp, type TimeStampQuestion } from '#verifier/time/judge-time-stamp';
import { fromHex, octets, oid, sequence, tlv } from '../support/der-write.ts';
import { signWith, usualKind } from '../support/keys.ts';
import { opensslToken, type TokenOptions } from '../support/openssl-ts.ts';
import { issue, issueCrl, type CertificateOptions, type Extension, type Holder } from '../support/x509.ts';

const stamping: Extension = ['2.5.29.37', true, sequence(oid('1.3.6.1.5.5.7.3.8'))];
const root = issue({ name: 'root', ca: true });
const authority = (changes: Partial<CertificateOptions> = {}) =>
  issue({ name: 'time', issuer: root, keyUsage: fromHex('03020780'), extensions: [stamping], ...changes });
const tsa = authority();
const data = utf8('what was signed');
const at = instant(new Date(Date.now() + 86_400_000));
const earlier = instant(new Date(Date.now() - 86_400_000));

async function judge(token: Uint8Array, changes: Partial<TimeStampQuestion> = {}) {
  const { findings, provenTime } = await judgeTimeStamp(readTimeStamp(token), {
    data,
    roots: [readCertificate(root.certificate)],
    pool: [],
    answers: { embedded: NO_ANSWERS, handedIn: NO_ANSWERS },
    revocation: 'off',
    policy: RFC_5280,
    at,
    policies: null,
    crypto: nodeCrypto,
    ...changes,
  });
  return {
    verdict: worstWord(findings.map(({ verdict }) => verdict)),
    reasons: reasonsOf(findings),
    provenTime,
  };
}

const stamp = (options: Partial<TokenOptions> = {}) => opensslToken({ data, authority: tsa, ...options });
const token = stamp();
const invalid = { verdict: 'invalid', reasons: ['TIMESTAMP_INVALID'] };

describe('a time stamp of OpenSSL', () => {
  test.each<[string, Partial<TokenOptions>]>([
    ['as it is', {}],
    ['over SHA-512', { hash: 'sha512' }],
    ['that names its certificate by SHA-1', { essHash: 'sha1' }],
    ['with a nonce', { nonce: true }],
    ['with the whole chain', { chain: [root] }],
  ])('%s holds', async (_name, options) => {
    expect(await judge(stamp(options))).toMatchObject({ verdict: 'valid', reasons: [] });
  });

  test('proves a time that is not before its accuracy has passed', async () => {
    const { genTime } = readTimeStamp(stamp({ accuracySeconds: 60 })).info;
    const { provenTime } = await judge(stamp({ accuracySeconds: 60 }));
    expect(Date.parse(provenTime) - Date.parse(genTime)).toBeGreaterThanOrEqual(60_000);
  });

  test('without its certificate holds where that came along', async () => {
    const bare = stamp({ certificates: false });
    expect(await judge(bare)).toMatchObject(invalid);
    expect(await judge(bare, { pool: [readCertificate(tsa.certificate)] })).toMatchObject({
      verdict: 'valid',
    });
  });

  test('is not spoilt by a certificate of the same issuer and serial number, nor by one that cannot be read', async () => {
    const decoy = authority({ serial: tsa.serial });
    const broken = issue({ name: 'broken', issuer: root, keyUsage: fromHex('030100') });
    for (const chain of [[decoy], [broken], [decoy, broken, root]])
      expect(await judge(stamp({ chain }))).toMatchObject({ verdict: 'valid' });
    const bare = stamp({ certificates: false });
    const pool = [decoy, tsa].map(({ certificate }) => readCertificate(certificate));
    expect(await judge(bare, { pool })).toMatchObject({ verdict: 'valid' });
  });
});

describe('a time stamp is refused', () => {
  test.each<[string, Partial<TimeStampQuestion>]>([
    ['over other data', { data: utf8('another') }],
    ['that answers another request', { nonce: '01' }],
    ['of a policy that is not accepted', { policies: new Set(['1.2.3.4.2']) }],
  ])('%s', async (_name, changes) => {
    expect(await judge(token, changes)).toMatchObject(invalid);
  });

  test('from after the judged time, which then proves nothing', async () => {
    expect(await judge(token, { at: earlier })).toMatchObject({ verdict: 'undetermined' });
  });

  test('under no root', async () => {
    expect((await judge(token, { roots: [] })).reasons).toEqual(['SIGNER_UNTRUSTED']);
  });

  test('of an authority that may not sign', async () => {
    expect(await judge(swapped(authority()))).toMatchObject({ verdict: 'valid' });
    const other = authority({ keyUsage: fromHex('03020520') });
    expect((await judge(swapped(other))).reasons).toEqual(['SIGNER_KEY_USAGE']);
  });

  test.each<[string, Partial<CertificateOptions>]>([
    ['does not say so critically', { extensions: [['2.5.29.37', false, stamping[2]]] }],
    [
      'serves other purposes too',
      { extensions: [['2.5.29.37', true, sequence(oid('1.3.6.1.5.5.7.3.8'), oid('1.3.6.1.5.5.7.3.3'))]] },
    ],
    ['serves another purpose', { extensions: [['2.5.29.37', true, sequence(oid('1.3.6.1.5.5.7.3.3'))]] }],
    ['says nothing about it', { extensions: [] }],
  ])('of a certificate that %s', async (_name, changes) => {
    expect((await judge(swapped(authority(changes)))).reasons).toContain('TIMESTAMP_INVALID');
  });

  test('with any one bit of it changed, but for what nobody signed', async () => {
    const certificateAt = Buffer.from(token).indexOf(tsa.certificate);
    for (let i = 0; i < token.length; i++) {
      const mutant = Uint8Array.from(token, (octet, j) => (j === i ? octet ^ (1 << (i % 8)) : octet));
      const isCertificate = i >= certificateAt && i < certificateAt + tsa.certificate.length;
      const verdict = await judge(mutant).then(
        (answer) => answer.verdict,
        (error: unknown) => {
          if (isRefusal(error)) return 'refused';
          throw error;
        },
      );
      // versions and digest lists of the envelope are signed by nobody; the certificate is bound by its hash
      if (verdict === 'valid') expect(isUnsignedHeader(mutant, i) && !isCertificate, `octet ${i}`).toBe(true);
    }
  });
});

/** Before the TSTInfo: versions and the list of digest algorithms; after the certificate: the version of the SignerInfo. */
function isUnsignedHeader(mutant: Uint8Array, at: number): boolean {
  const info = Buffer.from(mutant).indexOf(fromHex('060b2a864886f70d0109100104'));
  const certificateEnd = Buffer.from(token).indexOf(tsa.certificate) + tsa.certificate.length;
  return at < info || (at >= certificateEnd && at < certificateEnd + 12);
}

/** A token of this authority as OpenSSL would refuse to make it: made with a certificate that is right, then signed anew with this one. */
function swapped(other: Holder): Uint8Array {
  const honest = issue({
    name: 'time',
    key: other.key,
    issuer: root,
    serial: other.serial,
    keyUsage: fromHex('03020780'),
    extensions: [stamping],
  });
  const made = opensslToken({ data, authority: honest, certificates: false });
  const [type, explicit] = parts(content(made));
  const [version, digests, info, signers] = parts(content(content(explicit ?? made)));
  const fields = parts(content(content(signers ?? made)));
  const attributes = Buffer.from(fields[3] ?? made);
  attributes.set(hashOf(other.certificate), attributes.indexOf(hashOf(honest.certificate)));
  const signedBytes = Uint8Array.from(attributes);
  signedBytes[0] = 0x31;
  const signature = octets(signWith(other.key, usualKind(other.key), signedBytes));
  const head = [fields[0], fields[1], fields[2]].map((one) => one ?? made);
  const signer = tlv(0x30, ...head, attributes, fields[4] ?? made, signature);
  const before = [version, digests, info].map((one) => one ?? made);
  const signedData = tlv(0x30, ...before, tlv(0xa0, other.certificate), tlv(0x31, signer));
  return tlv(0x30, type ?? made, tlv(0xa0, signedData));
}

function hashOf(der: Uint8Array): Uint8Array {
  return nodeCrypto.sha256(der);
}

function content(der: Uint8Array): Uint8Array {
  const [header] = headerOf(der);
  return der.subarray(header);
}

function parts(bytes: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let rest = bytes; rest.length > 0;) {
    const [header, length] = headerOf(rest);
    found.push(rest.subarray(0, header + length));
    rest = rest.subarray(header + length);
  }
  return found;
}

function headerOf(der: Uint8Array): [header: number, length: number] {
  const first = der[1] ?? 0;
  if (first < 0x80) return [2, first];
  const octets = first & 0x7f;
  return [2 + octets, der.subarray(2, 2 + octets).reduce((length, octet) => length * 256 + octet, 0)];
}

describe('an authority that was revoked since', () => {
  const tomorrow = instant(new Date(Date.now() + 3_600_000));
  const reason = (code: number): Extension => ['2.5.29.21', false, tlv(0x0a, Uint8Array.of(code))];
  const judged = (revokedAt: string | null, extensions?: readonly Extension[], from = tomorrow) => {
    const revoked =
      revokedAt === null
        ? []
        : [{ serial: tsa.serial, at: revokedAt, ...(extensions ? { extensions } : {}) }];
    const crls = [readCrl(issueCrl({ issuer: root, from, revoked }))];
    return judge(token, {
      revocation: 'require',
      answers: { embedded: NO_ANSWERS, handedIn: { crls, ocsp: [] } },
    });
  };

  test('is proved good by a list from the time of the stamp, and by one from later', async () => {
    expect(await judged(null, undefined, earlier)).toMatchObject({ verdict: 'valid' });
    expect(await judged(null)).toMatchObject({ verdict: 'valid' });
  });

  test('with a reason that says nothing against the key, keeps its stamps from before (RFC 3161 §4)', async () => {
    expect(await judged(tomorrow, [reason(4)])).toMatchObject({ verdict: 'valid' });
    expect(await judged(earlier, [reason(4)])).toMatchObject({
      verdict: 'invalid',
      reasons: ['SIGNER_REVOKED'],
    });
  });

  test('without a reason, or for its key, loses all of them', async () => {
    expect((await judged(tomorrow)).verdict).not.toBe('valid');
    expect((await judged(tomorrow, [reason(1)])).verdict).not.toBe('valid');
  });
});

import { constants, createHmac, sign } from 'node:crypto';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { concat, utf8 } from '#core/bytes';
import { CborTag, type Cbor } from '#core/certificate/cbor-value';
import { encodeCbor } from '#core/certificate/cbor';
import { ES256, PS256, protectedHeader, sigStructure } from '#core/certificate/cose';
import { hc1Text } from '#core/certificate/hc1';
import { stateOf } from '#verifier/states';
import { signWith } from '../support/keys.ts';
import {
  kidOf,
  makeCose,
  makeText,
  newSigner,
  signCose,
  textOf,
  usualClaims,
  withDose,
  withHcert,
} from './support/make.ts';
import { ec, judge, rsa } from './support/judge.ts';

const good = makeText({ signer: ec });
const cose = makeCose({ signer: ec });

describe('packing', () => {
  const bomb = deflateSync(Buffer.alloc(100 * 1024 * 1024), { level: 9 });
  test.each([
    ['no prefix', good.slice(4), 'prefix'],
    ['another context', good.replace('HC1:', 'HC2:'), 'prefix'],
    ['a small letter in the prefix', good.replace('HC1:', 'hc1:'), 'prefix'],
    ['a space before it', ` ${good}`, 'prefix'],
    ['nothing', '', 'prefix'],
    ['longer than any certificate', 'HC1:' + '0'.repeat(9000), 'prefix'],
    ['a character that is not Base45', good.slice(0, -3) + 'abc', 'base45'],
    ['a line end', good + '\n', 'base45'],
    ['a group beyond two bytes', 'HC1::::', 'base45'],
    ['a length that cannot be', 'HC1:000A', 'base45'],
    ['a zip bomb', hc1Text(bomb.subarray(0, 5000)), 'zlib'],
    ['a small zip bomb', hc1Text(deflateSync(Buffer.alloc(20_000), { level: 9 })), 'zlib'],
    ['nothing after the prefix', 'HC1:', 'zlib'],
    ['bytes after the zlib stream', hc1Text(concat(deflateSync(cose), Uint8Array.of(0))), 'zlib'],
    ['two zlib streams', hc1Text(concat(deflateSync(cose), deflateSync(cose))), 'zlib'],
    ['a zlib stream cut off', hc1Text(deflateSync(cose).subarray(0, -1)), 'zlib'],
    ['gzip', hc1Text(gzipSync(cose)), 'zlib'],
    ['deflate without zlib', hc1Text(deflateRawSync(cose)), 'zlib'],
    ['a preset dictionary', hc1Text(deflateSync(cose, { dictionary: Buffer.from(cose) })), 'zlib'],
    ['no compression', hc1Text(cose), 'zlib'],
  ])('%s: cannot be read', async (_name, text, step) => {
    const verdict = await judge(text);
    expect(verdict).toMatchObject({
      verdict: 'invalid',
      reasons: ['HC1_UNREADABLE'],
      steps: { [step]: false },
    });
    expect(verdict.steps.signature).toBeNull();
    expect(stateOf(verdict)).toBe('unreadable');
  });

  test('other levels of compression are the issuer’s to choose', async () => {
    for (const level of [0, 1, 6])
      expect((await judge(hc1Text(deflateSync(cose, { level })))).verdict).toBe('valid');
  });
});

describe('COSE', () => {
  const nested = (depth: number) => concat(new Uint8Array(depth).fill(0x81), Uint8Array.of(0));
  const header = protectedHeader(ES256, kidOf(ec));
  const parts: readonly Cbor[] = [header, new Map(), encodeCbor(usualClaims()), new Uint8Array(64)];
  test.each([
    ['empty', new Uint8Array()],
    ['a number', Uint8Array.of(1)],
    ['bytes after it', concat(cose, Uint8Array.of(0))],
    ['another tag', encodeCbor(new CborTag(17, parts))],
    ['a CWT tag around another', encodeCbor(new CborTag(61, new CborTag(17, parts)))],
    ['a CWT tag without COSE tag', encodeCbor(new CborTag(61, parts))],
    ['three members', encodeCbor(parts.slice(0, 3))],
    ['five members', encodeCbor([...parts, 0])],
    ['a header that is no bytes', encodeCbor([new Map(), ...parts.slice(1)])],
    ['a header that is no map', encodeCbor([encodeCbor([1]), ...parts.slice(1)])],
    ['an unprotected header that is no map', encodeCbor([header, 0, ...parts.slice(2)])],
    ['no payload', encodeCbor([header, new Map(), null, new Uint8Array(64)])],
    ['a kid that is no bytes', encodeCbor([encodeCbor(new Map([[4, 'kid']])), ...parts.slice(1)])],
    [
      'a critical header that nobody knows',
      encodeCbor([
        encodeCbor(
          new Map<number, Cbor>([
            [1, -7],
            [2, [99]],
            [99, 1],
            [4, kidOf(ec)],
          ]),
        ),
        ...parts.slice(1),
      ]),
    ],
    ['arrays nested deeply', nested(10_000)],
    ['a length that cannot be', Uint8Array.of(0xd2, 0x84, 0x5b, 0, 0, 0, 1, 0, 0, 0, 0)],
    [
      'a length beyond numbers',
      Uint8Array.of(0xd2, 0x84, 0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
    ],
    ['a map of many that ends early', Uint8Array.of(0xbb, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff)],
    ['a duplicate key in the header', encodeCbor([Uint8Array.of(0xa2, 1, 0x26, 1, 0x26), ...parts.slice(1)])],
  ])('%s: cannot be read', async (_name, bytes) => {
    for (const input of [bytes, textOf(bytes)]) {
      const verdict = await judge(input);
      expect(verdict).toMatchObject({
        verdict: 'invalid',
        reasons: ['HC1_UNREADABLE'],
        steps: { cose: false, signature: false, cbor: null },
      });
    }
  });
});

describe('signatures', () => {
  const swapped = (message: Uint8Array) => {
    const pair = signCose(ec, message);
    return concat(pair.subarray(32), pair.subarray(0, 32));
  };
  const pss = (saltLength: number) => (message: Uint8Array) =>
    sign('sha256', message, {
      key: rsa.key.privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength,
    });
  test.each([
    [
      'over another payload',
      ec,
      {
        signature: () =>
          signCose(ec, sigStructure(protectedHeader(ES256, kidOf(ec)), encodeCbor(usualClaims(2)))),
      },
    ],
    ['over the payload alone', ec, { signature: () => signCose(ec, encodeCbor(usualClaims())) }],
    [
      'over another context',
      ec,
      {
        signature: (m: Uint8Array) =>
          signCose(ec, concat(m.subarray(0, 1), utf8('jSignature2'), m.subarray(12))),
      },
    ],
    ['by another key', ec, { signature: (m: Uint8Array) => signCose(newSigner('p256'), m) }],
    ['all zeros', ec, { signature: () => new Uint8Array(64) }],
    ['empty', ec, { signature: () => new Uint8Array() }],
    ['r and s swapped', ec, { signature: swapped }],
    ['in DER', ec, { signature: (m: Uint8Array) => signWith(ec.key, 'ecdsa-sha256', m) }],
    ['a byte too long', ec, { signature: (m: Uint8Array) => concat(signCose(ec, m), Uint8Array.of(0)) }],
    ['PS256 without salt', rsa, { signature: pss(0) }],
    ['PS256 with a salt of 20', rsa, { signature: pss(20) }],
    ['PS256 with the longest salt', rsa, { signature: pss(222) }],
    ['PKCS#1 v1.5', rsa, { signature: (m: Uint8Array) => signWith(rsa.key, 'rsa-sha256', m) }],
    ['ES256 said of an RSA key', rsa, { header: protectedHeader(ES256, kidOf(rsa)) }],
    ['PS256 said of a P-256 key', ec, { header: protectedHeader(PS256, kidOf(ec)) }],
    [
      'RS256, which no certificate has',
      rsa,
      {
        header: encodeCbor(
          new Map<number, Cbor>([
            [1, -257],
            [4, kidOf(rsa)],
          ]),
        ),
      },
    ],
    [
      'HMAC with the public key',
      ec,
      {
        header: encodeCbor(
          new Map<number, Cbor>([
            [1, 5],
            [4, kidOf(ec)],
          ]),
        ),
        signature: (m: Uint8Array) => createHmac('sha256', ec.key.spki).update(m).digest(),
      },
    ],
    [
      'alg 0',
      ec,
      {
        header: encodeCbor(
          new Map<number, Cbor>([
            [1, 0],
            [4, kidOf(ec)],
          ]),
        ),
        signature: () => new Uint8Array(),
      },
    ],
  ])('%s: does not hold', async (_name, signer, options) => {
    const verdict = await judge(makeText({ signer, ...options }));
    expect(verdict).toMatchObject({
      verdict: 'invalid',
      reasons: ['HC1_SIGNATURE_INVALID'],
      steps: { signature: false, cbor: null, schema: null },
    });
    expect(verdict.payload).toBeUndefined();
  });

  test('an algorithm by the name "none" is none', async () => {
    const header = encodeCbor(
      new Map<number, Cbor>([
        [1, 'none'],
        [4, kidOf(ec)],
      ]),
    );
    for (const signature of [undefined, () => new Uint8Array()]) {
      const verdict = await judge(makeCose({ signer: ec, header, ...(signature && { signature }) }));
      expect(verdict).toMatchObject({ verdict: 'invalid', steps: { signature: false } });
    }
  });

  test('a key of 1024 bits and one of another curve sign nothing', async () => {
    const small = newSigner('rsa', { keyKind: 'rsa-1024' });
    const header = protectedHeader(PS256, kidOf(small));
    const signature = (m: Uint8Array) => signWith(small.key, 'pss', m);
    expect(
      (await judge(makeCose({ signer: small, header, signature }), { signers: [small] })).reasons,
    ).toEqual(['HC1_SIGNATURE_INVALID']);
    const other = newSigner('p256', { keyKind: 'k256' });
    expect((await judge(makeCose({ signer: other }), { signers: [other] })).reasons).toEqual([
      'HC1_SIGNATURE_INVALID',
    ]);
  });
});

describe('kid', () => {
  const unprotectedKid = (holder: typeof ec) => new Map<number, Cbor>([[4, kidOf(holder)]]);
  const alone = encodeCbor(new Map([[1, ES256]]));
  test.each([
    ['unprotected alone is tried', { header: alone, unprotectedHeader: unprotectedKid(ec) }, 'valid', []],
    ['protected wins over a wrong one unprotected', { unprotectedHeader: unprotectedKid(rsa) }, 'valid', []],
    [
      'unprotected does not help a wrong one protected',
      { kid: kidOf(rsa), unprotectedHeader: unprotectedKid(ec) },
      'invalid',
      ['HC1_SIGNATURE_INVALID'],
    ],
    ['unknown', { kid: new Uint8Array(8) }, 'invalid', ['DOCUMENT_SIGNER_UNKNOWN']],
    ['empty', { kid: new Uint8Array() }, 'invalid', ['DOCUMENT_SIGNER_UNKNOWN']],
    ['cut off', { kid: kidOf(ec).subarray(0, 7) }, 'invalid', ['DOCUMENT_SIGNER_UNKNOWN']],
    ['none', { header: alone }, 'invalid', ['DOCUMENT_SIGNER_UNKNOWN']],
    [
      'and algorithm unprotected, in an empty header',
      {
        header: new Uint8Array(),
        unprotectedHeader: new Map<number, Cbor>([
          [4, kidOf(ec)],
          [1, ES256],
        ]),
      },
      'valid',
      [],
    ],
    [
      'and an algorithm unprotected that is not the key’s',
      {
        header: new Uint8Array(),
        unprotectedHeader: new Map<number, Cbor>([
          [4, kidOf(ec)],
          [1, PS256],
        ]),
      },
      'invalid',
      ['HC1_SIGNATURE_INVALID'],
    ],
    [
      'without an algorithm anywhere',
      { header: encodeCbor(new Map([[4, kidOf(ec)]])) },
      'invalid',
      ['HC1_SIGNATURE_INVALID'],
    ],
  ])('%s', async (_name, options, verdict, reasons) => {
    expect(await judge(makeText({ signer: ec, ...options }))).toMatchObject({ verdict, reasons });
  });
});

describe('content, though signed', () => {
  const duplicate = concat(
    Uint8Array.of(0xa5),
    encodeCbor(usualClaims()).subarray(1),
    Uint8Array.of(1, 0x62, 0x41, 0x54),
  );
  test.each([
    ['no CBOR', Uint8Array.of(0xff)],
    ['no map', encodeCbor([1])],
    ['a duplicate claim', duplicate],
    ['bytes after the claims', concat(encodeCbor(usualClaims()), Uint8Array.of(0))],
    [
      'no certificate',
      encodeCbor(
        new Map<number, Cbor>([
          [1, 'VN'],
          [4, 2e9],
          [6, 1],
        ]),
      ),
    ],
    ['a certificate that is no map', encodeCbor(usualClaims().set(-260, new Map([[1, 'x']])))],
    ['text that is not UTF-8', Uint8Array.of(0xa1, 0x01, 0x62, 0xc3, 0x28)],
  ])('%s: cannot be read', async (_name, payload) => {
    expect(await judge(makeText({ signer: ec, payload }))).toMatchObject({
      verdict: 'invalid',
      reasons: ['HC1_UNREADABLE'],
      steps: { signature: true, cbor: false, schema: null },
    });
  });

  const dn = (bytes: readonly number[]) => {
    const payload = encodeCbor(usualClaims());
    const at = Buffer.from(payload).indexOf(Buffer.from('bdn', 'latin1')) + 3;
    return concat(payload.subarray(0, at), Uint8Array.from(bytes), payload.subarray(at + 1));
  };
  test.each([
    ['no version', withHcert({ ver: undefined }), 'CLAIMS_MEMBER_MISSING'],
    ['no name', withHcert({ nam: undefined }), 'CLAIMS_MEMBER_MISSING'],
    ['no group', withHcert({ v: undefined }), 'CLAIMS_MEMBER_MISSING'],
    ['a group that is null', withHcert({ t: null }), 'CLAIMS_NULL_GROUP'],
    ['no dose', withHcert({ v: [] }), 'CLAIMS_MALFORMED'],
    ['two doses', withHcert({ v: [new Map(), new Map()] }), 'CLAIMS_SEVERAL_DOSES'],
    ['dose 0', withDose({ dn: 0 }), 'CLAIMS_NOT_INTEGER'],
    ['a day that is none', withDose({ dt: '2021-02-30' }), 'CLAIMS_MALFORMED'],
    ['a time in the day', withDose({ dt: '2021-08-01T00:00:00Z' }), 'CLAIMS_DATE_WITH_TIME'],
    [
      'a name with marks',
      withHcert({
        nam: new Map([
          ['fn', 'Nguyễn'],
          ['fnt', 'NGUYỄN'],
        ]),
      }),
      'CLAIMS_NAME_NOT_TRANSLITERATED',
    ],
    ['a text too long', withDose({ is: 'x'.repeat(81) }), 'CLAIMS_MALFORMED'],
  ])('%s: breaks the schema', async (_name, claims, code) => {
    const verdict = await judge(makeText({ signer: ec, claims }));
    expect(verdict).toMatchObject({ verdict: 'invalid', steps: { cbor: true, schema: false } });
    expect(verdict.reasons).toContain(code);
    expect(stateOf(verdict)).toBe('invalid');
  });

  test('a float is no number of doses', async () => {
    expect((await judge(makeText({ signer: ec, payload: dn([1]) }))).verdict).toBe('valid');
    expect((await judge(makeText({ signer: ec, payload: dn([0xf9, 0x3c, 0x00]) }))).reasons).toEqual([
      'CLAIMS_NOT_INTEGER',
    ]);
  });

  test('members that nobody knows are told as they are, and are members', async () => {
    const claims = withHcert({
      x: new Map<string, Cbor>([
        ['__proto__', 1],
        ['y', [true, null, Uint8Array.of(1)]],
      ]),
    });
    const { verdict, payload } = await judge(makeText({ signer: ec, claims }));
    expect(verdict).toBe('valid');
    expect(JSON.parse(JSON.stringify(payload))).toMatchObject({ x: { y: [true, null, [1]] } });
  });

  test('a wrong country’s claim is not the signer’s to make, where a list says which', async () => {
    const { verdict } = await judge(makeText({ signer: ec, claims: usualClaims().set(1, 'AT') }));
    expect(verdict).toBe('valid');
  });
});

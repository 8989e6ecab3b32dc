import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, hex, utf8 } from '#core/bytes';
import { isRefusal, type RefusalCode } from '#core/refusal';
import { readCertificate } from '#verifier/der/certificate';
import { readCrl } from '#verifier/der/crl';
import { commonName, nameKey } from '#verifier/der/name';
import { DerFault, DerReader } from '#verifier/der/reader';
import { readSignedData } from '#verifier/der/signed-data';
import {
  booleanOf,
  integerOctets,
  namedBits,
  oidText,
  serialOf,
  smallInteger,
  timeOf,
  wholeOctets,
} from '#verifier/der/values';
import { checkWellFormed } from '#verifier/der/well-formed';
import { signCms } from './support/cms.ts';
import {
  boolean,
  bits,
  explicit,
  fromHex,
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
import { ecFamily, ecSigner, rsaFamily, rsaSigner } from './support/standard-world.ts';
import { issue, issueCrl, nameOf } from './support/x509.ts';

const RUNS = { seed: 20220429, numRuns: 400 };
const wellFormed = (bytes: Uint8Array) => {
  try {
    checkWellFormed(bytes, 1 << 20);
    return true;
  } catch (error) {
    if (error instanceof DerFault) return false;
    throw error;
  }
};

describe('lengths and nesting', () => {
  test.each<[string, string]>([
    ['nothing', ''],
    ['no length', '04'],
    ['indefinite length', '30800000'],
    ['long form of a short length', '048101ff'],
    ['leading zero octet in the length', '0482007f' + '00'.repeat(127)],
    ['five length octets', '048500000000'],
    ['reserved length', '04ff'],
    ['cut off', '0403ffff'],
    ['something left over', '040100ff'],
    ['long tag', '1f8101'],
    ['end-of-contents', '0000'],
    ['a constructed string', '2403040100'],
    ['an inner element that passes the end of its outer', '3003040500'],
    ['a primitive sequence', '1000'],
  ])('refuses %s', (_name, digits) => {
    expect(wellFormed(fromHex(digits))).toBe(false);
  });

  test('reads lengths of one to three octets', () => {
    for (const length of [0, 1, 127, 128, 255, 256, 65535, 65536]) {
      const der = octets(new Uint8Array(length).fill(7));
      expect(wellFormed(der)).toBe(true);
      expect(new DerReader(der).content(0x04).length).toBe(length);
    }
  });

  test('refuses what is nested more than 32 deep, without running out of stack', () => {
    const nested = (depth: number, wrap: (content: Uint8Array) => Uint8Array) => {
      let der = nothing();
      for (let i = 0; i < depth; i++) der = wrap(der);
      return der;
    };
    for (const wrap of [sequence, set, (content: Uint8Array) => explicit(0, content)]) {
      expect(wellFormed(nested(32, wrap))).toBe(true);
      expect(wellFormed(nested(33, wrap))).toBe(false);
      expect(wellFormed(nested(3000, wrap))).toBe(false);
    }
  });

  test('refuses more bytes than it was told', () => {
    expect(() => checkWellFormed(octets(new Uint8Array(100)), 100)).toThrow(DerFault);
  });
});

describe('values', () => {
  const refuses = (read: (bytes: Uint8Array) => unknown, ...all: string[]) => {
    for (const digits of all) expect(() => read(fromHex(digits)), digits).toThrow(DerFault);
  };

  test('booleans are 00 or FF', () => {
    expect([booleanOf(fromHex('00')), booleanOf(fromHex('ff'))]).toEqual([false, true]);
    refuses(booleanOf, '', '01', '7f', '0000');
  });

  test('integers are minimal', () => {
    refuses(integerOctets, '', '0000', '007f', 'ff80', 'ffff');
    expect(
      ['00', '7f', '0080', 'ff7f', '80'].map((digits) => hex(integerOctets(fromHex(digits)))),
    ).toHaveLength(5);
    refuses(smallInteger, '80', '0100000000');
    expect(smallInteger(fromHex('00ff'))).toBe(255);
    expect(serialOf(fromHex('00ff'))).toBe('00ff');
    refuses(serialOf, '01' + '00'.repeat(64));
  });

  test('bit strings waste no bits', () => {
    refuses(wholeOctets, '', '01fe');
    refuses(namedBits, '', '00', '0780ff', '08ff', '0181', '0200', '0000');
    expect(namedBits(fromHex('0780'))).toBe(1);
    expect(namedBits(fromHex('078080'))).toBe(1 | (1 << 8));
    expect(wellFormed(fromHex('030201ff'))).toBe(false);
  });

  test('object identifiers have one spelling', () => {
    refuses(oidText, '', '80', '8001', '2a80', '2a8001', `2a${'ff'.repeat(63)}7f`);
    // arcs made of a UUID have up to 128 bits (X.667)
    expect(oidText(fromHex('6983ffffffffffffffffffffffffffffffffff7f'))).toBe(`2.25.${2n ** 128n - 1n}`);
    expect(oidText(fromHex('2affffffffffffffff7f'))).toBe(`1.2.${2n ** 63n - 1n}`);
    expect(oidText(fromHex('2a864886f70d010702'))).toBe('1.2.840.113549.1.7.2');
    expect(oidText(fromHex('8837'))).toBe('2.999');
  });

  test('times are those of RFC 5280', () => {
    const utc = (value: string) => timeOf(0x17, utf8(value));
    const general = (value: string) => timeOf(0x18, utf8(value));
    expect(utc('491231235959Z')).toBe('2049-12-31T23:59:59Z');
    expect(utc('500101000000Z')).toBe('1950-01-01T00:00:00Z');
    expect(general('20500101000000Z')).toBe('2050-01-01T00:00:00Z');
    for (const wrong of [
      '2204290820Z',
      '220429082000',
      '220429082000+0000',
      '220230000000Z',
      '220429240000Z',
      '220429082060Z',
      '22042908200ZZ',
      '',
    ])
      expect(() => utc(wrong), wrong).toThrow(DerFault);
    for (const wrong of ['20220429082000.5Z', '220429082000Z', '202204290820Z', '20220429082000+0700'])
      expect(() => general(wrong), wrong).toThrow(DerFault);
  });

  test('sets are in order', () => {
    expect(wellFormed(set(integer(2), integer(1)))).toBe(true);
    expect(wellFormed(unsortedSet(integer(2), integer(1)))).toBe(false);
    expect(wellFormed(tlv(0x0c, Uint8Array.of(0xff)))).toBe(false);
  });

  test('a name shows what cannot deceive', () => {
    expect(commonName(nameOf('Trung tâm Y tế Quận 1'))).toBe('Trung tâm Y tế Quận 1');
    expect(commonName(nameOf('A\u202eB\u0007'))).toBe('A\ufffdB\ufffd');
    expect(commonName(sequence(set(sequence(oid('2.5.4.3'), tlv(0x1e, Uint8Array.of(0x1e, 0xbf))))))).toBe(
      'ế',
    );
    expect(commonName(sequence())).toBe('');
  });
});

/** Trees of every type that may occur. */
const leaf = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 70n }).map(integer),
  fc.boolean().map(boolean),
  fc.uint8Array({ maxLength: 300 }).map(octets),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => bits(bytes)),
  fc.string({ unit: 'grapheme' }).map((value) => text(value)),
  fc.constant(nothing()),
  fc
    .tuple(fc.nat(2), fc.nat(39), fc.array(fc.nat(2 ** 30), { maxLength: 6 }))
    .map(([a, b, rest]) => oid([a, b, ...rest].join('.'))),
);
const { tree } = fc.letrec<{ tree: Uint8Array }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('tree'), { maxLength: 5 }).map((parts) => sequence(...parts)),
    fc.array(tie('tree'), { maxLength: 5 }).map((parts) => set(...parts)),
    tie('tree').map((part) => explicit(0, part)),
  ),
}));

describe('properties', () => {
  test('accepts whatever is written as DER, and reads it back whole', () => {
    fc.assert(
      fc.property(tree, (der) => {
        expect(wellFormed(der)).toBe(true);
        const reader = new DerReader(der);
        expect(hex(reader.element(reader.next))).toBe(hex(der));
        reader.finish();
      }),
      RUNS,
    );
  });

  test('refuses whatever is cut off or followed by more', () => {
    fc.assert(
      fc.property(tree, fc.nat(), (der, at) => {
        expect(wellFormed(der.subarray(0, at % der.length))).toBe(false);
        expect(wellFormed(concat(der, Uint8Array.of(at % 256)))).toBe(false);
      }),
      RUNS,
    );
  });

  test('never throws anything but its own fault on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        wellFormed(bytes);
      }),
      { ...RUNS, numRuns: 2000 },
    );
  });
});

const inputs: readonly [string, (der: Uint8Array) => unknown, Uint8Array, RefusalCode][] = [
  ['certificate', readCertificate, rsaSigner.certificate, 'CERTIFICATE_MALFORMED'],
  ['EC certificate', readCertificate, ecFamily.ca.certificate, 'CERTIFICATE_MALFORMED'],
  [
    'CRL',
    readCrl,
    issueCrl({
      issuer: ecFamily.ca,
      from: '2022-01-01T00:00:00Z',
      revoked: [{ serial: 5, at: '2022-01-01T00:00:00Z' }],
    }),
    'CRL_MALFORMED',
  ],
  ['SignedData', readSignedData, signCms({ statement: utf8('{}'), signer: ecSigner }), 'SIGNATURE_MALFORMED'],
];

describe.each(inputs)('fuzz: %s', (_name, reader, der, code) => {
  test('refuses by its own code or reads; never throws anything else', () => {
    const change = fc.record({
      at: fc.nat(),
      value: fc.nat(255),
      cut: fc.nat(6),
      kind: fc.constantFrom('set', 'drop', 'insert', 'copy'),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        let bytes = der;
        for (const { at, value, cut, kind } of changes) {
          const position = at % bytes.length;
          const [head, tail] = [bytes.subarray(0, position), bytes.subarray(position)];
          if (kind === 'set') bytes = concat(head, Uint8Array.of(value), tail.subarray(1));
          if (kind === 'drop') bytes = concat(head, tail.subarray(1 + cut));
          if (kind === 'insert') bytes = concat(head, Uint8Array.of(value), tail);
          if (kind === 'copy') bytes = concat(head, tail.subarray(0, 10 * cut), tail);
        }
        try {
          reader(bytes);
        } catch (error) {
          if (!isRefusal(error, code)) throw error;
        }
      }),
      { ...RUNS, numRuns: 4000 },
    );
  });

  test('reads the good one, also as a view into a larger buffer', () => {
    const larger = concat(Uint8Array.of(1, 2, 3), der, Uint8Array.of(4));
    expect(reader(larger.subarray(3, 3 + der.length))).toEqual(reader(der));
  });
});

describe('certificates', () => {
  test('read names, dates, serial number, key and extensions', () => {
    const read = readCertificate(rsaSigner.certificate);
    expect(read).toMatchObject({
      notBefore: '2022-01-01T00:00:00Z',
      notAfter: '2032-01-01T00:00:00Z',
      publicKey: { type: 'RSA', bits: 2048 },
      basicConstraints: null,
      keyUsage: 3,
    });
    expect(commonName(read.subject)).toBe('TTYT Quận 1');
    expect(readCertificate(rsaFamily.ca.certificate).basicConstraints).toEqual({ ca: true, pathLength: 0 });
  });

  test('refuse basic constraints that write out a default', () => {
    for (const value of [
      sequence(boolean(false)),
      sequence(integer(0)),
      sequence(boolean(false), integer(0)),
    ]) {
      const { certificate } = issue({ name: 'x', extensions: [['2.5.29.19', true, value]] });
      expect(() => readCertificate(certificate)).toThrow('CERTIFICATE_MALFORMED');
    }
  });

  test('are at most 16 KB', () => {
    const { certificate } = issue({
      name: 'x',
      extensions: [['1.2.3', false, octets(new Uint8Array(17_000))]],
    });
    expect(() => readCertificate(certificate)).toThrow('CERTIFICATE_MALFORMED');
  });
});

describe('CRLs', () => {
  test('of 10,000 entries are read, and the earliest of a serial number counts', () => {
    const revoked = Array.from({ length: 10_000 }, (_, i) => ({ serial: i + 1, at: '2022-02-01T00:00:00Z' }));
    const twice = [{ serial: 7, at: '2022-01-05T00:00:00Z' }];
    const crl = readCrl(
      issueCrl({ issuer: ecFamily.ca, from: '2022-03-01T00:00:00Z', revoked: [...revoked, ...twice] }),
    );
    expect(crl.entries.count).toBe(10_001);
    expect(crl.entries.find(nameKey(crl.issuer), '07')).toMatchObject({ at: '2022-01-05T00:00:00Z' });
    expect(crl.entries.find(nameKey(crl.issuer), '08')).toMatchObject({ at: '2022-02-01T00:00:00Z' });
    expect(crl.entries.find(nameKey(crl.issuer), '2711')).toBeNull();
    expect(time('2050-01-01T00:00:00Z')[0]).toBe(0x18);
  });
});

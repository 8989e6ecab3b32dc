import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hex } from '#core/bytes';
import { CborFloat, CborTag, decodeCbor, encodeCbor, type Cbor } from '#core/certificate/cbor';
import { Refusal } from '#core/refusal';
import { refused } from '../../support/refused.ts';
import { anyCbor } from './cbor-values.ts';

const bytes = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const code = (text: string, canonical = false) => refused(() => decodeCbor(bytes(text), { canonical })).code;

/** RFC 8949 appendix A. */
const written: readonly (readonly [string, Cbor])[] = [
  ['00', 0],
  ['17', 23],
  ['1818', 24],
  ['1864', 100],
  ['1903e8', 1000],
  ['1a000f4240', 1_000_000],
  ['1b000000e8d4a51000', 1_000_000_000_000],
  ['20', -1],
  ['29', -10],
  ['3863', -100],
  ['3903e7', -1000],
  ['f4', false],
  ['f5', true],
  ['f6', null],
  ['40', new Uint8Array()],
  ['4401020304', Uint8Array.of(1, 2, 3, 4)],
  ['60', ''],
  ['6161', 'a'],
  ['6449455446', 'IETF'],
  ['62225c', '"\\'],
  ['62c3bc', 'ü'],
  ['63e6b0b4', '水'],
  ['64f0908591', '\u{10151}'],
  ['80', []],
  ['83010203', [1, 2, 3]],
  ['8301820203820405', [1, [2, 3], [4, 5]]],
  ['a0', new Map()],
  ['a201020304', new Map([[1, 2], [3, 4]])], // prettier-ignore
  ['a26161016162820203', new Map<string, Cbor>([['a', 1], ['b', [2, 3]]])], // prettier-ignore
  ['c074323031332d30332d32315432303a30343a30305a', new CborTag(0, '2013-03-21T20:04:00Z')],
  ['d74401020304', new CborTag(23, Uint8Array.of(1, 2, 3, 4))],
];

describe('CBOR', () => {
  it.each(written)('%s is read and written', (text, value) => {
    expect(decodeCbor(bytes(text), { canonical: true })).toEqual(value);
    expect(hex(encodeCbor(value))).toBe(text);
  });

  it.each([
    ['f90000', 0],
    ['f93c00', 1],
    ['f93e00', 1.5],
    ['f97bff', 65_504],
    ['f90001', 5.960464477539063e-8],
    ['f90400', 0.00006103515625],
    ['f9c400', -4],
    ['f97c00', Infinity],
    ['f97e00', NaN],
    ['fa47c35000', 100_000],
    ['fa7f7fffff', 3.4028234663852886e38],
    ['fb3ff199999999999a', 1.1],
    ['fbc010666666666666', -4.1],
  ])('%s is read as the float %d, which is never an integer and never written', (text, value) => {
    const read = decodeCbor(bytes(text));
    expect(read).toEqual(new CborFloat(value));
    expect(() => encodeCbor(read)).toThrow(RangeError);
    expect(code(text, true)).toBe('NOT_CANONICAL');
  });

  it.each([
    ['5f42010243030405ff', Uint8Array.of(1, 2, 3, 4, 5)],
    ['7f657374726561646d696e67ff', 'streaming'],
    ['9fff', []],
    ['9f018202039f0405ffff', [1, [2, 3], [4, 5]]],
    ['bf61610161629f0203ffff', new Map<string, Cbor>([['a', 1], ['b', [2, 3]]])], // prettier-ignore
    ['a2616201616102', new Map([['b', 1], ['a', 2]])], // prettier-ignore
    ['1800', 0],
    ['1b0000000000000001', 1],
    ['5801ff', Uint8Array.of(255)],
  ])('%s is read from other issuers, and refused where the one spelling is asked for', (text, value) => {
    expect(decodeCbor(bytes(text))).toEqual(value);
    expect(code(text, true)).toBe('NOT_CANONICAL');
  });

  it.each([
    ['nothing', ''],
    ['a value and a byte after it', '0000'],
    ['a text that ends early', '6261'],
    ['an array that ends early', '8201'],
    ['a map that ends early', 'a2010203'],
    ['an argument that ends early', '1901'],
    ['a float that ends early', 'fb00'],
    ['a length of 2^62', '9b4000000000000000'],
    ['a length of 4 GiB', '5affffffff'],
    ['an integer beyond 2^53 − 1', '1b0020000000000000'],
    ['an integer below −(2^53 − 1)', '3b001fffffffffffff'],
    ['a duplicate key', 'a2010101f6'],
    ['a duplicate key in another width', 'a201011801f6'],
    ['a duplicate key in an open map', 'bf61610161617f6161ffff'],
    ['a key that is an array', 'a18000'],
    ['a key that is a float', 'a1f93c0000'],
    ['a key that is a byte string', 'a1410100'],
    ['text that is not UTF-8', '62c328'],
    ['a surrogate in UTF-8', '63eda080'],
    ['a character cut in two by chunks', '7f61c361bcff'],
    ['a chunk of another kind', '5f6161ff'],
    ['a chunk that is open itself', '5f5f4101ffff'],
    ['an open array without its end', '9f01'],
    ['an open map with half a pair', 'bf01ff'],
    ['an end without a beginning', 'ff'],
    ['an end inside a closed array', '81ff'],
    ['an open integer', '1f'],
    ['an open tag', 'df00'],
    ['a reserved length', '1c'],
    ['undefined', 'f7'],
    ['a simple value', 'f0'],
    ['a simple value of two bytes', 'f8ff'],
    ['false in two bytes', 'f814'],
  ])('refuses %s', (_, text) => {
    expect(code(text)).toBe('HC1_UNREADABLE');
  });

  it('refuses what is nested too deeply, before the stack ends', () => {
    expect(decodeCbor(bytes('81'.repeat(16) + '00'))).toBeDefined();
    expect(code('81'.repeat(17) + '00')).toBe('HC1_UNREADABLE');
    expect(code('c1'.repeat(16_000) + '00')).toBe('HC1_UNREADABLE');
    expect(code('9f'.repeat(16_000))).toBe('HC1_UNREADABLE');
  });

  it('refuses more bytes than it was told to read', () => {
    const long = encodeCbor(new Uint8Array(20_000));
    expect(refused(() => decodeCbor(long)).code).toBe('INPUT_TOO_LARGE');
    expect(decodeCbor(long, { maxBytes: 30_000 })).toHaveLength(20_000);
  });

  it.each([1.5, NaN, Infinity, 2 ** 53, -(2 ** 53), -0, 'a\ud800', new Map([['\udc00', 1]])])(
    'does not write %s',
    (value) => {
      expect(() => encodeCbor(value)).toThrow(RangeError);
    },
  );

  it('orders keys by the length of their encoding first, then bytewise', () => {
    const keys = ['aa', 'z', 100, -1, 10, 'b', 'ü', 256, ''];
    const map = new Map<string | number, Cbor>(keys.map((key) => [key, 0]));
    const order = [...(decodeCbor(encodeCbor(map)) as ReadonlyMap<string | number, Cbor>).keys()];
    expect(order).toEqual([10, -1, '', 100, 'b', 'z', 256, 'aa', 'ü']);
  });

  it('gives back every value that was written, by one spelling alone', () => {
    fc.assert(
      fc.property(anyCbor, (value) => {
        const encoded = encodeCbor(value);
        expect(decodeCbor(encoded, { canonical: true, maxBytes: encoded.length })).toEqual(value);
      }),
    );
  });

  it('writes maps alike, whatever the order in which they were filled', () => {
    const entries = fc.array(fc.tuple(fc.string({ unit: 'binary', maxLength: 5 }), fc.nat()));
    fc.assert(
      fc.property(entries, (pairs) => {
        const map = new Map(pairs);
        expect(encodeCbor(new Map([...map].reverse()))).toEqual(encodeCbor(map));
      }),
    );
  });

  it('reads any bytes or refuses them, and what is read as canonical is written so', () => {
    const seeds = written.map(([text]) => bytes(text));
    const spoilt = fc
      .tuple(fc.constantFrom(...seeds), fc.nat(), fc.nat(255))
      .map(([seed, at, octet]) => seed.with(at % seed.length, octet));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 40 }), spoilt), (input) => {
        try {
          expect(encodeCbor(decodeCbor(input, { canonical: true }))).toEqual(input);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  base64,
  base64url,
  compareBytes,
  concat,
  fromBase64,
  fromBase64url,
  hex,
  sameBytes,
  utf8,
  utf8Text,
} from '#core/bytes';

const bytes = fc.uint8Array({ maxLength: 100 });

describe('base64 and base64url', () => {
  it('say what Node says, and read it back', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(base64(value)).toBe(Buffer.from(value).toString('base64'));
        expect(base64url(value)).toBe(Buffer.from(value).toString('base64url'));
        expect(fromBase64(base64(value))).toEqual(value);
        expect(fromBase64url(base64url(value))).toEqual(value);
      }),
    );
  });

  it('read one spelling only: whatever is read is written again the same', () => {
    const text = fc.string({
      unit: fc.constantFrom('A', 'E', 'Q', 'g', 'w', '5', '+', '/', '-', '_', '=', ' ', '\n'),
      maxLength: 12,
    });
    fc.assert(
      fc.property(text, (candidate) => {
        const standard = fromBase64(candidate);
        if (standard) expect(base64(standard)).toBe(candidate);
        const urlSafe = fromBase64url(candidate);
        if (urlSafe) expect(base64url(urlSafe)).toBe(candidate);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['no padding', 'QQ'],
    ['too little padding', 'QQ='],
    ['too much padding', 'QUJD===='],
    ['padding alone', '===='],
    ['padding in the middle', 'QQ==QQ=='],
    ['unused bits that are not zero', 'QR=='],
    ['unused bits of two bytes', 'QUJ='.replace('J', 'F')],
    ['a space', 'QU JD'],
    ['a line break', 'QUJD\n'],
    ['the other alphabet', 'QUJ-'],
    ['a character beyond ASCII', 'QUJé'],
  ])('refuse standard base64 with %s', (_what, text) => {
    expect(fromBase64(text)).toBeNull();
  });

  it.each([
    ['padding', 'QQ=='],
    ['unused bits that are not zero', 'QR'],
    ['a length that no bytes have', 'QUJDR'],
    ['the other alphabet', 'QUJ+'],
    ['a full-width letter', 'QUJＡ'],
  ])('refuse base64url with %s', (_what, text) => {
    expect(fromBase64url(text)).toBeNull();
  });

  it('read the empty text as no bytes', () => {
    expect(fromBase64('')).toEqual(new Uint8Array());
    expect(fromBase64url('')).toEqual(new Uint8Array());
  });
});

describe('UTF-8', () => {
  it('keeps a byte order mark as a character', () => {
    expect(utf8Text(Uint8Array.of(0xef, 0xbb, 0xbf, 0x41))).toBe('\ufeffA');
  });

  it.each([
    ['a lone continuation byte', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a cut character', [0xe1, 0xba]],
    ['beyond the last code point', [0xf4, 0x90, 0x80, 0x80]],
  ])('refuses %s', (_what, values) => {
    expect(utf8Text(Uint8Array.from(values))).toBeNull();
  });
});

describe('byte order and equality', () => {
  it('agree with Buffer', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b));
        expect(sameBytes(a, b)).toBe(Buffer.compare(a, b) === 0);
        expect(sameBytes(a, a.slice())).toBe(true);
        expect(concat(a, b)).toEqual(new Uint8Array(Buffer.concat([a, b])));
        expect(hex(a)).toBe(Buffer.from(a).toString('hex'));
      }),
    );
  });

  it('put a prefix before what it begins', () => {
    expect(compareBytes(utf8('ab'), utf8('abc'))).toBeLessThan(0);
  });
});

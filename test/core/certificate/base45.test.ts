import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8 } from '#core/bytes';
import { decodeBase45, encodeBase45 } from '#core/certificate/base45';

describe('Base45', () => {
  it.each([
    ['', ''],
    ['AB', 'BB8'],
    ['Hello!!', '%69 VD92EX0'],
    ['base-45', 'UJCLQE7W581'],
    ['ietf!', 'QED8WEX0'],
  ])('writes %j as RFC 9285 does', (text, encoded) => {
    expect(encodeBase45(utf8(text))).toBe(encoded);
    expect(decodeBase45(encoded)).toEqual(utf8(text));
  });

  it('gives back every bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        expect(decodeBase45(encodeBase45(bytes))).toEqual(bytes);
      }),
    );
  });

  it.each([
    ['a length that leaves one character', 'BB8A'],
    ['a small letter', 'bb8'],
    ['a character outside ASCII', 'BBĀ'],
    ['a character whose code ends like one of the alphabet', 'B\u0142'],
    ['a line end', 'BB8\n'],
    ['an equals sign', 'BB='],
    ['a group over 65535', 'GGW'],
    ['the largest group', ':::'],
    ['a last pair over 255', 'V5'],
    ['a last pair that is large', '::'],
  ])('refuses %s', (_, text) => {
    expect(decodeBase45(text)).toBeNull();
  });

  it('reads the largest groups that there are', () => {
    expect(decodeBase45('FGW')).toEqual(Uint8Array.of(255, 255));
    expect(decodeBase45('U5')).toEqual(Uint8Array.of(255));
  });

  it('reads no text but the one that the bytes are written as', () => {
    const text = fc.string({
      unit: fc.constantFrom(...Array.from('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:=a')),
      maxLength: 9,
    });
    fc.assert(
      fc.property(text, (received) => {
        const bytes = decodeBase45(received);
        if (bytes !== null) expect(encodeBase45(bytes)).toBe(received);
      }),
      { numRuns: 2000 },
    );
  });
});

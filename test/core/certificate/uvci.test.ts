import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hex } from '#core/bytes';
import { checkCharacter, isOurUvci, makeUvci, parseUvci, revocationHash } from '#core/certificate/uvci';
import { ES256, PS256 } from '#core/certificate/cose';
import { countryRevocationHash, signatureRevocationHash } from '#core/certificate/revocation-hashes';
import { sha256 } from '../../support/hashes.ts';

const random = Uint8Array.from({ length: 16 }, (_, i) => 255 - i);

describe('an identifier', () => {
  it('of ours holds 128 bits as they were handed in', () => {
    expect(makeUvci(random)).toBe('URN:UVCI:01:VN:FFFEFDFCFBFAF9F8F7F6F5F4F3F2F1F0');
    expect(isOurUvci(makeUvci(random))).toBe(true);
    expect(() => makeUvci(random.subarray(1))).toThrow(RangeError);
  });

  it.each([
    'URN:UVCI:01:VN:fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0',
    'URN:UVCI:01:NL:FFFEFDFCFBFAF9F8F7F6F5F4F3F2F1F0',
    'URN:UVCI:01:VN:FFFEFDFCFBFAF9F8F7F6F5F4F3F2F1F0#C',
    ' URN:UVCI:01:VN:FFFEFDFCFBFAF9F8F7F6F5F4F3F2F1F0',
  ])('%s is none of ours', (text) => {
    expect(isOurUvci(text)).toBe(false);
  });

  it.each([
    ['URN:UVCI:01:NL:187/37512422923', 'Z'],
    ['URN:UVCI:01:NL:DADFCC47C7334E45A906DB12FD859FB7', '1'],
    ['URN:UVCI:01:VN:FFFE3D31FABD035899134A9D3BAE9BCF', 'C'],
  ])('%s has the check character %s', (text, expected) => {
    expect(checkCharacter(text)).toBe(expected);
    expect(parseUvci(`${text}#${expected}`)?.checkAgrees).toBe(true);
    expect(parseUvci(`${text}#9`)?.checkAgrees).toBe(false);
    expect(parseUvci(text)?.checkAgrees).toBeNull();
  });

  it('is told by its check character where one character is wrong', () => {
    const alphabet = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/:');
    const text = fc.string({ unit: fc.constantFrom(...alphabet), minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(text, fc.nat(), fc.constantFrom(...alphabet), (right, at, other) => {
        const i = at % right.length;
        fc.pre(right[i] !== other);
        expect(checkCharacter(right.slice(0, i) + other + right.slice(i + 1))).not.toBe(
          checkCharacter(right),
        );
      }),
    );
  });

  it('of others is read in its parts, or not at all, and never refused', () => {
    expect(parseUvci('URN:UVCI:01:NL:187/37512422923')).toMatchObject({
      version: '01',
      country: 'NL',
      opaque: '187/37512422923',
    });
    expect(parseUvci('01:AT:10807843F94AEE0EE5093FBC254BD813')).toMatchObject({ country: 'AT' });
    for (const text of ['', 'URN:UVCI:01:nl:1', 'URN:UVCI:01:NL:é', 'URN:UVCI:01:NL:1#', 'x'])
      expect(parseUvci(text)).toBeNull();
    expect(() => checkCharacter('a')).toThrow(RangeError);
  });
});

describe('a revocation hash', () => {
  const ci = 'URN:UVCI:01:VN:FFFE3D31FABD035899134A9D3BAE9BCF';
  const first16 = (text: string | Uint8Array) => hex(sha256(Buffer.from(text)).subarray(0, 16));

  it('of the identifier is that of its bytes as issued, check character included', () => {
    expect(hex(revocationHash(sha256, ci))).toBe('d91dfef3cc5ec8e68057151a3e62fae6');
    expect(hex(revocationHash(sha256, ci + '#C'))).toBe(first16(ci + '#C'));
  });

  it('of country and identifier is that of both, one after the other', () => {
    expect(hex(countryRevocationHash(sha256, 'VN', ci))).toBe('9d65d658aa3dfac53361c6f2e99a6d9e');
  });

  it('of a signature leaves the second half of an ECDSA signature out', () => {
    const signature = Uint8Array.from({ length: 64 }, (_, i) => i);
    expect(hex(signatureRevocationHash(sha256, ES256, signature))).toBe(first16(signature.slice(0, 32)));
    expect(hex(signatureRevocationHash(sha256, PS256, signature))).toBe(first16(signature));
  });
});

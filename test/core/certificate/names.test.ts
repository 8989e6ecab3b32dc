import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitName, transliterate } from '#core/certificate/names';
import { refused } from '../../support/refused.ts';

const VOWELS = { A: 'aăâ', E: 'eê', I: 'i', O: 'oôơ', U: 'uư', Y: 'y' };
const TONES = ['', '\u0300', '\u0309', '\u0303', '\u0301', '\u0323'];

/** The 146 letters with marks or that take them: twelve vowels in six tones and Đ, large and small. */
const letters = [
  ...Object.entries(VOWELS).flatMap(([letter, vowels]) =>
    Array.from(vowels).flatMap((vowel) =>
      TONES.map((tone) => [(vowel + tone).normalize('NFC'), letter] as const),
    ),
  ),
  ['đ', 'D'] as const,
].flatMap(([small, letter]) => [[small, letter] as const, [small.toUpperCase(), letter] as const]);

describe('a name in the passport', () => {
  it.each([
    ['Đặng Thị Ngọc Ánh', 'DANG<THI<NGOC<ANH'],
    ['Nguyễn Đức Ưu', 'NGUYEN<DUC<UU'],
    ['nguyễn văn an', 'NGUYEN<VAN<AN'],
    ["O'Brien", 'OBRIEN'],
    ['D’Angelo Smith-Jones', 'DANGELO<SMITH<JONES'],
    [' - Anna -- Maria. ', 'ANNA<MARIA'],
    ['Strauß', 'STRAUSS'],
    ['Ægir Þórsson', 'AEGIR<THORSSON'],
    ['Łukasz Øre', 'LUKASZ<OERE'],
    ['Ðặng', 'DANG'],
    ['Ɖặng', 'DANG'],
    ['王小明', ''],
    ['Ivan Петров', 'IVAN'],
  ])('%s is %s', (name, expected) => {
    expect(transliterate(name)).toBe(expected);
  });

  it('has each of the 146 Vietnamese letters as the letter below its marks, in both normal forms', () => {
    expect(new Set(letters.map(([letter]) => letter)).size).toBe(146);
    for (const [letter, expected] of letters) {
      expect(transliterate(letter)).toBe(expected);
      expect(transliterate(letter.normalize('NFD'))).toBe(expected);
    }
  });

  it('is at most 80 long, and never ends in <', () => {
    expect(transliterate('A'.repeat(100))).toBe('A'.repeat(80));
    expect(transliterate('A'.repeat(79) + ' B')).toBe('A'.repeat(79));
  });

  it('is A to Z with single < between, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 120 }), (name) => {
        const passportName = transliterate(name);
        expect(passportName).toMatch(/^([A-Z]+(<[A-Z]+)*)?$/);
        expect(passportName.length).toBeLessThanOrEqual(80);
        expect(transliterate(passportName)).toBe(passportName);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a name in two', () => {
  const person = (name: string, nationality: string, familyName?: string) => ({
    name,
    nationality,
    ...(familyName === undefined ? {} : { familyName }),
  });

  it.each([
    ['the first word of a Vietnamese name', person('Nguyễn Văn An', 'VN'), { fn: 'Nguyễn', gn: 'Văn An' }],
    ['a Vietnamese name of one word', person('Y-Blô', 'VN'), { fn: 'Y-Blô' }],
    [
      'the family name where it is known',
      person('Tôn Nữ Thị Hoa', 'VN', 'Tôn Nữ'),
      { fn: 'Tôn Nữ', gn: 'Thị Hoa' },
    ],
    [
      'a family name at the end',
      person('Anna Maria Schmidt', 'DE', 'Schmidt'),
      { fn: 'Schmidt', gn: 'Anna Maria' },
    ],
    ['a family name that is all', person('Sukarno', 'ID', 'Sukarno'), { fn: 'Sukarno' }],
    [
      "a foreigner's name that nobody can tell apart",
      person('Anna Maria Schmidt', 'DE'),
      { fn: 'Anna Maria Schmidt' },
    ],
    ['the first of two alike', person('Lý Văn Lý', 'VN', 'Lý'), { fn: 'Lý', gn: 'Văn Lý' }],
  ])('%s', (_, given, expected) => {
    expect(splitName(given)).toEqual(expected);
  });

  it.each([
    person('Nguyễn Văn An', 'VN', 'Trần'),
    person('Nguyễn Văn An', 'VN', 'Văn'),
    person('Nguyễn Văn An', 'VN', 'Nguy'),
  ])('is refused where the family name is no part of it', (given) => {
    expect(refused(() => splitName(given)).code).toBe('CLAIMS_NAMES_SWAPPED');
  });
});

import { describe, expect, it } from 'vitest';
import { foldName, textFault } from '#core/text';

describe('text that is signed', () => {
  it.each(['Nguyễn Văn Ưu', 'Đặng Thị Ngọc Ánh', '😀', '漢字', 'Zoë', ''])('may say %j', (text) => {
    expect(textFault(text)).toBeNull();
  });

  it('is NFC', () => {
    expect(textFault('Nguyễn'.normalize('NFD'))).toBe('TEXT_NOT_NFC');
    expect(textFault('\u212b')).toBe('TEXT_NOT_NFC');
  });

  it.each([
    ['a null', '\u0000'],
    ['a line break', '\n'],
    ['a tab', '\t'],
    ['delete', '\u007f'],
    ['a C1 control', '\u0085'],
    ['right-to-left override', '\u202e'],
    ['a bidi isolate', '\u2066'],
    ['a right-to-left mark', '\u200f'],
    ['a zero-width space', '\u200b'],
    ['a zero-width joiner', '\u200d'],
    ['a byte order mark', '\ufeff'],
    ['a soft hyphen', '\u00ad'],
    ['a line separator', '\u2028'],
    ['a Hangul filler', '\u3164'],
    ['a variation selector', '\ufe0f'],
    ['a private character', '\ue000'],
    ['a lone surrogate', '\ud800'],
    ['a language tag', '\u{e0041}'],
  ])('has no %s', (_what, char) => {
    expect(textFault(`An${char}h`)).toBe('TEXT_INVISIBLE');
  });
});

describe('the folded name', () => {
  it.each([
    ['Nguyễn  Đức Ưu', 'NGUYEN DUC UU'],
    ['Đặng Thị Ngọc Ánh', 'DANG THI NGOC ANH'],
    ['Nguyễn Đức Ưu', 'NGUYEN DUC UU'],
    [' đỗ  thị\tyến ', 'DO THI YEN'],
    ['Nguyễn Văn An'.normalize('NFD'), 'NGUYEN VAN AN'],
  ])('%j is %j', (name, folded) => {
    expect(foldName(name)).toBe(folded);
  });

  it('of a folded name is itself', () => {
    expect(foldName(foldName('Trần Thị Mỹ Hương'))).toBe('TRAN THI MY HUONG');
  });
});

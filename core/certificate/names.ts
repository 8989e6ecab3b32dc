import { Refusal } from '../refusal.ts';

/** Names in the certificate (hcert schema 1.3.0 `nam`, ICAO Doc 9303 part 3 §6). */

/** Letters of several, or without a mark that comes off (ICAO Doc 9303 part 3 §6.A); Đ in its three spellings. */
const LETTERS: Readonly<Record<string, string>> = {
  Đ: 'D',
  Ð: 'D',
  Ɖ: 'D',
  Æ: 'AE',
  Ø: 'OE',
  Œ: 'OE',
  Þ: 'TH',
  Ł: 'L',
  Ħ: 'H',
  Ŧ: 'T',
  Ŋ: 'N',
};
const MAX_LENGTH = 80;

/** What became of letters below U+2000, where Latin ends: names are made of few. */
const known = new Map<string, string>();

/**
 * A name as the machine-readable zone of a passport has it, `^[A-Z<]*$`, at most 80: "Đặng Thị Ngọc Ánh" → "DANG<THI<NGOC<ANH".
 * Empty where no letter is left, of a name in another script.
 */
export function transliterate(name: string): string {
  let out = '';
  for (const letter of name.normalize('NFC')) {
    const plain = known.get(letter) ?? plainLetters(letter);
    if (plain !== '<') out += plain;
    else if (out !== '' && !out.endsWith('<')) out += '<';
  }
  return out.slice(0, MAX_LENGTH).replace(/<$/, '');
}

/** Of one character: A to Z, nothing of a mark or an apostrophe, `<` of anything else. */
function plainLetters(letter: string): string {
  const plain = letter
    .toUpperCase()
    .replace(/./u, (large) => LETTERS[large] ?? large)
    .normalize('NFD')
    .replace(/[\p{M}'’‘ʼ]/gu, '')
    .replace(/[^A-Z]+/g, '<');
  if (letter < '\u2000') known.set(letter, plain);
  return plain;
}

export type SplitName = { readonly fn: string; readonly gn?: string };

/**
 * Family name, then middle and given names. `familyName`, where known, stands at the name's beginning or, as in the West, at its end.
 * Where it is not known: the first word of a Vietnamese name; of a foreigner's name nobody here knows, and a wrong guess would stop a
 * traveller, so that the whole name is `fn`, as hcert has it for names that cannot be told apart.
 * @throws Refusal CLAIMS_NAMES_SWAPPED where the family name is no part of the name
 */
export function splitName(person: {
  readonly name: string;
  readonly familyName?: string;
  readonly nationality: string;
}): SplitName {
  const { name, familyName, nationality } = person;
  if (familyName !== undefined) return split(name, familyName);
  if (nationality !== 'VN') return { fn: name };
  return split(name, name.split(' ', 1)[0] ?? name);
}

function split(name: string, fn: string): SplitName {
  if (name === fn) return { fn };
  if (name.startsWith(`${fn} `)) return { fn, gn: name.slice(fn.length + 1) };
  if (name.endsWith(` ${fn}`)) return { fn, gn: name.slice(0, -fn.length - 1) };
  throw new Refusal('CLAIMS_NAMES_SWAPPED', { detail: 'the family name is no part of the name' });
}

/** Rules for text that is signed: Unicode NFC without control, zero-width, bidi or other invisible characters. */

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
/** Anything but letters and signs that are visible and NFC in any company: ASCII, Latin and the Vietnamese letters. */
const UNUSUAL = /[^\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u1ea0-\u1ef9]/;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u034f\u115f\u1160\u3164\uffa0\ufe00-\ufe0f]/u;

/** Why a text may not be signed, or null where it may. */
export function textFault(text: string): 'TEXT_NOT_NFC' | 'TEXT_INVISIBLE' | null {
  if (PRINTABLE_ASCII.test(text) || !UNUSUAL.test(text)) return null;
  if (INVISIBLE.test(text)) return 'TEXT_INVISIBLE';
  return text.normalize('NFC') === text ? null : 'TEXT_NOT_NFC';
}

/**
 * The folded name, a match key that survives spelling: NFC, Đ→D, NFD, marks stripped, upper-case, single spaces.
 * "Nguyễn  Đức Ưu" → "NGUYEN DUC UU".
 */
export function foldName(name: string): string {
  return name
    .normalize('NFC')
    .replace(/[Đđ]/g, 'D')
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toUpperCase()
    .replace(/\s+/g, ' ')
    .trim();
}

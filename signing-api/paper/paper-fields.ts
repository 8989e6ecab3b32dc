import { ISSUER_NAME, type Hcert } from '#core/certificate/hcert';
import type { Text } from '#core/certificate/display-names';
import { displayedFields } from '#core/certificate/fields';
import { isPrintable } from './fonts.ts';
import type { PaperField } from './paper.ts';
import { WORDS } from './words.ts';

/** The eleven fields for readers of either language: in English the name as in the passport, dates as in the certificate. */
export function paperFields(hcert: Hcert, nationality: string | undefined): PaperField[] {
  const [dose] = hcert.v;
  const passport = passportName(hcert.nam);
  return displayedFields(hcert, nationality).map(({ number, label, value }) => {
    const text: Text = value ?? WORDS.notStated;
    const vi = number === 1 && !isPrintable(text.vi) ? passport : text.vi;
    const english: Readonly<Record<number, string>> = { 1: passport, 2: hcert.dob, 6: dose.dt };
    return { label, value: { vi, en: english[number] ?? text.en } };
  });
}

function passportName({ fnt, gnt }: Hcert['nam']): string {
  return [fnt, ...(gnt === undefined ? [] : [gnt])].join(' ').replaceAll('<', ' ');
}

/** As the certificate says it; the Ministry in its own language too. */
export function issuerName(is: string): Text {
  return { vi: is === ISSUER_NAME ? WORDS.ministry : is, en: is };
}

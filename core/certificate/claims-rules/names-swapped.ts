import { transliterate } from '../names.ts';
import { HCERT, namesOf, NONE, type Rule } from './unverified-claims.ts';

/** The passport's family name stands with the given names, and the other way round. */
export const namesSwapped: Rule = (claims) => {
  const names = namesOf(claims);
  const [fn, gn, fnt, gnt] = ['fn', 'gn', 'fnt', 'gnt'].map((name) => names.get(name));
  if (typeof fn !== 'string' || typeof gn !== 'string' || fnt === gnt) return NONE;
  return transliterate(fn) === gnt && transliterate(gn) === fnt
    ? [{ at: `${HCERT}/nam`, code: 'CLAIMS_NAMES_SWAPPED' }]
    : NONE;
};

import { HCERT, namesOf, type Rule } from './unverified-claims.ts';

/** Diacritics, small letters, spaces or digits in a passport name. */
export const nameNotTransliterated: Rule = (claims) => {
  const names = namesOf(claims);
  return ['fnt', 'gnt']
    .filter((name) => {
      const value = names.get(name);
      return typeof value === 'string' && !/^[A-Z<]*$/.test(value);
    })
    .map((name) => ({ at: `${HCERT}/nam/${name}`, code: 'CLAIMS_NAME_NOT_TRANSLITERATED' }));
};

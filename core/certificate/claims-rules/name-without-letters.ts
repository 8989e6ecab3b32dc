import { HCERT, namesOf, type Rule } from './unverified-claims.ts';

/** Ours alone: a name in another script, of which no passport name can be made here. Schema 1.3.0 lets an empty one pass. */
export const nameWithoutLetters: Rule = (claims) => {
  const names = namesOf(claims);
  return ['fnt', 'gnt']
    .filter((name) => names.get(name) === '')
    .map((name) => ({
      at: `${HCERT}/nam/${name}`,
      code: 'CLAIMS_NAME_NOT_TRANSLITERATED',
      detail: 'no letter of A to Z in the name',
    }));
};

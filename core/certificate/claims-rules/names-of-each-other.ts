import { transliterate } from '../names.ts';
import { namesSwapped } from './names-swapped.ts';
import { HCERT, namesOf, NONE, type Rule } from './unverified-claims.ts';

/** Ours alone: each passport name is made from the name beside it, by our rule. Other countries write Ö as OE. */
export const namesOfEachOther: Rule = (claims) => {
  const names = namesOf(claims);
  const agree = (name: string, passportName: string) => {
    const value = names.get(name);
    return (typeof value === 'string' ? transliterate(value) : undefined) === names.get(passportName);
  };
  if ((agree('fn', 'fnt') && agree('gn', 'gnt')) || namesSwapped(claims).length > 0) return NONE;
  return [
    {
      at: `${HCERT}/nam`,
      code: 'CLAIMS_NAMES_SWAPPED',
      detail: 'passport names are not made from the names',
    },
  ];
};

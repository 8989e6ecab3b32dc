import { HCERT, namesOf, type Rule } from './unverified-claims.ts';

export const fillerAtEnd: Rule = (claims) => {
  const names = namesOf(claims);
  return ['fnt', 'gnt']
    .filter((name) => {
      const value = names.get(name);
      return typeof value === 'string' && /^<|<$/.test(value);
    })
    .map((name) => ({ at: `${HCERT}/nam/${name}`, code: 'CLAIMS_NAME_FILLER_AT_END' }));
};

import { GROUPS, HCERT, type Rule } from './unverified-claims.ts';

/** v, t or r that is there to say that it is not there. */
export const nullGroup: Rule = ({ hcert }) =>
  GROUPS.filter((group) => hcert.get(group) === null).map((group) => ({
    at: `${HCERT}/${group}`,
    code: 'CLAIMS_NULL_GROUP',
  }));

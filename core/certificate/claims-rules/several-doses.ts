import { isCborArray } from '../cbor-value.ts';
import { GROUPS, HCERT, NONE, type Rule } from './unverified-claims.ts';

/** Schema 1.3.0: one of v, t and r, with one entry. */
export const severalDoses: Rule = ({ hcert }) => {
  const counts = GROUPS.map((group) => {
    const entries = hcert.get(group);
    return isCborArray(entries) ? entries.length : 0;
  });
  const total = counts.reduce((sum, count) => sum + count, 0);
  return total > 1 ? [{ at: HCERT, code: 'CLAIMS_SEVERAL_DOSES' }] : NONE;
};

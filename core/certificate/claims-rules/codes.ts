import { cityDate } from '../../dates.ts';
import { codesFault } from '../value-sets.ts';
import { isInstant, NONE, type ClaimsFault, type Rule } from './unverified-claims.ts';

/** Product, manufacturer and kind of vaccine belong together, and the list in force on the day of issue has them. */
export const codesBelongTogether: Rule = ({ iat, entries }) => {
  if (!isInstant(iat)) return NONE;
  const day = cityDate(new Date(iat * 1000));
  return entries.flatMap(({ group, at, members }): ClaimsFault[] => {
    const [tg, vp, mp, ma] = ['tg', 'vp', 'mp', 'ma'].map((name) => members.get(name));
    if (group !== 'v' || [tg, vp, mp, ma].some((code) => typeof code !== 'string')) return [];
    const detail = codesFault({ tg, vp, mp, ma } as { tg: string; vp: string; mp: string; ma: string }, day);
    return detail === null ? [] : [{ at, code: 'CODES_INCONSISTENT', detail }];
  });
};

import type { Cbor } from '../cbor-value.ts';
import { entryMembers } from './members.ts';
import { HCERT, type ClaimsFault, type Rule } from './unverified-claims.ts';

/** A birth date or the day of a dose or recovery with a time of day after it. */
export const dateWithTime: Rule = ({ hcert, entries }) => {
  const faults: ClaimsFault[] = [];
  if (hasTime(hcert.get('dob'))) faults.push({ at: `${HCERT}/dob`, code: 'CLAIMS_DATE_WITH_TIME' });
  for (const { group, at, members } of entries)
    for (const { name, kind } of entryMembers[group])
      if (kind === 'day' && hasTime(members.get(name)))
        faults.push({ at: `${at}/${name}`, code: 'CLAIMS_DATE_WITH_TIME' });
  return faults;
};

export function hasTime(value: Cbor | undefined): boolean {
  return typeof value === 'string' && value.length > 10 && /^\d{4}-\d\d-\d\d[T ]/.test(value);
}

import { isDate, isYear } from '../../dates.ts';
import type { CborMap } from '../cbor-value.ts';
import { COUNTRY, SCHEMA_VERSION } from '../hcert.ts';
import { isOurUvci } from '../uvci.ts';
import { hasTime } from './date-with-time.ts';
import { entryMembers } from './members.ts';
import { CWT, HCERT, namesOf, type ClaimsFault, type Rule } from './unverified-claims.ts';

const VACCINATION = entryMembers.v.map(({ name }) => name);

/** Ours alone: a vaccination by schema 1.3.0, issued by our country, with an identifier of ours and nothing beside it. */
export const ourForm: Rule = (claims) => {
  const { cwt, iss, hcert, entries } = claims;
  const faults: ClaimsFault[] = [];
  const check = (at: string, ok: boolean) => {
    if (!ok) faults.push({ at, code: 'CLAIMS_MALFORMED' });
  };
  const only = (at: string, map: CborMap, names: readonly (string | number)[]) => {
    for (const name of map.keys()) check(`${at}/${name}`, names.includes(name));
  };
  check(`/${CWT.iss}`, iss === COUNTRY);
  only('', cwt, Object.values(CWT));
  check(`${HCERT}/ver`, hcert.get('ver') === SCHEMA_VERSION);
  const dob = hcert.get('dob');
  check(`${HCERT}/dob`, typeof dob !== 'string' || hasTime(dob) || isDate(dob) || isYear(dob));
  only(HCERT, hcert, ['ver', 'nam', 'dob', 'v']);
  only(`${HCERT}/nam`, namesOf(claims), ['fn', 'gn', 'fnt', 'gnt']);
  for (const { at, members } of entries) {
    const ci = members.get('ci');
    check(`${at}/ci`, typeof ci === 'string' && isOurUvci(ci));
    only(at, members, VACCINATION);
  }
  return faults;
};

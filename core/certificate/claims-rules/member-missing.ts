import { isCborMap } from '../cbor-value.ts';
import { entryMembers } from './members.ts';
import { CWT, GROUPS, HCERT, type ClaimsFault, type Rule } from './unverified-claims.ts';

/** `vp` and `ver` are those that were forgotten in the field; `iss` is optional in a CWT. */
export const memberMissing: Rule = ({ cwt, hcert, entries }) => {
  const faults: ClaimsFault[] = [];
  const missing = (at: string) => faults.push({ at, code: 'CLAIMS_MEMBER_MISSING' });
  if (!cwt.has(CWT.exp)) missing(`/${CWT.exp}`);
  if (!cwt.has(CWT.iat)) missing(`/${CWT.iat}`);
  for (const name of ['ver', 'nam', 'dob']) if (!hcert.has(name)) missing(`${HCERT}/${name}`);
  const names = hcert.get('nam');
  if (isCborMap(names) && !names.has('fnt')) missing(`${HCERT}/nam/fnt`);
  if (GROUPS.every((group) => !hcert.has(group))) missing(`${HCERT}/v`);
  for (const { group, at, members } of entries)
    for (const { name, optional } of entryMembers[group])
      if (!optional && !members.has(name)) missing(`${at}/${name}`);
  return faults;
};

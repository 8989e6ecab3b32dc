import { CborFloat, type Cbor } from '../cbor-value.ts';
import { entryMembers } from './members.ts';
import { CWT, type ClaimsFault, type Rule } from './unverified-claims.ts';

/** Numbers of doses and instants are integers: 2.0 is not 2, and dose 0 is none. */
export const notInteger: Rule = ({ exp, iat, entries }) => {
  const faults: ClaimsFault[] = [];
  const fault = (at: string) => faults.push({ at, code: 'CLAIMS_NOT_INTEGER' });
  if (exp instanceof CborFloat) fault(`/${CWT.exp}`);
  if (iat instanceof CborFloat) fault(`/${CWT.iat}`);
  for (const { group, at, members } of entries)
    for (const { name, kind } of entryMembers[group])
      if (kind === 'count' && isNoCount(members.get(name))) fault(`${at}/${name}`);
  return faults;
};

function isNoCount(value: Cbor | undefined): boolean {
  return value instanceof CborFloat || (typeof value === 'number' && value < 1);
}

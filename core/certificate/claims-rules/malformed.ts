import { isDate } from '../../dates.ts';
import { CborFloat, isCborArray, isCborMap, type Cbor } from '../cbor-value.ts';
import { hasTime } from './date-with-time.ts';
import { entryMembers, type Kind } from './members.ts';
import { CWT, GROUPS, HCERT, isInstant, namesOf, NONE, type Rule } from './unverified-claims.ts';

const MAX_TEXT = 80;
/** Of characters, as JSON Schema counts them. */
const AT_MOST_80 = /^.{0,80}$/su;
const VERSION = /^\d+\.\d+\.\d+$/;
/** Schema 1.3.0; a birth date may be a year, a month or empty where it is not known. */
const BIRTH_DATE = /^((19|20)\d\d(-\d\d){0,2})?$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?(\d\d)?)$/;

/** Everything else that schema 1.3.0 forbids: kinds of values, lengths and patterns. What has a rule of its own is left to it. */
export const malformed: Rule = (claims) => {
  const { iss, exp, iat, hcert, entries } = claims;
  const wrong: string[] = [];
  if (iss !== undefined && typeof iss !== 'string') wrong.push(`/${CWT.iss}`);
  if (!isNumeric(exp)) wrong.push(`/${CWT.exp}`);
  if (!isNumeric(iat)) wrong.push(`/${CWT.iat}`);
  if (!isAbsentOr(VERSION, hcert.get('ver'))) wrong.push(`${HCERT}/ver`);
  if (hcert.has('nam') && !isCborMap(hcert.get('nam'))) wrong.push(`${HCERT}/nam`);
  for (const [name, value] of namesOf(claims)) if (!isText(value)) wrong.push(`${HCERT}/nam/${name}`);
  const dob = hcert.get('dob');
  if (!isAbsentOr(BIRTH_DATE, dob) && !hasTime(dob)) wrong.push(`${HCERT}/dob`);
  for (const group of GROUPS) if (!isGroup(hcert.get(group))) wrong.push(`${HCERT}/${group}`);
  for (const { group, at, members } of entries)
    for (const { name, kind } of entryMembers[group]) {
      const value = members.get(name);
      if (value !== undefined && !isKind[kind](value)) wrong.push(`${at}/${name}`);
    }
  return wrong.length === 0 ? NONE : wrong.map((at) => ({ at, code: 'CLAIMS_MALFORMED' }));
};

function isAbsentOr(pattern: RegExp, value: Cbor | undefined): boolean {
  return value === undefined || (typeof value === 'string' && pattern.test(value));
}

/** A float is the matter of another rule. */
function isNumeric(value: Cbor | undefined): boolean {
  return value === undefined || value instanceof CborFloat || isInstant(value);
}

function isText(value: Cbor): boolean {
  return typeof value === 'string' && (value.length <= MAX_TEXT || AT_MOST_80.test(value));
}

function isGroup(value: Cbor | undefined): boolean {
  return (
    value === undefined ||
    value === null ||
    (isCborArray(value) && value.length > 0 && value.every((entry) => isCborMap(entry)))
  );
}

const isKind: Readonly<Record<Kind, (value: Cbor) => boolean>> = {
  text: isText,
  country: (value) => typeof value === 'string' && /^[A-Z]{1,10}$/.test(value),
  count: (value) => typeof value === 'number' || value instanceof CborFloat,
  day: (value) => hasTime(value) || (typeof value === 'string' && isDate(value)),
  time: (value) => typeof value === 'string' && TIME.test(value),
};

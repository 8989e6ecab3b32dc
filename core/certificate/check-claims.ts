import type { Cbor } from './cbor-value.ts';
import { codesBelongTogether } from './claims-rules/codes.ts';
import { dateWithTime } from './claims-rules/date-with-time.ts';
import { datesSwapped } from './claims-rules/dates-swapped.ts';
import { expiryDuration } from './claims-rules/expiry-duration.ts';
import { fillerAtEnd } from './claims-rules/filler-at-end.ts';
import { malformed } from './claims-rules/malformed.ts';
import { memberMissing } from './claims-rules/member-missing.ts';
import { nameNotTransliterated } from './claims-rules/name-not-transliterated.ts';
import { nameWithoutLetters } from './claims-rules/name-without-letters.ts';
import { namesOfEachOther } from './claims-rules/names-of-each-other.ts';
import { namesSwapped } from './claims-rules/names-swapped.ts';
import { notInteger } from './claims-rules/not-integer.ts';
import { nullGroup } from './claims-rules/null-group.ts';
import { ourForm } from './claims-rules/our-form.ts';
import { readUnverifiedClaims, type ClaimsFault, type Rule } from './claims-rules/unverified-claims.ts';
import { severalDoses } from './claims-rules/several-doses.ts';
import { validityTooLong } from './claims-rules/validity-too-long.ts';

/** One rule, one file; the order is that in which faults are told. */
const RULES_FOR_ANY: readonly Rule[] = [
  nullGroup,
  severalDoses,
  memberMissing,
  malformed,
  dateWithTime,
  notInteger,
  nameNotTransliterated,
  fillerAtEnd,
  namesSwapped,
  expiryDuration,
  datesSwapped,
  validityTooLong,
];

/** What only the issuer can hold itself to: other countries have other codes, identifiers and rules of transliteration. */
const RULES_FOR_OURS: readonly Rule[] = [
  codesBelongTogether,
  ...RULES_FOR_ANY,
  namesOfEachOther,
  nameWithoutLetters,
  ourForm,
];

/**
 * Every mistake in a decoded CWT, none where it may be issued (`ours`) or has none of the issuers' mistakes met in the field (`any`,
 * with tests and recoveries). Who verifies decides which are fatal: breaksSchema tells those that schema 1.3.0 forbids too.
 */
export function checkClaims(value: Cbor, whose: 'ours' | 'any'): readonly ClaimsFault[] {
  const claims = readUnverifiedClaims(value);
  if (claims === null) return [{ at: '', code: 'CLAIMS_MALFORMED', detail: 'not a CWT with a certificate' }];
  const faults: ClaimsFault[] = [];
  for (const rule of whose === 'ours' ? RULES_FOR_OURS : RULES_FOR_ANY) faults.push(...rule(claims));
  return faults;
}

const SCHEMA_FAULTS: ReadonlySet<string> = new Set([
  'CLAIMS_MALFORMED',
  'CLAIMS_MEMBER_MISSING',
  'CLAIMS_NULL_GROUP',
  'CLAIMS_SEVERAL_DOSES',
  'CLAIMS_NOT_INTEGER',
  'CLAIMS_DATE_WITH_TIME',
  'CLAIMS_NAME_NOT_TRANSLITERATED',
]);

export function breaksSchema(fault: ClaimsFault): boolean {
  return SCHEMA_FAULTS.has(fault.code);
}

import { isDate, isInstant, isYear } from '../dates.ts';
import { textFault } from '../text.ts';
import { DOSE_TYPES, ID_TYPES, IDENTITY_METHODS, SEXES } from './record.ts';

/** The form of each field of a record: one predicate a field, used at intake, in leaves and in statements. */

const oneOf =
  (values: readonly string[]) =>
  (value: unknown): boolean =>
    typeof value === 'string' && values.includes(value);

const matching =
  (pattern: RegExp) =>
  (value: unknown): boolean =>
    typeof value === 'string' && pattern.test(value);

/** The forms that are patterns, for the wire schemas too. */
export const patterns = {
  recordId: /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  /** 32 bytes as base64url: 43 characters, the last of which carries two unused zero bits */
  digest: /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/,
  campaign: /^[a-z0-9-]{1,40}$/,
  district: /^\d{3}$/,
  ward: /^\d{5}$/,
  facility: /^[0-9A-Z-]{3,20}$/,
  country: /^[A-Z]{2}$/,
  code: /^[A-Za-z0-9][A-Za-z0-9/._-]{0,59}$/,
  lot: /^[A-Za-z0-9][A-Za-z0-9/. _-]{0,39}$/,
  reference: /^[\x21-\x7e]{1,80}$/,
} as const;

/** Signed text: 1 to `max` UTF-16 units, no outer or double spaces, NFC, nothing invisible. */
export function isText(value: unknown, max: number): value is string {
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= max &&
    !/^ | $| {2}/.test(value) &&
    textFault(value) === null
  );
}

export const isRecordId = matching(patterns.recordId);
export const isDigest = matching(patterns.digest);
export const isCampaign = matching(patterns.campaign);
export const isDistrict = matching(patterns.district);
export const isWard = matching(patterns.ward);
export const isFacility = matching(patterns.facility);
export const isCountry = matching(patterns.country);
export const isCode = matching(patterns.code);
export const isLot = matching(patterns.lot);
export const isReference = matching(patterns.reference);
export const isSex = oneOf(SEXES);
export const isIdType = oneOf(ID_TYPES);
export const isDoseType = oneOf(DOSE_TYPES);
export const isIdentityMethod = oneOf(IDENTITY_METHODS);

export function isName(value: unknown): value is string {
  return isText(value, 120) && /\p{L}/u.test(value) && !/\d/.test(value);
}

export function isBirthDate(value: unknown): boolean {
  return typeof value === 'string' && (isDate(value) || isYear(value));
}

export function isDay(value: unknown): boolean {
  return typeof value === 'string' && isDate(value);
}

export function isTime(value: unknown): boolean {
  return typeof value === 'string' && isInstant(value);
}

export function isDoseNumber(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 20;
}

export function isVersion(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

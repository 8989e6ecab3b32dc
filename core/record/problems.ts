/** What is wrong with a version: problems block it until it is cleaned, warnings only point at something (domain §4). */

/** In the closed order in which one is chosen as a record's primary reason. */
export const PROBLEMS = [
  'ID_MISSING',
  'ID_MALFORMED',
  'NAME_MISSING',
  'NAME_MALFORMED',
  'BIRTH_DATE_MALFORMED',
  'SEX_MALFORMED',
  'NATIONALITY_MALFORMED',
  'RESIDENCE_MALFORMED',
  'FACILITY_MALFORMED',
  'DOSE_MALFORMED',
] as const;

export const WARNINGS = ['TEXT_NORMALISED', 'ID_CROSS_CHECK', 'DISTRICT_FROM_WARD'] as const;

export type ProblemCode = (typeof PROBLEMS)[number];
export type WarningCode = (typeof WARNINGS)[number];

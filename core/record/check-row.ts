import { textFault } from '../text.ts';
import * as field from './fields.ts';
import { isIdNumber, normaliseIdNumber } from './id-commitment.ts';
import { districtFor, districts, knownCccdPrefix, UNKNOWN_DISTRICT } from './places.ts';
import { PROBLEMS, type ProblemCode, type WarningCode } from './problems.ts';
import type { DoseType, IdType, RecordDraft, Sex } from './record.ts';
import type { Row, RowField } from './row.ts';

export type CheckedRow = {
  /** the row after visible normalisation, which is what is kept when there are problems */
  readonly row: Row;
  /** complete only when there is no problem */
  readonly draft: RecordDraft | null;
  /** in the closed order of core/record/problems.ts: the first is the primary one */
  readonly problems: readonly ProblemCode[];
  readonly warnings: readonly WarningCode[];
  /** the district of residence, `000` while unknown */
  readonly district: string;
  readonly campaign: string;
  readonly isForeign: boolean;
};

/**
 * Judges one row on a day (`today`, YYYY-MM-DD, where the dose was given): everything that blocks it, everything worth a look, and the draft where nothing blocks. Text in another normal
 * form is normalised visibly (TEXT_NORMALISED); nothing else is repaired.
 */
export function checkRow(received: Row, campaign: string, today: string): CheckedRow {
  const warnings = new Set<WarningCode>();
  const row = normaliseRow(received, warnings);
  const problems = new Set<ProblemCode>();
  const value = (name: RowField) => row[name] ?? '';
  const check = (ok: boolean, code: ProblemCode) => {
    if (!ok) problems.add(code);
  };

  if (value('name') === '') problems.add('NAME_MISSING');
  else check(field.isName(value('name')), 'NAME_MALFORMED');
  check(value('familyName') === '' || field.isName(value('familyName')), 'NAME_MALFORMED');
  check(field.isBirthDate(value('birthDate')), 'BIRTH_DATE_MALFORMED');
  check(field.isSex(value('sex')), 'SEX_MALFORMED');
  check(field.isCountry(value('nationality')), 'NATIONALITY_MALFORMED');
  const isForeign = field.isCountry(value('nationality')) && value('nationality') !== 'VN';
  checkId(value('idType'), value('idNumber'), isForeign, check, problems);

  const districtOfWard = districtFor(value('ward'));
  const district =
    districtOfWard ?? (field.isDistrict(value('district')) ? value('district') : UNKNOWN_DISTRICT);
  const ownWard =
    districtOfWard !== undefined && (value('district') === '' || value('district') === districtOfWard);
  const elsewhere =
    districtOfWard === undefined && field.isWard(value('ward')) && field.isDistrict(value('district'));
  check(
    ownWard || (elsewhere && !districts.has(district) && district !== UNKNOWN_DISTRICT),
    'RESIDENCE_MALFORMED',
  );
  if (ownWard && value('district') === '') warnings.add('DISTRICT_FROM_WARD');

  check(field.isFacility(value('facility')), 'FACILITY_MALFORMED');
  const doseNumber = /^[1-9]\d?$/.test(value('doseNumber')) ? Number(value('doseNumber')) : 0;
  check(
    field.isDoseNumber(doseNumber) &&
      field.isDoseType(value('doseType')) &&
      field.isDay(value('doseDate')) &&
      value('doseDate') <= today &&
      field.isCountry(value('country')) &&
      field.isCode(value('target')) &&
      field.isCode(value('vaccine')) &&
      field.isCode(value('product')) &&
      field.isCode(value('manufacturer')) &&
      (value('lot') === '' || field.isLot(value('lot'))) &&
      // a year alone is a prefix of its days, so text order holds for both forms of a birth date
      (!field.isBirthDate(value('birthDate')) || value('birthDate') <= value('doseDate')),
    'DOSE_MALFORMED',
  );

  const found = PROBLEMS.filter((code) => problems.has(code));
  if (value('idType') === 'CCCD' && found.length === 0 && !citizenNumberAgrees(row))
    warnings.add('ID_CROSS_CHECK');
  const idType = value('idType') as IdType;
  const draft: RecordDraft | null =
    found.length > 0
      ? null
      : {
          campaign,
          person: {
            name: value('name'),
            ...(value('familyName') === '' ? {} : { familyName: value('familyName') }),
            birthDate: value('birthDate'),
            sex: value('sex') as Sex,
            nationality: value('nationality'),
          },
          id: { type: idType, number: normaliseIdNumber(idType, value('idNumber')) },
          residence: { district, ward: value('ward') },
          facility: value('facility'),
          dose: {
            number: doseNumber,
            type: value('doseType') as DoseType,
            date: value('doseDate'),
            country: value('country'),
            target: value('target'),
            vaccine: value('vaccine'),
            product: value('product'),
            manufacturer: value('manufacturer'),
            ...(value('lot') === '' ? {} : { lot: value('lot') }),
          },
        };
  return { row, draft, problems: found, warnings: [...warnings], district, campaign, isForeign };
}

function normaliseRow(received: Row, warnings: Set<WarningCode>): Row {
  const entries = Object.entries(received).map(([name, value]) => {
    const trimmed = value.trim();
    if (textFault(trimmed) !== 'TEXT_NOT_NFC') return [name, trimmed] as const;
    warnings.add('TEXT_NORMALISED');
    return [name, trimmed.normalize('NFC')] as const;
  });
  return Object.fromEntries(entries);
}

function checkId(
  type: string,
  number: string,
  isForeign: boolean,
  check: (ok: boolean, code: ProblemCode) => void,
  problems: Set<ProblemCode>,
): void {
  if (number === '') {
    problems.add('ID_MISSING');
    return;
  }
  const typeFits = field.isIdType(type) && (isForeign ? type === 'PASSPORT' : type !== 'PASSPORT');
  check(typeFits && isIdNumber(type as IdType, normaliseIdNumber(type as IdType, number)), 'ID_MALFORMED');
}

/**
 * The 12-digit number's own story against the row's: prefix of a province, sex (even male, odd female) with the century, year of
 * birth (domain §4). Disagreement is a warning for the police, not a proof.
 */
function citizenNumberAgrees(row: Row): boolean {
  const number = row.idNumber ?? '';
  const code = Number(number[3]);
  const year = (19 + Math.floor(code / 2)) * 100 + Number(number.slice(4, 6));
  const sexAgrees = row.sex === 'X' || (code % 2 === 0) === (row.sex === 'M');
  return (
    knownCccdPrefix(number.slice(0, 3)) && sexAgrees && String(year) === (row.birthDate ?? '').slice(0, 4)
  );
}

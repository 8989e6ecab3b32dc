import { cityDate } from '../dates.ts';
import type { UnitKind } from '../sign/fields.ts';
import { districtFor, districts } from './places.ts';
import type { RecordLeaf } from './record.ts';

/** What a list says of itself, against which each of its records is held. */
export type ListScope = {
  readonly kind: UnitKind;
  readonly unit: string;
  readonly campaign: string;
  /** the statement's createdAt, YYYY-MM-DDTHH:MM:SSZ */
  readonly createdAt: string;
};

export type EligibilityFault =
  | 'OTHER_CAMPAIGN'
  | 'OTHER_DISTRICT'
  | 'DISTRICT_OUTSIDE_CITY'
  | 'OTHER_FACILITY'
  | 'WARD_OF_OTHER_DISTRICT'
  | 'IDENTITY_NOT_FROM_REGISTER'
  | 'IDENTITY_NOT_ATTESTED'
  | 'ID_TYPE_OF_CITIZEN'
  | 'ID_TYPE_OF_FOREIGNER'
  | 'DOSE_BEFORE_BIRTH'
  | 'DOSE_AFTER_LIST'
  | 'IDENTITY_AFTER_LIST';

const NONE: readonly EligibilityFault[] = [];

/**
 * Why a record may not stand in a list, as far as its leaf can tell: all faults at once, none where it may. A citizen's identity is
 * the register's answer over CCCD or CMND; a foreigner's is the facility's attestation over a passport (domain facts, letter 2665).
 */
export function eligibilityFaults(record: RecordLeaf, scope: ListScope): readonly EligibilityFault[] {
  const { identity, person, residence } = record;
  const faults: EligibilityFault[] = [];
  if (record.campaign !== scope.campaign) faults.push('OTHER_CAMPAIGN');
  if (scope.kind === 'facility') {
    if (record.facility !== scope.unit) faults.push('OTHER_FACILITY');
  } else {
    if (residence.district !== scope.unit) faults.push('OTHER_DISTRICT');
    if (!districts.has(residence.district)) faults.push('DISTRICT_OUTSIDE_CITY');
  }
  if (districtFor(residence.ward) !== districts.get(residence.district)?.code)
    faults.push('WARD_OF_OTHER_DISTRICT');
  if (isForeigner(record)) {
    if (identity.method !== 'facility-attested') faults.push('IDENTITY_NOT_ATTESTED');
    if (person.id.type !== 'PASSPORT') faults.push('ID_TYPE_OF_FOREIGNER');
  } else {
    if (identity.method !== 'register') faults.push('IDENTITY_NOT_FROM_REGISTER');
    if (person.id.type === 'PASSPORT') faults.push('ID_TYPE_OF_CITIZEN');
  }
  // a year alone is a prefix of its days, so text order holds for both forms of a birth date
  if (record.dose.date < person.birthDate) faults.push('DOSE_BEFORE_BIRTH');
  if (isAfter(record.dose.date, scope.createdAt)) faults.push('DOSE_AFTER_LIST');
  if (identity.answeredAt > scope.createdAt) faults.push('IDENTITY_AFTER_LIST');
  return faults.length > 0 ? faults : NONE;
}

/** Whether a day comes after the city's day of an instant; that of UTC, which is never later, settles all but the last hours. */
function isAfter(day: string, at: string): boolean {
  return day > at && day > cityDate(new Date(at));
}

export function isForeigner(record: RecordLeaf): boolean {
  return record.person.nationality !== 'VN';
}

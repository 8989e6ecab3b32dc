import { describe, expect, it } from 'vitest';
import { checkRow } from '#core/record/check-row';
import { eligibilityFaults, type EligibilityFault, type ListScope } from '#core/record/eligibility';
import type { RecordLeaf } from '#core/record/record';
import { sampleRow } from '../../support/rows.ts';
import { sample } from './records.ts';

const district: ListScope = {
  kind: 'district',
  unit: '760',
  campaign: 'covid19',
  createdAt: '2022-04-29T08:15:00Z',
};
const facility: ListScope = { ...district, kind: 'facility', unit: '79-00123' };
const foreigner: RecordLeaf = {
  ...sample,
  person: { ...sample.person, nationality: 'US', id: { ...sample.person.id, type: 'PASSPORT' } },
  identity: { method: 'facility-attested', answeredAt: '2022-04-20T03:04:05Z' },
};

describe('a record may stand in a list', () => {
  it.each([
    ['a citizen in the list of the district', sample, district],
    ['a citizen in the list of the facility', sample, facility],
    ['a foreigner whom the facility answers for', foreigner, facility],
    [
      'a person from another province, in the list of the facility',
      { ...sample, residence: { district: '001', ward: '00001' } },
      facility,
    ],
    [
      'born in the year of the dose',
      { ...sample, person: { ...sample.person, birthDate: '2021' } },
      district,
    ],
    [
      'born on the day of the dose',
      { ...sample, person: { ...sample.person, birthDate: '2021-08-01' } },
      district,
    ],
    [
      'vaccinated on the day of the list, which begins at 17:00 UTC',
      { ...sample, dose: { ...sample.dose, date: '2022-04-30' } },
      { ...district, createdAt: '2022-04-29T17:00:00Z' },
    ],
    [
      'answered in the second of the list',
      { ...sample, identity: { ...sample.identity, answeredAt: district.createdAt } },
      district,
    ],
  ])('%s', (_what, record, scope) => {
    expect(eligibilityFaults(record, scope)).toEqual([]);
  });
});

describe('a record may not stand in a list', () => {
  it.each<[EligibilityFault, Partial<RecordLeaf>, ListScope]>([
    ['OTHER_CAMPAIGN', { campaign: 'measles' }, district],
    ['OTHER_DISTRICT', { residence: { district: '769', ward: '26794' } }, district],
    [
      'DISTRICT_OUTSIDE_CITY',
      { residence: { district: '001', ward: '00001' } },
      { ...district, unit: '001' },
    ],
    ['OTHER_FACILITY', { facility: '79-00124' }, facility],
    ['WARD_OF_OTHER_DISTRICT', { residence: { district: '760', ward: '26794' } }, district],
    ['WARD_OF_OTHER_DISTRICT', { residence: { district: '760', ward: '00001' } }, district],
    ['WARD_OF_OTHER_DISTRICT', { residence: { district: '001', ward: '26734' } }, facility],
    ['DOSE_AFTER_LIST', { dose: { ...sample.dose, date: '2022-04-30' } }, district],
    [
      'DOSE_AFTER_LIST',
      { dose: { ...sample.dose, date: '2022-05-01' } },
      { ...district, createdAt: '2022-04-29T17:00:00Z' },
    ],
    ['IDENTITY_NOT_FROM_REGISTER', { identity: foreigner.identity }, district],
    ['IDENTITY_NOT_ATTESTED', { person: foreigner.person }, facility],
    ['ID_TYPE_OF_CITIZEN', { person: { ...foreigner.person, nationality: 'VN' } }, district],
    ['ID_TYPE_OF_FOREIGNER', { ...foreigner, person: { ...sample.person, nationality: 'US' } }, facility],
    ['DOSE_BEFORE_BIRTH', { person: { ...sample.person, birthDate: '2021-08-02' } }, district],
    ['DOSE_BEFORE_BIRTH', { person: { ...sample.person, birthDate: '2022' } }, district],
    [
      'IDENTITY_AFTER_LIST',
      { identity: { ...sample.identity, answeredAt: '2022-04-29T08:15:01Z' } },
      district,
    ],
  ])('%s', (fault, changes, scope) => {
    expect(eligibilityFaults({ ...sample, ...changes }, scope)).toEqual([fault]);
  });

  it('with all faults at once', () => {
    const faults = eligibilityFaults(
      { ...foreigner, campaign: 'x', facility: '79-1', identity: sample.identity },
      facility,
    );
    expect(faults).toEqual(['OTHER_CAMPAIGN', 'OTHER_FACILITY', 'IDENTITY_NOT_ATTESTED']);
  });
});

it('the agent finds no fault in what the importer lets pass', () => {
  for (const birthDate of ['1980-01-02', '2021-08-01', '2021', '2021-08-02', '2021-12-31', '2022']) {
    const { draft } = checkRow({ ...sampleRow, birthDate }, 'covid19', '2022-04-23');
    if (!draft) continue;
    const { id, ...rest } = draft;
    const record: RecordLeaf = {
      ...sample,
      ...rest,
      person: { ...rest.person, id: { ...sample.person.id, type: id.type } },
    };
    expect(eligibilityFaults(record, district)).toEqual([]);
  }
});

import { describe, expect, it } from 'vitest';
import { checkRow } from '#core/record/check-row';
import { isForeigner } from '#core/record/eligibility';
import { PROBLEMS, WARNINGS, type ProblemCode } from '#core/record/problems';
import type { Row } from '#core/record/row';
import { sampleRow as row } from '../../support/rows.ts';

const check = (changes: Row) => checkRow({ ...row, ...changes }, 'covid19', '2022-04-23');
const problemsOf = (changes: Row) => check(changes).problems;

describe('a clean row', () => {
  it('is a draft without problems and warnings', () => {
    const { draft, problems, warnings, district, isForeign } = check({});
    expect({ problems, warnings, district, isForeign }).toEqual({
      problems: [],
      warnings: [],
      district: '760',
      isForeign: false,
    });
    expect(draft).toEqual({
      campaign: 'covid19',
      person: {
        name: 'Nguyễn Văn An',
        familyName: 'Nguyễn',
        birthDate: '1980-01-02',
        sex: 'M',
        nationality: 'VN',
      },
      id: { type: 'CCCD', number: '079080000001' },
      residence: { district: '760', ward: '26734' },
      facility: '79-00123',
      dose: {
        number: 1,
        type: 'primary',
        date: '2021-08-01',
        country: 'VN',
        target: '840539006',
        vaccine: '1119349007',
        product: 'EU/1/20/1528',
        manufacturer: 'ORG-100030215',
        lot: 'FF1234',
      },
    });
  });

  it('may know the year of birth only, no family name and no lot', () => {
    const { draft, problems } = check({ birthDate: '1980', familyName: '', lot: '' });
    expect(problems).toEqual([]);
    expect(draft?.person).not.toHaveProperty('familyName');
    expect(draft?.dose).not.toHaveProperty('lot');
  });
});

describe('problems', () => {
  it.each<[ProblemCode, Row]>([
    ['ID_MISSING', { idNumber: '' }],
    ['ID_MALFORMED', { idNumber: '79080000001' }],
    ['ID_MALFORMED', { idType: 'CMND' }],
    ['ID_MALFORMED', { idType: 'cccd' }],
    ['ID_MALFORMED', { idType: 'PASSPORT', idNumber: 'C1234567' }],
    ['NAME_MISSING', { name: '' }],
    ['NAME_MISSING', { name: '   ' }],
    ['NAME_MALFORMED', { name: 'Nguyễn Văn 4n' }],
    ['NAME_MALFORMED', { name: 'Nguyễn  Văn An' }],
    ['NAME_MALFORMED', { name: 'Nguyễn \u202eVăn An' }],
    ['NAME_MALFORMED', { name: '\u202eNguyễn Văn An'.normalize('NFD') }],
    ['NAME_MALFORMED', { name: 'A'.repeat(121) }],
    ['NAME_MALFORMED', { name: '---' }],
    ['NAME_MALFORMED', { familyName: 'Ngu\u200byễn' }],
    ['BIRTH_DATE_MALFORMED', { birthDate: '' }],
    ['BIRTH_DATE_MALFORMED', { birthDate: '02/01/1980' }],
    ['BIRTH_DATE_MALFORMED', { birthDate: '1980-02-30' }],
    ['BIRTH_DATE_MALFORMED', { birthDate: 'Mậu Thân' }],
    ['SEX_MALFORMED', { sex: 'Nam' }],
    ['NATIONALITY_MALFORMED', { nationality: 'Việt Nam' }],
    ['RESIDENCE_MALFORMED', { ward: '', district: '' }],
    ['RESIDENCE_MALFORMED', { ward: 'Phường 6', district: '' }],
    ['RESIDENCE_MALFORMED', { ward: '99999', district: '' }],
    ['RESIDENCE_MALFORMED', { ward: '99999', district: '760' }],
    ['RESIDENCE_MALFORMED', { ward: '99999', district: '000' }],
    ['RESIDENCE_MALFORMED', { ward: '26734', district: '769' }],
    ['FACILITY_MALFORMED', { facility: '' }],
    ['FACILITY_MALFORMED', { facility: 'Trạm Y tế' }],
    ['DOSE_MALFORMED', { doseNumber: '0' }],
    ['DOSE_MALFORMED', { doseNumber: '01' }],
    ['DOSE_MALFORMED', { doseNumber: '1.0' }],
    ['DOSE_MALFORMED', { doseNumber: '21' }],
    ['DOSE_MALFORMED', { doseType: 'Mũi 1' }],
    ['DOSE_MALFORMED', { doseDate: '2021-08-32' }],
    ['DOSE_MALFORMED', { country: 'VNM' }],
    ['DOSE_MALFORMED', { vaccine: '' }],
    ['DOSE_MALFORMED', { lot: 'lô\u200b' }],
    ['DOSE_MALFORMED', { birthDate: '2021-08-02' }],
    ['DOSE_MALFORMED', { birthDate: '2022' }],
  ])('%s alone, for %j', (problem, changes) => {
    const checked = check(changes);
    expect(checked.problems).toEqual([problem]);
    expect(checked.draft).toBeNull();
  });

  it('stand all at once, in the closed order: the first is the primary one', () => {
    const { problems } = checkRow({}, 'covid19', '2022-04-23');
    expect(problems).toEqual(PROBLEMS.filter((code) => problems.includes(code)));
    expect(problems).toEqual(PROBLEMS.filter((code) => code !== 'ID_MALFORMED' && code !== 'NAME_MALFORMED'));
    expect(problemsOf({ lot: '!', name: '', idNumber: 'x' })).toEqual([
      'ID_MALFORMED',
      'NAME_MISSING',
      'DOSE_MALFORMED',
    ]);
  });
});

describe('where a person lives', () => {
  it('is the district of the ward, said visibly where the row did not say it', () => {
    expect(check({ district: '' })).toMatchObject({
      district: '760',
      problems: [],
      warnings: ['DISTRICT_FROM_WARD'],
    });
  });

  it('may be elsewhere in the country, for a facility to sign', () => {
    const { problems, district, draft } = check({ ward: '00001', district: '001' });
    expect({ problems, district, residence: draft?.residence }).toEqual({
      problems: [],
      district: '001',
      residence: { district: '001', ward: '00001' },
    });
  });

  it("is 000 while unknown, and the ward's own where the district contradicts it", () => {
    expect(check({ ward: '', district: '' }).district).toBe('000');
    expect(check({ ward: '26734', district: '769' }).district).toBe('760');
  });
});

describe('foreigners', () => {
  const foreign = {
    nationality: 'US',
    idType: 'PASSPORT',
    idNumber: 'c 123 4567',
    name: 'John Miller',
    familyName: '',
  };

  it('have a passport, upper-case without spaces', () => {
    const { draft, problems, isForeign } = check(foreign);
    expect({ problems, isForeign, number: draft?.id.number }).toEqual({
      problems: [],
      isForeign: true,
      number: 'C1234567',
    });
  });

  it('have no citizen number', () => {
    expect(problemsOf({ ...foreign, idType: 'CCCD', idNumber: '079080000001' })).toEqual(['ID_MALFORMED']);
  });

  it('are the same people to the importer and to the agent', () => {
    for (const nationality of ['VN', 'US']) {
      const leaf = { person: { nationality } } as Parameters<typeof isForeigner>[0];
      expect(check({ ...foreign, nationality }).isForeign).toBe(isForeigner(leaf));
    }
  });
});

describe('warnings', () => {
  it('are a closed list', () => {
    expect([...WARNINGS].sort()).toEqual(['DISTRICT_FROM_WARD', 'ID_CROSS_CHECK', 'TEXT_NORMALISED']);
  });

  it('NFD is normalised visibly', () => {
    const { draft, warnings } = check({ name: 'Nguyễn Văn An'.normalize('NFD') });
    expect(draft?.person.name).toBe('Nguyễn Văn An');
    expect(warnings).toEqual(['TEXT_NORMALISED']);
  });

  it.each([
    ['male, 19xx', { idNumber: '079080000001', sex: 'M', birthDate: '1980-01-02' }, true],
    ['female, 19xx', { idNumber: '079180000001', sex: 'F', birthDate: '1980-01-02' }, true],
    ['male, 20xx', { idNumber: '079210000001', sex: 'M', birthDate: '2010-01-02' }, true],
    ['female, 20xx', { idNumber: '079310000001', sex: 'F', birthDate: '2010' }, true],
    ['sex not said', { idNumber: '079180000001', sex: 'X', birthDate: '1980' }, true],
    ['born abroad', { idNumber: '123080000001', sex: 'M', birthDate: '1980' }, true],
    ['other sex', { idNumber: '079180000001', sex: 'M', birthDate: '1980-01-02' }, false],
    ['other year', { idNumber: '079081000001', sex: 'M', birthDate: '1980-01-02' }, false],
    ['other century', { idNumber: '079280000001', sex: 'M', birthDate: '1980-01-02' }, false],
    ['no such province', { idNumber: '003080000001', sex: 'M', birthDate: '1980-01-02' }, false],
    [
      'an old number tells nothing',
      { idType: 'CMND', idNumber: '023456789', sex: 'M', birthDate: '1980-01-02' },
      true,
    ],
  ])('the citizen number tells its own story: %s', (_what, changes, agrees) => {
    const { problems, warnings, draft } = check(changes);
    expect(problems).toEqual([]);
    expect(warnings).toEqual(agrees ? [] : ['ID_CROSS_CHECK']);
    expect(draft).not.toBeNull();
  });
});

it('a dose given later than the day of the import is a problem of the dose', () => {
  expect(problemsOf({ doseDate: '2022-04-23' })).toEqual([]);
  expect(problemsOf({ doseDate: '2022-04-24' })).toEqual(['DOSE_MALFORMED']);
});

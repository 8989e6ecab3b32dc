import { districts } from '#core/record/places';
import type { Row } from '#core/record/row';
import type { IdType, Sex } from '#core/record/record';
import { Random } from './random.ts';

/**
 * Sample people, made up: no real person's data. Vietnamese names, real ward codes, and the published classes of bad records:
 * 12 % without a usable number, 25 % that differ from the register (2262/BYT-CNTT), a few foreigners.
 */
export type RegisteredPerson = {
  readonly idType: IdType;
  readonly idNumber: string;
  readonly name: string;
  readonly sex: Sex;
  readonly birthDate: string;
};

export type SampleDose = {
  readonly row: Row;
  /** what the population register knows of this person; null where it knows nobody by that number */
  readonly registered: RegisteredPerson | null;
};

export type SampleOptions = {
  readonly records: number;
  readonly districts: readonly string[];
  readonly facilities: readonly string[];
  readonly seed: number;
  /** false: every record is clean, for benches */
  readonly errors?: boolean;
};

const FAMILIES = [
  'Nguyễn',
  'Trần',
  'Lê',
  'Phạm',
  'Huỳnh',
  'Hoàng',
  'Phan',
  'Vũ',
  'Võ',
  'Đặng',
  'Bùi',
  'Đỗ',
  'Hồ',
  'Ngô',
  'Dương',
  'Lý',
];
const MIDDLES_M = ['Văn', 'Hữu', 'Đức', 'Minh', 'Quốc', 'Thanh', 'Công', 'Gia'];
const MIDDLES_F = ['Thị', 'Thị Ngọc', 'Thị Thu', 'Ngọc', 'Thùy', 'Thị Mỹ', 'Bích', 'Thị Kim'];
const GIVEN_M = [
  'An',
  'Bình',
  'Cường',
  'Dũng',
  'Đạt',
  'Hải',
  'Hùng',
  'Khoa',
  'Long',
  'Nam',
  'Phúc',
  'Quân',
  'Sơn',
  'Tài',
  'Tuấn',
  'Ưu',
];
const GIVEN_F = [
  'Ánh',
  'Châu',
  'Dung',
  'Giang',
  'Hà',
  'Hương',
  'Lan',
  'Linh',
  'Mai',
  'Nga',
  'Oanh',
  'Phượng',
  'Quỳnh',
  'Trang',
  'Uyên',
  'Yến',
];
const FOREIGN_NAMES = [
  'John Miller',
  'Marie Dubois',
  'Kim Min Jun',
  'Sato Yuki',
  'Anna Schmidt',
  'Carlos Silva',
];
const NATIONALITIES = ['US', 'FR', 'KR', 'JP', 'DE', 'BR'];
const PREFIXES = ['079', '001', '048', '092', '080', '082', '075', '077'];

const VACCINES = [
  { product: 'EU/1/21/1529', manufacturer: 'ORG-100001699', vaccine: '29061000087103' },
  { product: 'EU/1/20/1528', manufacturer: 'ORG-100030215', vaccine: '1119349007' },
  { product: 'EU/1/20/1507', manufacturer: 'ORG-100031184', vaccine: '1119349007' },
  { product: 'BBIBP-CorV', manufacturer: 'ORG-100020693', vaccine: '1157024006' },
];
const DOSES = [
  { number: '1', type: 'primary', month: '08' },
  { number: '2', type: 'primary', month: '10' },
  { number: '3', type: 'booster1', month: '12' },
];

const SHARE_WITHOUT_NUMBER = 0.12;
const SHARE_WRONG = 0.25;
const SHARE_UNKNOWN = 0.02;
const SHARE_FOREIGN = 0.01;

/** Doses of sample people, in the order in which a platform export would list them; exactly `records` of them. */
export function* sampleDoses(options: SampleOptions): Generator<SampleDose> {
  const random = new Random(options.seed);
  let made = 0;
  for (let personNo = 0; made < options.records; personNo++) {
    const { person, registered } = makePerson(random, personNo, options.errors ?? true);
    const district = random.pick(options.districts);
    const wards = [...(districts.get(district)?.wards.keys() ?? [])];
    const place = { district, ward: random.pick(wards), facility: random.pick(options.facilities) };
    const vaccine = random.pick(VACCINES);
    const doses = DOSES.slice(0, 1 + random.below(3));
    for (const dose of doses) {
      if (made++ >= options.records) return;
      const day = String(1 + random.below(28)).padStart(2, '0');
      yield {
        registered,
        row: {
          doseId: `NT-${options.seed}-${personNo}-${dose.number}`,
          ...person,
          ...place,
          doseNumber: dose.number,
          doseType: dose.type,
          doseDate: `2021-${dose.month}-${day}`,
          country: 'VN',
          target: '840539006',
          vaccine: vaccine.vaccine,
          product: vaccine.product,
          manufacturer: vaccine.manufacturer,
          lot: `LOT${100 + random.below(900)}`,
        },
      };
    }
  }
}

type PersonFields = Pick<
  Row,
  'name' | 'familyName' | 'birthDate' | 'sex' | 'nationality' | 'idType' | 'idNumber'
>;

function makePerson(
  random: Random,
  personNo: number,
  errors: boolean,
): { person: PersonFields; registered: RegisteredPerson | null } {
  const sex: Sex = random.chance(0.5) ? 'M' : 'F';
  const year = 1935 + random.below(80);
  const birthDate = `${year}-${pad(1 + random.below(12), 2)}-${pad(1 + random.below(28), 2)}`;
  if (errors && random.chance(SHARE_FOREIGN))
    return { person: foreigner(random, personNo, sex, birthDate), registered: null };
  const familyName = random.pick(FAMILIES);
  const name = [
    familyName,
    random.pick(sex === 'M' ? MIDDLES_M : MIDDLES_F),
    random.pick(sex === 'M' ? GIVEN_M : GIVEN_F),
  ].join(' ');
  const idNumber = citizenNumber(sex, year, personNo);
  const registered: RegisteredPerson = { idType: 'CCCD', idNumber, name, sex, birthDate };
  const person = { name, familyName, birthDate, sex, nationality: 'VN', idType: 'CCCD', idNumber };
  if (!errors) return { person, registered };
  const fate = random.next();
  if (fate < SHARE_WITHOUT_NUMBER / 2) return { person: { ...person, idNumber: '' }, registered };
  if (fate < SHARE_WITHOUT_NUMBER) return { person: { ...person, idNumber: idNumber.slice(1) }, registered };
  if (fate < SHARE_WITHOUT_NUMBER + SHARE_WRONG) return { person, registered: otherwise(random, registered) };
  if (fate < SHARE_WITHOUT_NUMBER + SHARE_WRONG + SHARE_UNKNOWN) return { person, registered: null };
  return { person, registered };
}

function foreigner(random: Random, personNo: number, sex: Sex, birthDate: string): PersonFields {
  const which = random.below(FOREIGN_NAMES.length);
  return {
    name: FOREIGN_NAMES[which] ?? '',
    birthDate,
    sex,
    nationality: NATIONALITIES[which] ?? '',
    idType: 'PASSPORT',
    idNumber: `P${pad(personNo, 8)}`,
  };
}

/** What the register has where it differs from the platform: another name, sex or birth date. */
function otherwise(random: Random, person: RegisteredPerson): RegisteredPerson {
  const which = random.below(3);
  if (which === 0) return { ...person, name: `${person.name} Anh` };
  if (which === 1) return { ...person, sex: person.sex === 'M' ? 'F' : 'M' };
  return { ...person, birthDate: `${Number(person.birthDate.slice(0, 4)) - 1}${person.birthDate.slice(4)}` };
}

/** PPP G YY NNNNNN (domain §4): place of birth registration, sex with century, year of birth, serial. */
function citizenNumber(sex: Sex, year: number, personNo: number): string {
  const code = (Math.floor(year / 100) - 19) * 2 + (sex === 'F' ? 1 : 0);
  // prefix and serial together are unique up to eight million people
  const prefix = PREFIXES[personNo % PREFIXES.length] ?? '079';
  return `${prefix}${code}${pad(year % 100, 2)}${pad(Math.floor(personNo / PREFIXES.length) % 1_000_000, 6)}`;
}

function pad(value: number, length: number): string {
  return String(value).padStart(length, '0');
}

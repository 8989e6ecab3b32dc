import fc from 'fast-check';
import { isDate } from '#core/dates';
import { isName } from '#core/record/fields';
import {
  DOSE_TYPES,
  ID_TYPES,
  IDENTITY_METHODS,
  RECORD_TYPE,
  SEXES,
  type RecordLeaf,
} from '#core/record/record';
import { base64url } from '#core/bytes';

/** The record of formats §2, complete, with every optional member. */
export const sample: RecordLeaf = {
  type: RECORD_TYPE,
  recordId: '0180726f-2c00-7abc-8def-0123456789ab',
  version: 1,
  salt: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8',
  campaign: 'covid19',
  person: {
    name: 'Nguyễn Văn An',
    familyName: 'Nguyễn',
    birthDate: '1980-01-02',
    sex: 'M',
    nationality: 'VN',
    id: { type: 'CCCD', commit: 'ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8' },
  },
  identity: { method: 'register', answeredAt: '2022-04-20T03:04:05Z', reference: 'REF-1' },
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
};

const digest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(base64url);
const code = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9/._-]{0,59}$/);
const country = fc.stringMatching(/^[A-Z]{2}$/);
const day = fc
  .tuple(
    fc.integer({ min: 1800, max: 2100 }),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 31 }),
  )
  .map(([y, m, d]) => `${y}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`)
  .filter(isDate);
const time = fc.stringMatching(/^([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/);
const name = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
  )
  .map((text) => `Ư ${text}`.normalize('NFC'))
  .filter(isName);

/** Every acceptable record, with names of any writing, quotes and backslashes among them. */
export const anyRecord: fc.Arbitrary<RecordLeaf> = fc.record({
  type: fc.constant(RECORD_TYPE),
  recordId: fc.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
  version: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  salt: digest,
  campaign: fc.stringMatching(/^[a-z0-9-]{1,40}$/),
  person: fc.record(
    {
      name,
      familyName: name,
      birthDate: fc.oneof(
        day,
        day.map((text) => text.slice(0, 4)),
      ),
      sex: fc.constantFrom(...SEXES),
      nationality: country,
      id: fc.record({ type: fc.constantFrom(...ID_TYPES), commit: digest }),
    },
    { requiredKeys: ['name', 'birthDate', 'sex', 'nationality', 'id'] },
  ),
  identity: fc.record(
    {
      method: fc.constantFrom(...IDENTITY_METHODS),
      answeredAt: fc.tuple(day, time).map(([d, t]) => `${d}T${t}`),
      reference: fc.stringMatching(/^[\x21-\x7e]{1,80}$/),
    },
    { requiredKeys: ['method', 'answeredAt'] },
  ),
  residence: fc.record({ district: fc.stringMatching(/^\d{3}$/), ward: fc.stringMatching(/^\d{5}$/) }),
  facility: fc.stringMatching(/^[0-9A-Z-]{3,20}$/),
  dose: fc.record(
    {
      number: fc.integer({ min: 1, max: 20 }),
      type: fc.constantFrom(...DOSE_TYPES),
      date: day,
      country,
      target: code,
      vaccine: code,
      product: code,
      manufacturer: code,
      lot: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9/. _-]{0,39}$/),
    },
    { requiredKeys: ['number', 'type', 'date', 'country', 'target', 'vaccine', 'product', 'manufacturer'] },
  ),
});

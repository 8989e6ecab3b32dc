import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64url } from '#core/bytes';
import { cityDate, instant } from '#core/dates';
import { checkRow, type CheckedRow } from '#core/record/check-row';
import { eligibilityFaults } from '#core/record/eligibility';
import { commitId, isIdNumber } from '#core/record/id-commitment';
import { leafBytes } from '#core/record/leaf';
import { parseRecord } from '#core/record/parse-record';
import { districts } from '#core/record/places';
import {
  DOSE_TYPES,
  ID_TYPES,
  RECORD_TYPE,
  SEXES,
  type RecordDraft,
  type RecordLeaf,
} from '#core/record/record';
import type { Row } from '#core/record/row';
import { sampleRow } from '../../support/rows.ts';

/** What the importer lets pass, the agent signs: a fault found only by the agent would block the batch of a whole district. */

const now = new Date('2022-04-29T20:30:00Z');
const today = cityDate(now);
const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());

/** As the API completes a version, with fixed salts. */
function leafOf(draft: RecordDraft, isForeign: boolean): RecordLeaf {
  const { id, person, ...rest } = draft;
  return {
    type: RECORD_TYPE,
    recordId: '0180726f-2c00-7abc-8def-0123456789ab',
    version: 1,
    salt: base64url(new Uint8Array(32).fill(1)),
    ...rest,
    person: {
      ...person,
      id: { type: id.type, commit: commitId(sha256, id.type, id.number, new Uint8Array(32).fill(2)) },
    },
    identity: { method: isForeign ? 'facility-attested' : 'register', answeredAt: instant(now) },
  };
}

function agentAgrees({ draft, district, isForeign }: CheckedRow): void {
  expect(draft).not.toBeNull();
  if (!draft) return;
  const record = leafOf(draft, isForeign);
  expect(parseRecord(leafBytes(record))).toEqual(record);
  expect(isIdNumber(draft.id.type, draft.id.number)).toBe(true);
  expect(record.residence.district).toBe(district);
  const scope = { campaign: 'covid19', createdAt: instant(now) };
  if (districts.has(district))
    expect(eligibilityFaults(record, { ...scope, kind: 'district', unit: district })).toEqual([]);
  expect(eligibilityFaults(record, { ...scope, kind: 'facility', unit: record.facility })).toEqual([]);
}

const wards = [...districts.values()].flatMap(({ code, wards: own }) =>
  [...own.keys()].map((ward) => ({ ward, district: code })),
);
const padding = fc.constantFrom('', ' ', '\t', '\u00a0', '\ufeff');
const day = fc
  .date({ min: new Date('1900-01-01'), max: new Date('2023-01-01'), noInvalidDate: true })
  .map((at) => at.toISOString().slice(0, 10));
const nearToday = fc
  .integer({ min: -3, max: 3 })
  .map((days) => cityDate(new Date(now.getTime() + days * 86_400_000)));
const code = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9/._-]{0,59}$/);
const syllable = fc.constantFrom(
  'Nguyễn',
  'Thị',
  'Đặng',
  'Ngọc',
  'Ánh',
  'Ưu',
  'H’Hen',
  'Niê',
  'Y-Blô',
  'đỗ',
  'QUỲNH',
);
const vietnameseName = fc
  .array(syllable, { minLength: 1, maxLength: 6 })
  .chain((parts) => fc.constantFrom('NFC', 'NFD').map((form) => parts.join(' ').normalize(form)));
const foreignName = fc.constantFrom(
  'John Miller',
  "Seán O'Brien",
  'Мария Иванова',
  '王 小明',
  'أحمد',
  'Łukasz "Lu" Żak',
);
const anyText = fc.oneof(
  fc.string({ maxLength: 130 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
/** A plausible value mostly, sometimes an odd one, sometimes with padding that spreadsheets leave. */
const mostly = (value: fc.Arbitrary<string>, weight = 30) =>
  fc
    .tuple(padding, fc.oneof({ weight, arbitrary: value }, { weight: 1, arbitrary: anyText }), padding)
    .map((parts) => parts.join(''));

const place = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...wards) },
  { weight: 2, arbitrary: fc.constantFrom(...wards).map(({ ward }) => ({ ward, district: '' })) },
  { weight: 1, arbitrary: fc.constantFrom(...wards).map(({ ward }) => ({ ward, district: '001' })) },
  {
    weight: 2,
    arbitrary: fc.record({ ward: fc.stringMatching(/^\d{5}$/), district: fc.stringMatching(/^\d{3}$/) }),
  },
);
const person = fc.record({
  nationality: fc.constantFrom('VN', 'VN', 'US', 'FR', 'ZZ'),
  idType: fc.constantFrom(...ID_TYPES),
  idNumber: fc.oneof(
    fc.stringMatching(/^\d{12}$/),
    fc.stringMatching(/^\d{9}$/),
    fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 ]{3,18}[A-Za-z0-9ßı]$/),
  ),
  name: mostly(fc.oneof(vietnameseName, foreignName)),
});
const otherFields = fc.record(
  {
    familyName: mostly(fc.oneof(fc.constant(''), syllable)),
    birthDate: mostly(
      fc.oneof(
        day,
        nearToday,
        day.map((text) => text.slice(0, 4)),
      ),
    ),
    sex: mostly(fc.constantFrom(...SEXES)),
    facility: mostly(fc.stringMatching(/^[0-9A-Z-]{3,20}$/)),
    doseNumber: mostly(fc.integer({ min: 0, max: 22 }).map(String)),
    doseType: mostly(fc.constantFrom(...DOSE_TYPES)),
    doseDate: mostly(fc.oneof(day, nearToday, fc.constant('2021-08-01'))),
    country: mostly(fc.stringMatching(/^[A-Z]{2}$/)),
    target: mostly(code),
    vaccine: mostly(code),
    product: mostly(code),
    manufacturer: mostly(code),
    lot: mostly(fc.oneof(fc.constant(''), fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9/. _-]{0,39}$/))),
  },
  { requiredKeys: [] },
);
const anyRow: fc.Arbitrary<Row> = fc
  .tuple(place, person, otherFields)
  .map(([where, who, other]) => ({ ...sampleRow, familyName: '', ...where, ...who, ...other }));

describe('the importer and the agent', () => {
  it('agree on every row that has no problems', () => {
    let accepted = 0;
    fc.assert(
      fc.property(anyRow, (row) => {
        const checked = checkRow(row, 'covid19', today);
        if (checked.problems.length > 0) return;
        accepted++;
        agentAgrees(checked);
      }),
      { numRuns: 20_000 },
    );
    expect(accepted).toBeGreaterThan(1000);
  });

  it('agree on every ward of the city, with its district said or not', () => {
    for (const { ward, district } of wards)
      for (const said of [district, ''])
        agentAgrees(checkRow({ ...sampleRow, ward, district: said }, 'covid19', today));
  });

  it('agree on the last day that a dose may be of: that of the city, not of UTC', () => {
    agentAgrees(checkRow({ ...sampleRow, doseDate: '2022-04-30' }, 'covid19', today));
    const { problems } = checkRow({ ...sampleRow, doseDate: '2022-05-01' }, 'covid19', today);
    expect(problems).toEqual(['DOSE_MALFORMED']);
  });

  it.each(['A'.repeat(120), 'ễ'.repeat(120), '"\\'.repeat(59) + 'Ư', '𠮷'.repeat(60)])(
    'agree on the longest names (%s)',
    (name) => {
      agentAgrees(checkRow({ ...sampleRow, name, familyName: name }, 'covid19', today));
    },
  );
});

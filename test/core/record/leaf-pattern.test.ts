import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64url, utf8, utf8Text } from '#core/bytes';
import { isRefusal } from '#core/refusal';
import { leafText } from '#core/record/leaf';
import { readPlainLeaf } from '#core/record/leaf-pattern';
import { parseRecordText } from '#core/record/parse-record';
import { DOSE_TYPES, ID_TYPES, IDENTITY_METHODS, SEXES, type RecordLeaf } from '#core/record/record';

const digest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(base64url);
const day = fc
  .date({ min: new Date('1900-01-01'), max: new Date('2026-01-01'), noInvalidDate: true })
  .map((at) => at.toISOString().slice(0, 10));
const time = day.map((text) => `${text}T10:11:12Z`);
const name = fc
  .array(fc.constantFrom('Nguyễn', 'Văn', 'Đặng', "O'Neil", 'Ánh', '"Bé"', 'a\\b', 'Ưu', '張', '𠮷'), {
    minLength: 1,
    maxLength: 5,
  })
  .map((words) => words.join(' '));
const code = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9/._-]{0,20}$/);
const country = fc.stringMatching(/^[A-Z]{2}$/);
/** Members that are there or not; nothing spreads as no members. */
const optional = <T extends object>(members: fc.Arbitrary<T>) => fc.option(members, { nil: undefined });

const record: fc.Arbitrary<RecordLeaf> = fc
  .record({
    recordId: fc.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
    version: fc.integer({ min: 1, max: 999_999_999_999_999 }),
    salt: digest,
    person: fc.tuple(
      fc.record({
        name,
        birthDate: fc.oneof(
          day,
          day.map((text) => text.slice(0, 4)),
        ),
        sex: fc.constantFrom(...SEXES),
        nationality: country,
        id: fc.record({ type: fc.constantFrom(...ID_TYPES), commit: digest }),
      }),
      optional(fc.record({ familyName: name })),
    ),
    identity: fc.tuple(
      fc.record({ method: fc.constantFrom(...IDENTITY_METHODS), answeredAt: time }),
      optional(fc.record({ reference: fc.stringMatching(/^[\x21-\x7e]{1,20}$/) })),
    ),
    dose: fc.tuple(
      fc.record({
        number: fc.integer({ min: 1, max: 20 }),
        type: fc.constantFrom(...DOSE_TYPES),
        date: day,
        country,
        target: code,
        vaccine: code,
        product: code,
        manufacturer: code,
      }),
      optional(fc.record({ lot: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9/. _-]{0,20}$/) })),
    ),
    ward: fc.stringMatching(/^\d{5}$/),
  })
  .map(({ person, identity, dose, ward, ...rest }) => ({
    ...rest,
    type: 'kyso/record/v1' as const,
    campaign: 'covid19',
    person: { ...person[0], ...person[1] },
    identity: { ...identity[0], ...identity[1] },
    residence: { district: '760', ward },
    facility: '79-00123',
    dose: { ...dose[0], ...dose[1] },
  }));

describe('the two readings of a leaf', () => {
  it('agree on every record, and the plain one declines only what has an escape', () => {
    fc.assert(
      fc.property(record, (given) => {
        const text = leafText(given);
        expect(parseRecordText(text)).toEqual(given);
        const plain = readPlainLeaf(text);
        if (plain === null) expect(text).toContain('\\');
        else expect(plain).toEqual(given);
      }),
      { numRuns: 2000 },
    );
  });

  it('the plain one reads nothing that would be written otherwise', () => {
    fc.assert(
      fc.property(
        record,
        fc.nat(),
        fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 1 }),
        (given, place, char) => {
          const text = leafText(given);
          const at = place % text.length;
          for (const changed of [
            text.slice(0, at) + char + text.slice(at + 1),
            text.slice(0, at) + char + text.slice(at),
            text.slice(0, at) + text.slice(at + 1),
          ]) {
            // text comes strictly decoded from UTF-8, so half a surrogate pair cannot stand in it
            if (utf8Text(utf8(changed)) !== changed) continue;
            const plain = readPlainLeaf(changed);
            if (plain === null) continue;
            expect(leafText(plain)).toBe(changed);
            // and where it is accepted, plain JSON reads the same
            if (accepted(changed)) expect(JSON.parse(changed)).toEqual(plain);
          }
        },
      ),
      { numRuns: 5000 },
    );
  });
});

function accepted(text: string): boolean {
  try {
    parseRecordText(text);
    return true;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}

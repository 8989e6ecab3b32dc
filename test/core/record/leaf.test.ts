import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8, utf8Text } from '#core/bytes';
import { leafBytes, leafText } from '#core/record/leaf';
import { MAX_LEAF_BYTES, parseRecord, parseRecordText } from '#core/record/parse-record';
import { Refusal } from '#core/refusal';
import { refused } from '../../support/refused.ts';
import { anyRecord, sample } from './records.ts';

describe('leaf text', () => {
  it('is the canonical JSON of every acceptable record, and is read back as that record', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const text = leafText(record);
        expect(text).toBe(canonicalize(record));
        if (utf8(text).length <= MAX_LEAF_BYTES) expect(parseRecord(utf8(text))).toEqual(record);
      }),
      { numRuns: 500 },
    );
  });

  it('is nothing else: a changed text is refused, or is the one spelling of another record', () => {
    const text = leafText(sample);
    const at = fc.nat(text.length - 1);
    const change = fc.tuple(
      at,
      fc.constantFrom('insert', 'delete', 'replace', 'swap'),
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 2 }),
        fc.constantFrom('"', '\\', '{', '}', ',', '0', ' '),
      ),
    );
    fc.assert(
      fc.property(change, ([i, how, what]) => {
        const changed =
          how === 'insert'
            ? text.slice(0, i) + what + text.slice(i)
            : how === 'delete'
              ? text.slice(0, i) + text.slice(i + 1)
              : how === 'replace'
                ? text.slice(0, i) + what + text.slice(i + 1)
                : text.slice(0, i) + text.charAt(i + 1) + text.charAt(i) + text.slice(i + 2);
        try {
          const record = parseRecordText(changed);
          expect(leafText(record)).toBe(changed);
          expect(record).toEqual(JSON.parse(changed));
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          expect(['NOT_CANONICAL', 'RECORD_MALFORMED', 'INPUT_TOO_LARGE']).toContain(error.code);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('is the same bytes for a reader of another language', () => {
    expect(utf8Text(leafBytes(sample))).toBe(canonicalize(sample));
  });
});

describe('reading a leaf', () => {
  const text = leafText(sample);

  it.each([
    ['an unknown member', text.replace('{"campaign"', '{"aaa":1,"campaign"')],
    ['an unknown member of the person', text.replace('"sex":"M"', '"phone":"0901234567","sex":"M"')],
    ['a duplicate key', text.replace('"facility":"79-00123"', '"facility":"79-00123","facility":"79-00123"')],
    ['another order', text.replace('"district":"760","ward":"26734"', '"ward":"26734","district":"760"')],
    ['white space', text.replace(':{', ': {')],
    ['a line break at the end', text + '\n'],
    ['another spelling of a number', text.replace('"number":1', '"number":1.0')],
    ['an escaped letter', text.replace('Nguyễn Văn', 'Nguy\\u1ec5n Văn')],
    ['a byte order mark', '\ufeff' + text],
    ['something after the end', text + '{}'],
    ['no JSON', text.slice(0, -1)],
  ])('refuses %s', (_what, changed) => {
    expect(refused(() => parseRecord(utf8(changed))).code).toBe('NOT_CANONICAL');
  });

  it.each([
    ['NFD', { ...sample, person: { ...sample.person, name: 'Nguyễn'.normalize('NFD') } }, '/person/name'],
    [
      'a bidi override',
      { ...sample, person: { ...sample.person, name: 'Nguyễn \u202eVăn An' } },
      '/person/name',
    ],
    ['a digit in a name', { ...sample, person: { ...sample.person, name: 'Nguyễn 2' } }, '/person/name'],
    ['a day that does not exist', { ...sample, dose: { ...sample.dose, date: '2021-02-31' } }, '/dose/date'],
    ['a salt with unused bits set', { ...sample, salt: sample.salt.slice(0, 42) + '9' }, '/salt'],
    ['another type', { ...sample, type: 'kyso/record/v2' as 'kyso/record/v1' }, '/type'],
    ['version 0', { ...sample, version: 0 }, '/version'],
    [
      'an id of another UUID version',
      { ...sample, recordId: sample.recordId.replace('-7abc', '-4abc') },
      '/recordId',
    ],
  ])('refuses %s, and says where', (_what, record, at) => {
    const refusal = refused(() => parseRecordText(leafText(record)));
    expect(refusal.code).toBe('RECORD_MALFORMED');
    expect(refusal.faults.map((fault) => fault.at)).toEqual([at]);
  });

  it.each(['null', '[]', '"text"', '5', '{}', '{"person":[],"dose":null,"identity":5}'])(
    'names every missing member of %s',
    (source) => {
      const { code, faults } = refused(() => parseRecordText(source));
      expect(code).toBe('RECORD_MALFORMED');
      expect(faults).toHaveLength(24);
      expect(faults.map(({ at }) => at)).toContain('/person/id/commit');
    },
  );

  it('names every fault at once', () => {
    const wrong = JSON.stringify(JSON.parse(text), (key, value: unknown) =>
      typeof value === 'object' || key === '' ? value : false,
    );
    const { faults } = refused(() => parseRecordText(wrong));
    expect(faults).toHaveLength(27);
    expect(faults.map(({ at }) => at)).toEqual(
      expect.arrayContaining(['/person/familyName', '/identity/reference', '/dose/lot']),
    );
  });

  it('refuses what is too large before parsing it, and what is not UTF-8', () => {
    expect(refused(() => parseRecord(new Uint8Array(MAX_LEAF_BYTES + 1))).code).toBe('INPUT_TOO_LARGE');
    expect(refused(() => parseRecord(Uint8Array.of(0x7b, 0xff, 0x7d))).code).toBe('NOT_CANONICAL');
  });
});

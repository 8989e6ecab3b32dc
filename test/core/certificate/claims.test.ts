import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hex, sameBytes } from '#core/bytes';
import { decodeCbor } from '#core/certificate/cbor';
import { claimsOf, decodeClaims, encodeClaims, expiryOf } from '#core/certificate/claims';
import { ISSUER_NAME } from '#core/certificate/hcert';
import { products } from '#core/certificate/value-sets';
import type { RecordLeaf } from '#core/record/record';
import { refused } from '../../support/refused.ts';
import { anyRecord, sample as record } from '../record/records.ts';
import { claims, issue, ISSUED_AT, spoiltBytes } from './samples.ts';

const withDose = (dose: Partial<RecordLeaf['dose']>): RecordLeaf => ({
  ...record,
  dose: { ...record.dose, ...dose },
});
const withPerson = (person: Partial<RecordLeaf['person']>): RecordLeaf => ({
  ...record,
  person: { ...record.person, ...person },
});
const seconds = (text: string) => Date.parse(text) / 1000;

describe('the claims of a record', () => {
  it('are the EU payload of its dose', () => {
    expect(claims).toEqual({
      iss: 'VN',
      iat: ISSUED_AT,
      exp: seconds('2023-05-01T00:00:00Z'),
      payload: {
        ver: '1.3.0',
        nam: { fn: 'Nguyễn', fnt: 'NGUYEN', gn: 'Văn An', gnt: 'VAN<AN' },
        dob: '1980-01-02',
        v: [
          {
            tg: '840539006',
            vp: '1119349007',
            mp: 'EU/1/20/1528',
            ma: 'ORG-100030215',
            dn: 1,
            sd: 2,
            dt: '2021-08-01',
            co: 'VN',
            is: ISSUER_NAME,
            ci: 'URN:UVCI:01:VN:' + 'AB'.repeat(16),
          },
        ],
      },
    });
  });

  it.each([
    ['EU/1/20/1528', 'ORG-100030215', '1119349007', 1, 2],
    ['EU/1/20/1528', 'ORG-100030215', '1119349007', 2, 2],
    ['EU/1/20/1528', 'ORG-100030215', '1119349007', 4, 4],
    ['EU/1/20/1525', 'ORG-100001417', '29061000087103', 1, 1],
    ['EU/1/20/1525', 'ORG-100001417', '29061000087103', 2, 2],
    ['Abdala', 'CIGB', 'J07BX03', 2, 3],
  ])('of %s %s %s dose %d count %d doses', (product, manufacturer, vaccine, number, sd) => {
    const [dose] = claimsOf(withDose({ product, manufacturer, vaccine, number }), issue).payload.v;
    expect(dose).toMatchObject({ dn: number, sd });
  });

  it('have no given names where none are known, and a birth year where that is all', () => {
    const { sex, id } = record.person;
    const person = { name: 'Anna Schmidt', nationality: 'DE', birthDate: '1961', sex, id };
    const { payload } = claimsOf({ ...record, person }, issue);
    expect(payload.nam).toEqual({ fn: 'Anna Schmidt', fnt: 'ANNA<SCHMIDT' });
    expect(payload.dob).toBe('1961');
  });

  it('name the issuer that was asked for', () => {
    expect(claimsOf(record, { ...issue, issuer: 'Bộ Y tế' }).payload.v[0].is).toBe('Bộ Y tế');
    expect(refused(() => claimsOf(record, { ...issue, issuer: 'x'.repeat(81) })).code).toBe(
      'CLAIMS_MALFORMED',
    );
  });

  it.each<readonly [string, RecordLeaf, string]>([
    ['of another maker', withDose({ manufacturer: 'ORG-100001699' }), 'CODES_INCONSISTENT'],
    ['of another kind of vaccine', withDose({ vaccine: '1157024006' }), 'CODES_INCONSISTENT'],
    ['of an unknown product', withDose({ product: 'Nanocovax' }), 'CODES_INCONSISTENT'],
    ['of another disease', withDose({ target: '6142004' }), 'CODES_INCONSISTENT'],
    [
      'whose code was given up',
      withDose({
        product: 'Inactivated-SARS-CoV-2-Vero-Cell',
        manufacturer: 'ORG-100020693',
        vaccine: '1157024006',
      }),
      'CODES_INCONSISTENT',
    ],
  ])('are refused for a dose %s', (_, given, code) => {
    expect(refused(() => claimsOf(given, issue)).code).toBe(code);
  });

  it.each<readonly [string, RecordLeaf, string]>([
    [
      'without a letter of A to Z',
      withPerson({ name: '王 小明', familyName: '王' }),
      'CLAIMS_NAME_NOT_TRANSLITERATED',
    ],
    ['longer than a certificate holds', withPerson({ name: 'Nguyễn ' + 'A'.repeat(81) }), 'CLAIMS_MALFORMED'],
    ['that has another family name', withPerson({ familyName: 'Trần' }), 'CLAIMS_NAMES_SWAPPED'],
    ['of someone born before 1900', withPerson({ birthDate: '1899-12-31' }), 'CLAIMS_MALFORMED'],
  ])('are refused for a name %s', (_, given, code) => {
    expect(refused(() => claimsOf(given, issue)).code).toBe(code);
  });

  it.each([
    ['longer than 12 months', { expiresAt: issue.expiresAt + 1 }, 'CLAIMS_VALIDITY_TOO_LONG'],
    ['that ends before it begins', { expiresAt: ISSUED_AT - 1 }, 'CLAIMS_DATES_SWAPPED'],
    ['of no time at all', { expiresAt: ISSUED_AT }, 'CLAIMS_DATES_SWAPPED'],
    ['that is a duration', { expiresAt: 365 * 86_400 }, 'CLAIMS_EXPIRY_DURATION'],
    ["under another country's identifier", { identifier: 'URN:UVCI:01:AT:1' }, 'CLAIMS_MALFORMED'],
  ])('are refused for an issue %s', (_, change, code) => {
    expect(refused(() => claimsOf(record, { ...issue, ...change })).code).toBe(code);
  });

  it('tell all faults at once, with where they are and without what they say', () => {
    const refusal = refused(() =>
      claimsOf(withDose({ manufacturer: 'CIGB' }), {
        ...issue,
        expiresAt: issue.expiresAt + 1,
        identifier: 'x',
      }),
    );
    expect(refusal.faults.map(({ at, code }) => [at, code])).toEqual([
      ['/-260/1/v/0', 'CODES_INCONSISTENT'],
      ['/4', 'CLAIMS_VALIDITY_TOO_LONG'],
      ['/-260/1/v/0/ci', 'CLAIMS_MALFORMED'],
    ]);
  });

  it('can be made of every record whose codes belong together, and read again from their bytes', () => {
    const good = fc
      .tuple(anyRecord, fc.constantFrom(...products))
      .map(([{ person, dose }, { mp, ma, vp }]) => ({
        ...record,
        person: {
          ...person,
          name: `Ư ${person.name}`.slice(0, 80),
          familyName: 'Ư',
          birthDate: '1980-01-02',
        },
        dose: { ...dose, target: '840539006', product: mp, manufacturer: ma, vaccine: vp },
      }));
    const at = {
      ...issue,
      issuedAt: seconds('2022-01-01T00:00:00Z'),
      expiresAt: seconds('2023-01-01T00:00:00Z'),
    };
    fc.assert(
      fc.property(good, (given) => {
        fc.pre(/[A-Z]/i.test(given.person.name.slice(2)));
        const made = claimsOf(given, at);
        expect(decodeClaims(encodeClaims(made))).toEqual(made);
      }),
    );
  });
});

describe('the bytes of claims', () => {
  it('are canonical CBOR, whatever the order of members', () => {
    const { v, dob, nam, ver } = claims.payload;
    const reordered = { payload: { v, dob, nam, ver }, exp: claims.exp, iat: claims.iat, iss: claims.iss };
    expect(sameBytes(encodeClaims(reordered), encodeClaims(claims))).toBe(true);
    expect(hex(encodeClaims(claims)).slice(0, 50)).toBe(
      'a401' + '62564e' + '041a644f0100' + '061a626dcd80' + '390103a101a4' + '6176',
    );
    expect(decodeCbor(encodeClaims(claims), { canonical: true })).toBeDefined();
  });

  it('are refused in another spelling', () => {
    const bytes = encodeClaims(claims);
    const spelt = Uint8Array.from([0xbf, ...bytes.subarray(1), 0xff]);
    expect(refused(() => decodeClaims(spelt)).code).toBe('NOT_CANONICAL');
  });

  it('are refused where they are no certificate of ours', () => {
    expect(refused(() => decodeClaims(spoiltBytes(({ cwt }) => cwt.set(1, 'AT')))).code).toBe(
      'CLAIMS_MALFORMED',
    );
    expect(refused(() => decodeClaims(Uint8Array.of(0xa0))).code).toBe('CLAIMS_MALFORMED');
    expect(refused(() => decodeClaims(Uint8Array.of(0xff))).code).toBe('HC1_UNREADABLE');
  });
});

describe('the expiry', () => {
  it.each([
    ['2022-05-01T00:00:00Z', '2023-05-01T00:00:00Z'],
    ['2023-03-01T23:59:59Z', '2024-03-01T23:59:59Z'],
    ['2024-02-28T12:00:00Z', '2025-02-28T12:00:00Z'],
    ['2024-02-29T12:00:00Z', '2025-02-28T12:00:00Z'],
    ['2023-02-28T12:00:00Z', '2024-02-28T12:00:00Z'],
    ['2021-12-31T17:00:00Z', '2022-12-31T17:00:00Z'],
  ])('of %s is 12 months later, %s', (issuedAt, expected) => {
    expect(expiryOf(seconds(issuedAt))).toBe(seconds(expected));
  });
});

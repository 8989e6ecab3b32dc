import { describe, expect, it } from 'vitest';
import { CborFloat, CborTag, type Cbor } from '#core/certificate/cbor';
import { breaksSchema, checkClaims } from '#core/certificate/check-claims';
import type { RefusalCode } from '#core/refusal';
import { issue, ISSUED_AT, spoilt } from './samples.ts';

type Spoil = Parameters<typeof spoilt>[0];
const codes = (spoil: Spoil, whose: 'ours' | 'any') => [
  ...new Set(checkClaims(spoilt(spoil), whose).map(({ code }) => code)),
];
const HCERT = '/-260/1';

/** Mistakes of issuers that were met in the field, each with its refusal and its place. */
const mistakes: readonly (readonly [string, Spoil, RefusalCode, string])[] = [
  ['exp as a duration', ({ cwt }) => cwt.set(4, 31_536_000), 'CLAIMS_EXPIRY_DURATION', '/4'],
  [
    'exp and iat swapped',
    ({ cwt }) => cwt.set(6, issue.expiresAt).set(4, ISSUED_AT),
    'CLAIMS_DATES_SWAPPED',
    '/4',
  ],
  ['longer than 12 months', ({ cwt }) => cwt.set(4, issue.expiresAt + 1), 'CLAIMS_VALIDITY_TOO_LONG', '/4'],
  [
    'a time in dob',
    ({ hcert }) => hcert.set('dob', '1980-01-02T00:00:00'),
    'CLAIMS_DATE_WITH_TIME',
    `${HCERT}/dob`,
  ],
  [
    'a time in dt',
    ({ dose }) => dose.set('dt', '2021-08-01T07:00:00+07:00'),
    'CLAIMS_DATE_WITH_TIME',
    `${HCERT}/v/0/dt`,
  ],
  ['no vp', ({ dose }) => dose.delete('vp'), 'CLAIMS_MEMBER_MISSING', `${HCERT}/v/0/vp`],
  ['no ver', ({ hcert }) => hcert.delete('ver'), 'CLAIMS_MEMBER_MISSING', `${HCERT}/ver`],
  ['no exp', ({ cwt }) => cwt.delete(4), 'CLAIMS_MEMBER_MISSING', '/4'],
  ['no iat', ({ cwt }) => cwt.delete(6), 'CLAIMS_MEMBER_MISSING', '/6'],
  ['no nam', ({ hcert }) => hcert.delete('nam'), 'CLAIMS_MEMBER_MISSING', `${HCERT}/nam`],
  ['no dose at all', ({ hcert }) => hcert.delete('v'), 'CLAIMS_MEMBER_MISSING', `${HCERT}/v`],
  ['a null test group', ({ hcert }) => hcert.set('t', null), 'CLAIMS_NULL_GROUP', `${HCERT}/t`],
  ['a null recovery group', ({ hcert }) => hcert.set('r', null), 'CLAIMS_NULL_GROUP', `${HCERT}/r`],
  ['a null vaccination group', ({ hcert }) => hcert.set('v', null), 'CLAIMS_NULL_GROUP', `${HCERT}/v`],
  [
    'diacritics in fnt',
    ({ nam }) => nam.set('fnt', 'NGUYỄN'),
    'CLAIMS_NAME_NOT_TRANSLITERATED',
    `${HCERT}/nam/fnt`,
  ],
  [
    'small letters in gnt',
    ({ nam }) => nam.set('gnt', 'Van<An'),
    'CLAIMS_NAME_NOT_TRANSLITERATED',
    `${HCERT}/nam/gnt`,
  ],
  ['a trailing <', ({ nam }) => nam.set('fnt', 'NGUYEN<'), 'CLAIMS_NAME_FILLER_AT_END', `${HCERT}/nam/fnt`],
  ['a leading <', ({ nam }) => nam.set('gnt', '<VAN<AN'), 'CLAIMS_NAME_FILLER_AT_END', `${HCERT}/nam/gnt`],
  [
    'swapped names',
    ({ nam }) => nam.set('fnt', nam.get('gnt') as Cbor).set('gnt', 'NGUYEN'),
    'CLAIMS_NAMES_SWAPPED',
    `${HCERT}/nam`,
  ],
  [
    'two doses',
    ({ hcert, dose }) => hcert.set('v', [dose, new Map(dose).set('dn', 2)]),
    'CLAIMS_SEVERAL_DOSES',
    HCERT,
  ],
  ['a float dn', ({ dose }) => dose.set('dn', new CborFloat(1)), 'CLAIMS_NOT_INTEGER', `${HCERT}/v/0/dn`],
  ['a float sd', ({ dose }) => dose.set('sd', new CborFloat(2.5)), 'CLAIMS_NOT_INTEGER', `${HCERT}/v/0/sd`],
  ['dose 0', ({ dose }) => dose.set('dn', 0), 'CLAIMS_NOT_INTEGER', `${HCERT}/v/0/dn`],
  ['a float exp', ({ cwt }) => cwt.set(4, new CborFloat(issue.expiresAt)), 'CLAIMS_NOT_INTEGER', '/4'],
  ['ver in another form', ({ hcert }) => hcert.set('ver', '1.3'), 'CLAIMS_MALFORMED', `${HCERT}/ver`],
  ['a day that is none', ({ dose }) => dose.set('dt', '2021-02-30'), 'CLAIMS_MALFORMED', `${HCERT}/v/0/dt`],
  [
    'a tagged date',
    ({ dose }) => dose.set('dt', new CborTag(0, '2021-08-01')),
    'CLAIMS_MALFORMED',
    `${HCERT}/v/0/dt`,
  ],
  ['a null member', ({ dose }) => dose.set('ma', null), 'CLAIMS_MALFORMED', `${HCERT}/v/0/ma`],
  ['a number as text', ({ dose }) => dose.set('dn', '1'), 'CLAIMS_MALFORMED', `${HCERT}/v/0/dn`],
  ['an empty group', ({ hcert }) => hcert.set('v', []), 'CLAIMS_MALFORMED', `${HCERT}/v`],
  ['a group of text', ({ hcert }) => hcert.set('v', ['dose']), 'CLAIMS_MALFORMED', `${HCERT}/v`],
  ['a name of 81 letters', ({ nam }) => nam.set('fn', 'x'.repeat(81)), 'CLAIMS_MALFORMED', `${HCERT}/nam/fn`],
  ['nam as text', ({ hcert }) => hcert.set('nam', 'Nguyễn'), 'CLAIMS_MALFORMED', `${HCERT}/nam`],
  ['exp as text', ({ cwt }) => cwt.set(4, '2023-05-01'), 'CLAIMS_MALFORMED', '/4'],
  ['a negative exp', ({ cwt }) => cwt.set(4, -1), 'CLAIMS_MALFORMED', '/4'],
  ['an iat of no calendar', ({ cwt }) => cwt.set(6, 9e15), 'CLAIMS_MALFORMED', '/6'],
];

describe('claims', () => {
  it('without a mistake have no fault', () => {
    expect(codes(() => undefined, 'ours')).toEqual([]);
    expect(codes(() => undefined, 'any')).toEqual([]);
  });

  it.each(mistakes)('of any issuer with %s have the fault', (_, spoil, code, at) => {
    const faults = checkClaims(spoilt(spoil), 'any');
    expect(faults).toContainEqual(expect.objectContaining({ at, code }));
    expect(faults.every((fault) => fault.code === code)).toBe(true);
    expect(checkClaims(spoilt(spoil), 'ours')).toContainEqual(expect.objectContaining({ at, code }));
  });

  it.each<readonly [string, Cbor]>([
    ['an array', []],
    ['without a certificate', new Map([[1, 'VN']])],
    ['with a certificate of another version', new Map([[-260, new Map([[2, new Map()]])]])],
    ['with a certificate that is text', new Map([[-260, new Map([[1, 'x']])]])],
  ])('are no claims: %s', (_, value) => {
    expect(checkClaims(value, 'any')).toMatchObject([{ at: '', code: 'CLAIMS_MALFORMED' }]);
  });

  it('tell every mistake at once', () => {
    const all = codes(({ cwt, hcert, nam, dose }) => {
      cwt.set(4, 1);
      hcert.delete('ver');
      hcert.set('t', null);
      nam.set('fnt', 'Nguyễn<');
      dose.set('dn', new CborFloat(1)).set('dt', '2021-08-01T00:00:00Z').delete('vp');
    }, 'any');
    expect(new Set(all)).toEqual(
      new Set([
        'CLAIMS_NULL_GROUP',
        'CLAIMS_MEMBER_MISSING',
        'CLAIMS_DATE_WITH_TIME',
        'CLAIMS_NOT_INTEGER',
        'CLAIMS_NAME_NOT_TRANSLITERATED',
        'CLAIMS_NAME_FILLER_AT_END',
        'CLAIMS_EXPIRY_DURATION',
      ]),
    );
  });

  it.each<readonly [string, Spoil, RefusalCode]>([
    ['product and maker mixed', ({ dose }) => dose.set('ma', 'ORG-100001699'), 'CODES_INCONSISTENT'],
    ['an unknown product', ({ dose }) => dose.set('mp', 'Covaxin'), 'CODES_INCONSISTENT'],
    [
      'names transliterated by another rule',
      ({ nam }) => nam.set('fn', 'Müller').set('fnt', 'MUELLER'),
      'CLAIMS_NAMES_SWAPPED',
    ],
    ['given names without their passport form', ({ nam }) => nam.delete('gnt'), 'CLAIMS_NAMES_SWAPPED'],
    [
      'an empty passport name',
      ({ nam }) => nam.set('fn', '王').set('fnt', ''),
      'CLAIMS_NAME_NOT_TRANSLITERATED',
    ],
    ['another country', ({ cwt }) => cwt.set(1, 'AT'), 'CLAIMS_MALFORMED'],
    ['another version', ({ hcert }) => hcert.set('ver', '1.2.1'), 'CLAIMS_MALFORMED'],
    ['no birth date', ({ hcert }) => hcert.set('dob', ''), 'CLAIMS_MALFORMED'],
    ["another country's identifier", ({ dose }) => dose.set('ci', 'URN:UVCI:01:AT:1#K'), 'CLAIMS_MALFORMED'],
    ['a member beside ours', ({ dose }) => dose.set('lot', 'FF1234'), 'CLAIMS_MALFORMED'],
    ['a claim beside ours', ({ cwt }) => cwt.set(7, 'id'), 'CLAIMS_MALFORMED'],
  ])('with %s are the right of other issuers, never ours', (_, spoil, code) => {
    expect(codes(spoil, 'any')).toEqual([]);
    expect(codes(spoil, 'ours')).toEqual([code]);
  });

  const common = { tg: '840539006', co: 'AT', is: 'Ministry of Health, Austria', ci: 'URN:UVCI:01:AT:1#K' };
  const test = {
    ...common,
    tt: 'LP6464-4',
    nm: 'Roche LightCycler qPCR',
    sc: '2021-02-20T12:34:56+00:00',
    tr: '260415000',
    tc: 'Testing center Vienna 1',
  };
  const recovery = { ...common, fr: '2021-02-20', df: '2021-04-04', du: '2021-10-04' };
  const instead =
    (group: string, entry: object): Spoil =>
    ({ hcert }) => {
      hcert.delete('v');
      hcert.set(group, [new Map(Object.entries(entry))]);
    };

  it('may be a test or a recovery of other issuers, and not of ours', () => {
    for (const spoil of [instead('t', test), instead('r', recovery)]) {
      expect(codes(spoil, 'any')).toEqual([]);
      expect(codes(spoil, 'ours')).toContain('CLAIMS_MALFORMED');
    }
    expect(codes(instead('t', { ...test, sc: '2021-02-20' }), 'any')).toEqual(['CLAIMS_MALFORMED']);
    expect(codes(instead('t', { ...test, tr: null }), 'any')).toEqual(['CLAIMS_MALFORMED']);
    expect(codes(instead('r', { ...recovery, df: '2021-04-04T00:00:00Z' }), 'any')).toEqual([
      'CLAIMS_DATE_WITH_TIME',
    ]);
    expect(codes(instead('r', common), 'any')).toEqual(['CLAIMS_MEMBER_MISSING']);
  });

  it('with a dose and a test hold several', () => {
    expect(codes(({ hcert }) => hcert.set('t', [new Map(Object.entries(test))]), 'any')).toEqual([
      'CLAIMS_SEVERAL_DOSES',
    ]);
  });

  it('break the schema by some mistakes, and only our rules by others', () => {
    const breaks = (spoil: Spoil) => checkClaims(spoilt(spoil), 'any').map(breaksSchema);
    expect(breaks(({ dose }) => dose.delete('vp'))).toEqual([true]);
    expect(breaks(({ dose }) => dose.set('dn', new CborFloat(1)))).toEqual([true]);
    expect(breaks(({ cwt }) => cwt.set(4, issue.expiresAt + 1))).toEqual([false]);
    expect(breaks(({ nam }) => nam.set('fnt', 'NGUYEN<'))).toEqual([false]);
  });
});

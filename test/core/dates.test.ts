import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instant, isDate, isInstant, isYear } from '#core/dates';

describe('dates', () => {
  it.each(['1980-01-02', '2020-02-29', '2000-02-29', '2021-12-31', '1800-01-01'])('%s is one', (text) => {
    expect(isDate(text)).toBe(true);
  });

  it.each([
    '2021-02-31',
    '2021-02-29',
    '1900-02-29',
    '2100-02-29',
    '2021-04-31',
    '2021-00-10',
    '2021-13-01',
    '2021-01-00',
    '2021-01-32',
    '80-01-02',
    '2021-1-2',
    '1799-12-31',
    '2021-01-02 ',
    '02/01/2021',
    '2021-01-02T00:00:00Z',
    '２０２１-01-02',
    '',
  ])('%j is none', (text) => {
    expect(isDate(text)).toBe(false);
  });

  it('are the days of the calendar', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1800, max: 9999 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 31 }),
        (y, m, d) => {
          const text = `${y}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`;
          const day = new Date(Date.UTC(y, m - 1, d));
          expect(isDate(text)).toBe(day.getUTCMonth() === m - 1);
        },
      ),
    );
  });
});

describe('years and instants', () => {
  it('a year has four digits', () => {
    expect(isYear('1980')).toBe(true);
    for (const text of ['80', '01980', '1799', '198O', '']) expect(isYear(text)).toBe(false);
  });

  it.each(['2022-04-29T08:15:00Z', '2022-12-31T23:59:59Z'])('%s is an instant', (text) => {
    expect(isInstant(text)).toBe(true);
  });

  it.each([
    '2022-02-30T08:15:00Z',
    '2022-04-29T24:00:00Z',
    '2022-04-29T08:60:00Z',
    '2022-04-29T08:15:60Z',
    '2022-04-29T08:15:00.000Z',
    '2022-04-29T08:15:00+07:00',
    '2022-04-29T08:15Z',
    '2022-04-29 08:15:00Z',
    '2022-04-29T08:15:00z',
  ])('%s is none', (text) => {
    expect(isInstant(text)).toBe(false);
  });

  it('cuts fractions off, never rounds up', () => {
    expect(instant(new Date('2022-04-29T08:15:00.999Z'))).toBe('2022-04-29T08:15:00Z');
  });
});

import { describe, expect, it } from 'vitest';
import { FacilityDays } from '#signer-agent/signing/outliers';
import { testRecord } from '../support/lists.ts';

const { dose } = testRecord(1);

function count(
  doses: Readonly<Record<string, Readonly<Record<string, number>>>>,
  most?: number,
): FacilityDays {
  const days = new FacilityDays(most);
  for (const [facility, dates] of Object.entries(doses))
    for (const [date, times] of Object.entries(dates))
      for (let i = 0; i < times; i++) days.add(testRecord(1, { facility, dose: { ...dose, date } }));
  return days;
}

/** `{ '2021-08-01': first, '2021-08-02': second, … }` */
function august(...counts: number[]): Record<string, number> {
  return Object.fromEntries(counts.map((n, i) => [`2021-08-${String(i + 1).padStart(2, '0')}`, n]));
}

describe('outliers', () => {
  it('are days with more than four times the usual of the facility, at least 100', () => {
    const days = count({ 'A-1': august(30, 25, 121, 120, 30, 31, 30) });
    expect(days.outliers()).toEqual([{ facility: 'A-1', date: '2021-08-03', count: 121, usual: 30 }]);
  });

  it('are not days of a large facility that is always busy', () => {
    expect(
      count({ 'A-1': august(900, 950, 1000, 980, 990), 'B-1': august(5, 5, 5, 5, 5) }).outliers(),
    ).toEqual([]);
  });

  it('are not days below a hundred, however unusual', () => {
    expect(count({ 'A-1': august(1, 1, 99, 1, 1) }).outliers()).toEqual([]);
  });

  it('hold a facility of few days against the usual day of the whole list', () => {
    const others = Object.fromEntries(
      Array.from({ length: 5 }, (_, i) => [`B-${i}`, august(20, 20, 20, 20, 20)]),
    );
    const days = count({ 'NEW-1': august(500, 500), ...others });
    expect(days.outliers()).toEqual([
      { facility: 'NEW-1', date: '2021-08-01', count: 500, usual: 20 },
      { facility: 'NEW-1', date: '2021-08-02', count: 500, usual: 20 },
    ]);
  });

  it('come with the largest excess first, twenty at most', () => {
    const facilities = Object.fromEntries(
      Array.from({ length: 25 }, (_, i) => [`A-${i}`, august(10, 10, 10, 10, 10, 200 + i)]),
    );
    const found = count(facilities).outliers();
    expect(found).toHaveLength(20);
    expect(found.map((outlier) => outlier.count)).toEqual(Array.from({ length: 20 }, (_, i) => 224 - i));
  });

  it('say how many records were left out where facilities and days are too many', () => {
    const days = count({ 'A-1': august(3, 2, 200) }, 2);
    expect(days.uncounted).toBe(200);
    expect(days.outliers()).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { codesFault, productOf, products } from '#core/certificate/value-sets';

const TODAY = '2022-04-29';
const pfizer = { tg: '840539006', vp: '1119349007', mp: 'EU/1/20/1528', ma: 'ORG-100030215' };
const veroCell = {
  tg: '840539006',
  vp: '1157024006',
  mp: 'Inactivated-SARS-CoV-2-Vero-Cell',
  ma: 'ORG-100020693',
};

describe('codes of a vaccination', () => {
  it.each([
    ['EU/1/21/1529', 'ORG-100001699', '29061000087103', 2],
    ['Sputnik-V', 'Gamaleya-Research-Institute', '29061000087103', 2],
    ['BBIBP-CorV', 'ORG-100020693', '1157024006', 2],
    ['EU/1/20/1528', 'ORG-100030215', '1119349007', 2],
    ['EU/1/20/1507', 'ORG-100031184', '1119349007', 2],
    ['EU/1/20/1525', 'ORG-100001417', '29061000087103', 1],
    ['Hayat-Vax', 'ORG-100023050', '1157024006', 2],
    ['Abdala', 'CIGB', 'J07BX03', 3],
  ])('%s goes with %s and %s, or the generic vaccine, in %d doses', (mp, ma, vp, series) => {
    expect(codesFault({ tg: '840539006', vp, mp, ma }, TODAY)).toBeNull();
    expect(codesFault({ tg: '840539006', vp: 'J07BX03', mp, ma }, TODAY)).toBeNull();
    expect(productOf(mp)?.series).toBe(series);
  });

  it('do not go with the maker of another product', () => {
    for (const one of products)
      for (const other of products)
        expect(codesFault({ tg: '840539006', vp: one.vp, mp: one.mp, ma: other.ma }, '2022-01-01')).toBe(
          one.ma === other.ma ? null : 'ma is not the manufacturer of mp',
        );
  });

  it.each([
    ['another disease', { ...pfizer, tg: '6142004' }, 'tg is not the code of COVID-19'],
    ['an unknown product', { ...pfizer, mp: 'EU/1/20/1529' }, 'mp is not in the value set'],
    ['another kind of vaccine', { ...pfizer, vp: '1157024006' }, 'vp is not the kind of vaccine of mp'],
    ['codes in other letters', { ...pfizer, ma: 'org-100030215' }, 'ma is not the manufacturer of mp'],
  ])('are refused with %s', (_, codes, fault) => {
    expect(codesFault(codes, TODAY)).toBe(fault);
  });

  it.each([
    ['2021-12-19', 'mp is not valid on the day of issue'],
    ['2021-12-20', null],
    ['2022-04-22', null],
    ['2022-04-23', 'mp is not valid on the day of issue'],
  ])('that were given up are valid on their days alone: %s', (day, fault) => {
    expect(codesFault(veroCell, day)).toBe(fault);
  });
});

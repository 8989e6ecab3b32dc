import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWorld, type World } from '../support/world.ts';
import { personRow, stageOf, take } from './rows-in.ts';

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterAll(() => world.close());

describe('a row is the same record', () => {
  it('by its row code, before all else', async () => {
    const [one, two] = [personRow(), personRow()];
    const first = await take(world, [one, two]);
    const { rowCode } = await stageOf(world, '760', first.ids[0]);
    const other = personRow({ rowCode, doseId: two.doseId ?? '' });
    const again = await take(world, [other]);
    expect({ outcomes: again.outcomes, ids: again.ids }).toEqual({
      outcomes: ['changed'],
      ids: [first.ids[0]],
    });
  });

  it('by the dose id of the platform, whatever else changed', async () => {
    const row = personRow();
    const first = await take(world, [row]);
    const again = await take(world, [
      personRow({ doseId: row.doseId ?? '', facility: '79-00208', doseDate: '2021-09-09' }),
    ]);
    expect({ outcomes: again.outcomes, ids: again.ids }).toEqual({ outcomes: ['changed'], ids: first.ids });
  });

  it('by facility, day, dose number, folded name and birth date, where one only is like it', async () => {
    const row = personRow({ doseId: '', name: 'Đặng Thị Ánh' });
    const first = await take(world, [row]);
    const again = await take(world, [
      { ...row, name: 'ĐẶNG THỊ ÁNH', idNumber: '079080999999', doseId: 'LATER-1' },
    ]);
    expect({ outcomes: again.outcomes, ids: again.ids }).toEqual({ outcomes: ['changed'], ids: first.ids });
  });

  it.each([
    ['facility', { facility: '79-00208' }],
    ['day', { doseDate: '2021-08-02' }],
    ['dose number', { doseNumber: '2' }],
    ['name', { name: 'Nguyễn Thị Hoa' }],
    ['birth date', { birthDate: '1980-01-03' }],
  ])('and not where the %s differs', async (_what, changes) => {
    const row = personRow({ doseId: '' });
    const first = await take(world, [row]);
    const again = await take(world, [{ ...row, ...changes }]);
    expect(again.outcomes).toEqual(['new']);
    expect(again.ids).not.toEqual(first.ids);
  });

  it('and the id number never decides: cleaning changes it', async () => {
    const row = personRow({ idNumber: '' });
    const first = await take(world, [row]);
    expect(first.codes).toEqual([['ID_MISSING']]);
    const again = await take(world, [{ ...row, idNumber: '079080777777' }]);
    expect({ outcomes: again.outcomes, ids: again.ids, codes: again.codes }).toEqual({
      outcomes: ['changed'],
      ids: first.ids,
      codes: [[]],
    });
    const other = await take(world, [personRow({ idNumber: '079080777777' })]);
    expect(other.outcomes).toEqual(['new']);
  });

  it('and another dose id is another record, however alike', async () => {
    const row = personRow();
    await take(world, [row]);
    expect((await take(world, [{ ...row, doseId: `${row.doseId ?? ''}-B` }])).outcomes).toEqual(['new']);
  });
});

describe('a row is refused', () => {
  it('as ambiguous where several are like it', async () => {
    const row = personRow();
    await take(world, [row, { ...row, doseId: `${row.doseId ?? ''}-B` }]);
    const again = await take(world, [{ ...row, doseId: '', lot: 'X1' }]);
    expect(again.codes).toEqual([['RECORD_AMBIGUOUS']]);
    expect(again.answer.body['errors']).toEqual([{ at: '1', code: 'RECORD_AMBIGUOUS' }]);
  });

  it('as ambiguous where two records came to one dose id', async () => {
    const [one, two] = [personRow(), personRow()];
    const first = await take(world, [one, two]);
    const { rowCode } = await stageOf(world, '760', first.ids[1]);
    await take(world, [{ ...two, rowCode, doseId: one.doseId ?? '', lot: 'X1' }]);
    expect((await take(world, [{ ...one, lot: 'X2' }])).codes).toEqual([['RECORD_AMBIGUOUS']]);
  });

  it('as unreadable with a forged row code, or one of another record', async () => {
    const row = personRow();
    const first = await take(world, [row]);
    const { rowCode } = await stageOf(world, '760', first.ids[0]);
    const bent = rowCode.slice(0, 5) + (rowCode[5] === 'A' ? 'B' : 'A') + rowCode.slice(6);
    const rows = [bent, rowCode.slice(0, -4), 'x', rowCode + 'A'].map((code) => ({
      ...row,
      lot: 'X3',
      rowCode: code,
    }));
    const again = await take(world, rows);
    expect(again.codes).toEqual(rows.map(() => ['ROW_UNREADABLE']));
  });

  it('as a conflict with the row code of an older version', async () => {
    const row = personRow();
    const first = await take(world, [row]);
    const { rowCode } = await stageOf(world, '760', first.ids[0]);
    await take(world, [{ ...row, lot: 'X4' }]);
    const late = await take(world, [{ ...row, lot: 'X5', rowCode }]);
    expect(late.codes).toEqual([['CORRECTION_CONFLICT']]);
    const fresh = await take(world, [
      { ...row, lot: 'X5', rowCode: (await stageOf(world, '760', first.ids[0])).rowCode },
    ]);
    expect({ outcomes: fresh.outcomes, ids: fresh.ids }).toEqual({ outcomes: ['changed'], ids: first.ids });
  });

  it.each([
    ['of 81 characters', 'x'.repeat(81)],
    ['of thousands', 'x'.repeat(5000)],
    ['with a space', 'NT 1'],
    ['with a null', 'NT\u00001'],
  ])('as unreadable with a dose id %s, alone', async (_what, doseId) => {
    const taken = await take(world, [personRow({ doseId }), personRow()]);
    expect(taken.codes).toEqual([['ROW_UNREADABLE'], []]);
  });
});

describe('versions', () => {
  it('do not move where the content is the same', async () => {
    const row = personRow();
    const first = await take(world, [row, row]);
    expect(first.outcomes).toEqual(['new', 'unchanged']);
    const again = await take(world, [
      { ...row, rowCode: (await stageOf(world, '760', first.ids[0])).rowCode },
    ]);
    expect({ outcomes: again.outcomes, ids: again.ids }).toEqual({
      outcomes: ['unchanged'],
      ids: [first.ids[0]],
    });
    expect((await stageOf(world, '760', first.ids[0])).version).toBe(1);
  });

  it('step by one for each other content, within one source too', async () => {
    const row = personRow();
    const taken = await take(world, [row, { ...row, lot: 'L2' }, { ...row, lot: 'L3' }]);
    expect(taken.outcomes).toEqual(['new', 'changed', 'changed']);
    expect(new Set(taken.ids).size).toBe(1);
    expect((await stageOf(world, '760', taken.ids[0])).version).toBe(3);
  });

  it('are not made by a row that stays away', async () => {
    const [one, two] = [personRow(), personRow()];
    const first = await take(world, [one, two]);
    await take(world, [{ ...two, lot: 'L9' }]);
    expect((await stageOf(world, '760', first.ids[0])).version).toBe(1);
  });

  it('depart when the residence moves to another district, and come back', async () => {
    const row = personRow();
    const { ids } = await take(world, [row]);
    await take(world, [{ ...row, district: '769', ward: '26794' }]);
    expect(await stageOf(world, '760', ids[0])).toMatchObject({ code: 'RECORD_UNKNOWN' });
    expect(await stageOf(world, '769', ids[0])).toMatchObject({ version: 2 });
    await take(world, [personRow(), row]);
    expect(await stageOf(world, '769', ids[0])).toMatchObject({ code: 'RECORD_UNKNOWN' });
    expect(await stageOf(world, '760', ids[0])).toMatchObject({ version: 3 });
  });

  it('of a record that was taken back stay taken back, also where it moves', async () => {
    const row = personRow();
    const { ids } = await take(world, [row]);
    const path = `/v1/districts/760/records/${String(ids[0])}/withdrawals`;
    const { status } = await world.call('POST', path, {
      key: await world.key('district', '760'),
      body: { reason: 'Nhập nhầm' },
    });
    expect(status).toBe(201);
    await take(world, [{ ...row, lot: 'L7' }]);
    expect(await stageOf(world, '760', ids[0])).toMatchObject({ version: 2, reason: 'WITHDRAWN' });
    await take(world, [{ ...row, district: '769', ward: '26794' }]);
    expect(await stageOf(world, '769', ids[0])).toMatchObject({ version: 3, reason: 'WITHDRAWN' });
  });
});

it('two imports of the same doses at once make each record once', async () => {
  const rows = Array.from({ length: 500 }, () => personRow());
  const both = await Promise.all([take(world, rows), take(world, [...rows, personRow()])]);
  const made = both.flatMap(({ outcomes }) => outcomes.filter((outcome) => outcome === 'new'));
  expect(made).toHaveLength(501);
  expect(new Set(both.flatMap(({ ids }) => ids)).size).toBe(501);
  const changed = rows.map((row) => ({ ...row, lot: 'R1' }));
  const again = await Promise.all([take(world, changed), take(world, [...changed, personRow()])]);
  expect(again.map(({ status }) => status)).toEqual([201, 201]);
  expect(again.flatMap(({ outcomes }) => outcomes.filter((outcome) => outcome === 'changed'))).toHaveLength(
    500,
  );
});

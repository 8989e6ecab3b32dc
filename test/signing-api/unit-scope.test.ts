import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWorld, type World } from '../support/world.ts';
import { operatorOf, personRow, stageOf, take } from './rows-in.ts';

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterAll(() => world.close());

describe("another unit's record", () => {
  it('is not taken over by naming its dose id', async () => {
    const row = personRow({ facility: '79-00208' });
    const first = await take(world, [row], await world.key('facility', '79-00208'));
    expect(first.outcomes).toEqual(['new']);
    const thief = await world.key('facility', '79-00123');
    const again = await take(world, [{ ...row, facility: '79-00123', name: 'Trần Thị Khác' }], thief);
    expect({ outcomes: again.outcomes, ids: again.ids, codes: again.codes }).toEqual({
      outcomes: ['refused'],
      ids: [null],
      codes: [['FORBIDDEN']],
    });
    expect(await stageOf(world, '760', first.ids[0])).toMatchObject({ version: 1 });
  });

  it('is not pulled into a ward by a row that says so', async () => {
    const row = personRow({ ward: '26734' });
    const first = await take(world, [row]);
    const otherWard = await world.key('ward', '26737');
    const again = await take(world, [{ ...row, ward: '26737' }], otherWard);
    expect(again.codes).toEqual([['FORBIDDEN']]);
    expect(await stageOf(world, '760', first.ids[0])).toMatchObject({ version: 1 });
  });

  it('may be corrected away by the ward whose it is', async () => {
    const row = personRow({ ward: '26734' });
    const first = await take(world, [row]);
    const again = await take(world, [{ ...row, ward: '26737' }], await world.key('ward', '26734'));
    expect({ outcomes: again.outcomes, ids: again.ids }).toEqual({ outcomes: ['changed'], ids: first.ids });
  });

  it("is not given away by the facility whose dose it is, to another facility's name", async () => {
    const row = personRow({ facility: '79-00208' });
    const key = await world.key('facility', '79-00208');
    await take(world, [row], key);
    const again = await take(world, [{ ...row, facility: '79-00123' }], key);
    expect(again.codes).toEqual([['FORBIDDEN']]);
  });
});

describe('rows that say too little', () => {
  it('stay apart: two people without name and birth date are two records', async () => {
    const blank = { name: '', birthDate: '', doseId: '' };
    const rows = [
      personRow({ ...blank, idNumber: '079080000111' }),
      personRow({ ...blank, idNumber: '079080000222' }),
    ];
    const taken = await take(world, rows);
    expect(taken.outcomes).toEqual(['new', 'new']);
    expect(new Set(taken.ids).size).toBe(2);
  });

  it('are unchanged when the same row comes again', async () => {
    const row = personRow({ name: '', birthDate: '', doseId: '', idNumber: '079080000333' });
    const first = await take(world, [row]);
    const again = await take(world, [row, personRow()]);
    expect(again.outcomes[0]).toBe('unchanged');
    expect(again.ids[0]).toBe(first.ids[0]);
  });
});

describe('two sources that say the same', () => {
  it('make no new versions in turn, whether they name the dose id and the district or not', async () => {
    const platform = personRow();
    const facility = { ...platform, doseId: '' };
    const first = await take(world, [platform]);
    const second = await take(world, [facility, personRow()]);
    const third = await take(world, [{ ...platform, district: '760' }, personRow()]);
    expect([second.outcomes[0], third.outcomes[0]]).toEqual(['unchanged', 'unchanged']);
    expect([second.ids[0], third.ids[0]]).toEqual([first.ids[0], first.ids[0]]);
  });
});

it('finds a record by a dose id that came later with nothing else new, whatever changes then', async () => {
  const { doseId, ...bare } = personRow();
  const first = await take(world, [bare]);
  const named = await take(world, [{ ...bare, doseId: doseId ?? '' }]);
  const changed = await take(world, [{ ...bare, doseId: doseId ?? '', name: 'Lê Thị Đã Sửa' }]);
  expect([named.outcomes, changed.outcomes]).toEqual([['unchanged'], ['changed']]);
  expect([named.ids, changed.ids]).toEqual([first.ids, first.ids]);
});

it('takes no district or ward beside those of the city', async () => {
  const units = [
    { kind: 'district', code: '001', name: 'Ba Đình', district: '001', validFrom: '2021-01-01' },
    { kind: 'facility', code: '79-09999', name: 'Cơ sở', district: '760', validFrom: '2021-01-01' },
  ];
  const answer = await world.call('POST', '/v1/units', { key: await operatorOf(world), body: { units } });
  expect(answer).toMatchObject({
    status: 400,
    body: { code: 'REQUEST_MALFORMED', errors: [{ at: '/units/0/kind', code: 'PLACE_IS_FIXED' }] },
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWorld, ndjson, type Answer, type World } from '../support/world.ts';
import { operatorOf, personRow, stageOf, take } from './rows-in.ts';

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterAll(() => world.close());

const counts = async () =>
  (
    await world.sql<{ imports: number; rows: number; versions: number }>(
      `select (select count(*) from imports) as imports, (select count(*) from import_rows) as rows,
       (select count(*) from record_versions) as versions`,
    )
  )[0];

describe('a source', () => {
  it('is answered with what became of its rows', async () => {
    const clean = personRow();
    const { answer } = await take(world, [
      clean,
      clean,
      { ...clean, lot: 'B' },
      personRow({ idNumber: '', sex: 'Nam' }),
      { phone: '1' } as object,
    ]);
    expect(answer.body).toMatchObject({
      rows: 5,
      new: 2,
      changed: 1,
      unchanged: 1,
      refused: 1,
      problems: { ID_MISSING: 1, SEX_MALFORMED: 1 },
      errors: [{ at: '5', code: 'ROW_UNREADABLE' }],
    });
  });

  it('is imported once by a unit, and may come from another', async () => {
    const raw = ndjson([personRow(), personRow()]);
    const send = async (key: string) =>
      world.call('POST', '/v1/imports', { key, raw, type: 'application/x-ndjson' });
    const operator = await operatorOf(world);
    expect((await send(operator)).status).toBe(201);
    const before = await counts();
    expect(await send(operator)).toMatchObject({ status: 409, body: { code: 'SOURCE_ALREADY_IMPORTED' } });
    expect(await send(await world.key('operator'))).toMatchObject({ status: 409 });
    expect(await counts()).toEqual(before);
    expect((await send(await world.key('district', '760'))).body).toMatchObject({ unchanged: 2 });
  });

  it('may be a CSV of more than a megabyte', async () => {
    const rows = Array.from({ length: 7000 }, () => personRow());
    const names = Object.keys(rows[0] ?? {});
    const raw = [names.join(';'), ...rows.map((row) => Object.values(row).join(';'))].join('\r\n');
    expect(raw.length).toBeGreaterThan(1024 * 1024);
    const answer = await world.call('POST', '/v1/imports', {
      key: await operatorOf(world),
      raw,
      type: 'text/csv; charset=utf-8',
    });
    expect(answer.body).toMatchObject({ rows: 7000, new: 7000, refused: 0, problems: {} });
  });

  it.each([
    [
      'a letter of another encoding',
      () => Buffer.concat([Buffer.from(ndjson([personRow()])), Buffer.of(0xff)]),
      'application/x-ndjson',
      422,
      'SOURCE_UNREADABLE',
    ],
    ['broken quoting far down', () => csvThat(3000, '"x"y'), 'text/csv', 422, 'SOURCE_UNREADABLE'],
    ['no header', () => 'Nguyễn Văn An,079080000001\n', 'text/csv', 422, 'SOURCE_UNREADABLE'],
  ])('refused half way for %s leaves nothing written', async (_what, make, type, status, code) => {
    const before = await counts();
    const answer = await world.call('POST', '/v1/imports', {
      key: await operatorOf(world),
      raw: make(),
      type,
    });
    expect({ status: answer.status, code: answer.body['code'] }).toEqual({ status, code });
    expect(answer.text).not.toMatch(/Nguyễn|0790/);
    expect(await counts()).toEqual(before);
  });
});

function csvThat(rows: number, last: string): string {
  const all = Array.from({ length: rows }, () => personRow());
  const names = Object.keys(all[0] ?? {});
  return [names.join(','), ...all.map((row) => Object.values(row).join(',')), last].join('\n');
}

describe('text of a row', () => {
  it('in NFD is normalised visibly', async () => {
    const taken = await take(world, [personRow({ name: 'Nguyễn Thị Ưu'.normalize('NFD') })]);
    expect(taken.codes).toEqual([['TEXT_NORMALISED']]);
    expect((await stageOf(world, '760', taken.ids[0])).reason).toBe('IDENTITY_PENDING');
  });

  it.each([
    ['a bidi override', 'Nguyễn \u202eVăn An'],
    ['a zero-width space', 'Nguyễn\u200b Văn An'],
    ['a null', 'Nguyễn\u0000 Văn An'],
    ['half a surrogate pair', 'Nguyễn \ud800'],
    ['a line break and a tab', 'Nguyễn\n\tVăn\\An'],
  ])('with %s is a problem of the name, and no fault of the import', async (_what, name) => {
    const taken = await take(world, [personRow({ name }), personRow()]);
    expect({ status: taken.status, codes: taken.codes }).toEqual({
      status: 201,
      codes: [['NAME_MALFORMED'], []],
    });
  });

  it('never reaches the database in the clear from a column where it does not belong', async () => {
    const secret = '079080424242';
    const everywhere = {
      name: secret,
      familyName: secret,
      birthDate: secret,
      sex: secret,
      ward: secret,
      district: secret,
      facility: `X${secret}Y${secret}`,
      doseDate: secret,
      lot: secret,
    };
    const taken = await take(world, [
      personRow({ ...everywhere, doseNumber: secret }),
      personRow({ ward: 'x'.repeat(4000), facility: '\u0000' }),
    ]);
    expect(taken.outcomes).toEqual(['new', 'new']);
    const [row] = await world.sql<{ text: string }>(
      `select string_agg(v::text, ' ') as text from record_versions v`,
    );
    expect(row?.text).not.toContain(secret);
  });
});

describe('a unit brings in', () => {
  const codesOf = ({ answer }: { answer: Answer }) =>
    (answer.body['errors'] as { at: string; code: string }[]).map(({ at, code }) => `${at} ${code}`);

  it('what is its own, and is refused the rest by row', async () => {
    const mine = personRow({ facility: '79-00208' });
    const rows = [
      mine,
      personRow({ facility: '79-01017' }),
      personRow({ facility: '79-00208', ward: '26794', district: '769' }),
    ];
    expect(codesOf(await take(world, rows, await world.key('facility', '79-00208')))).toEqual([
      '2 FORBIDDEN',
    ]);
    expect(
      codesOf(
        await take(
          world,
          rows.map((row) => ({ ...row, lot: 'D' })),
          await world.key('district', '760'),
        ),
      ),
    ).toEqual(['3 FORBIDDEN']);
    expect(
      codesOf(
        await take(world, [personRow(), personRow({ ward: '26737' })], await world.key('ward', '26734')),
      ),
    ).toEqual(['2 FORBIDDEN']);
  });

  it('the move of a record away, and then it is not its own any more', async () => {
    const row = personRow();
    const district = await world.key('district', '760');
    await take(world, [row], district);
    const moved = { ...row, district: '769', ward: '26794' };
    expect((await take(world, [moved], district)).outcomes).toEqual(['changed']);
    expect(codesOf(await take(world, [{ ...moved, lot: 'Z' }], district))).toEqual(['1 FORBIDDEN']);
  });

  it('and reads back only its own imports', async () => {
    const { answer } = await take(world, [personRow()], await world.key('district', '760'));
    const path = `/v1/imports/${String(answer.body['importId'])}/rows`;
    for (const [role, unit] of [
      ['district', '769'],
      ['ward', '26734'],
      ['operator', undefined],
    ] as const)
      expect(await world.call('GET', path, { key: await world.key(role, unit) })).toMatchObject({
        status: 403,
        body: { code: 'FORBIDDEN' },
      });
    expect((await world.call('GET', path, { key: await world.key('district', '760') })).status).toBe(200);
  });
});

it('pages of rows follow each other, and may be of one outcome', async () => {
  const key = await operatorOf(world);
  const rows = Array.from({ length: 2100 }, (_, i) =>
    i % 3 === 0 ? personRow({ doseId: ' x y ' }) : personRow(),
  );
  const { answer } = await take(world, rows);
  const path = `/v1/imports/${String(answer.body['importId'])}/rows`;
  const numbers: number[] = [];
  for (let after: string | null = '0'; after !== null;) {
    const page: Answer = await world.call('GET', `${path}?outcome=new&after=${after}`, { key });
    numbers.push(...(page.body['rows'] as { rowNo: number }[]).map(({ rowNo }) => rowNo));
    after = page.body['next'] as string | null;
  }
  expect(numbers).toEqual(rows.flatMap((_, i) => (i % 3 === 0 ? [] : [i + 1])));
  expect((answer.body['errors'] as unknown[]).length).toBe(700);
});

it('the same key and bytes give the same answer again, other bytes are refused', async () => {
  const key = await operatorOf(world);
  const idempotencyKey = randomUUID();
  const send = (raw: string) =>
    world.call('POST', '/v1/imports', { key, raw, type: 'application/x-ndjson', idempotencyKey });
  const raw = ndjson([personRow()]);
  const first = await send(raw);
  expect(first.status).toBe(201);
  expect(await send(raw)).toMatchObject({ status: 201, body: first.body });
  expect(await send(ndjson([personRow()]))).toMatchObject({
    status: 422,
    body: { code: 'IDEMPOTENCY_KEY_REUSED' },
  });
});

it('a source whose transaction collides is refused whole: it cannot be read twice', async () => {
  const before = await counts();
  await world.sql(`create function collide() returns trigger language plpgsql as $$
    begin raise exception using errcode = '40001', message = 'could not serialize'; end $$`);
  await world.sql('create trigger collide before insert on imports execute function collide()');
  const { answer } = await take(world, [personRow()]);
  await world.sql('drop function collide() cascade');
  expect(answer).toMatchObject({ status: 503, body: { code: 'OVERLOADED', fixable: true } });
  expect(await counts()).toEqual(before);
});

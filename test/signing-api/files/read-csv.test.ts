import { describe, expect, it } from 'vitest';
import { ROW_REQUIRED } from '#core/record/row';
import { refusedLater } from '../../support/refused.ts';
import { sampleRow } from '../../support/rows.ts';
import { bytewise, csvRows } from './sources.ts';

const names = Object.keys(sampleRow);
const values = Object.values(sampleRow);
const header = names.join(',');
const line = values.join(',');

describe('a CSV source', () => {
  it.each([
    ['commas', ','],
    ['semicolons', ';'],
    ['tabs', '\t'],
  ])('is read with %s', async (_what, separator) => {
    const rows = await csvRows(`${names.join(separator)}\n${values.join(separator)}\n`);
    expect(rows).toEqual([
      { rowNo: 2, raw: expect.stringContaining('Nguyễn Văn An') as string, row: sampleRow },
    ]);
  });

  it.each([
    ['a byte order mark', `\ufeff${header}\n${line}\n`],
    ['CRLF', `${header}\r\n${line}\r\n`],
    ['no line break at the end', `${header}\n${line}`],
    ['empty lines', `${header}\n\n${line}\n\n`],
    ['quoted fields', `${header}\n${values.map((value) => `"${value}"`).join(',')}\n`],
    ['spaces around names of columns', `${names.join(' , ')}\n${line}\n`],
  ])('may have %s', async (_what, text) => {
    expect((await csvRows(text)).map(({ row }) => row)).toEqual([sampleRow]);
  });

  it('is read the same through every chunk border, within letters too', async () => {
    expect((await csvRows(bytewise(`\ufeff${header}\n${line}\n`))).map(({ row }) => row)).toEqual([
      sampleRow,
    ]);
  });

  it('keeps separators, quotes and line breaks inside quotes', async () => {
    const quoted = values.map((value, i) => (names[i] === 'lot' ? '"A,""B""\nC"' : value)).join(',');
    const rows = await csvRows(`${header}\n${quoted}\n${line}\n`);
    expect(rows.map(({ rowNo, row }) => [rowNo, row?.lot])).toEqual([
      [2, 'A,"B"\nC'],
      [3, 'FF1234'],
    ]);
  });

  it('counts rows as a spreadsheet does: empty lines too', async () => {
    expect((await csvRows(`${header}\n\n${line}\n\n\n${line}\n`)).map(({ rowNo }) => rowNo)).toEqual([3, 6]);
    const refusal = await refusedLater(() => csvRows(`${header}\n\n${line}\n\nx"y`));
    expect(refusal.faults.map(({ at }) => at)).toEqual(['5']);
  });

  it('keeps leading zeros: values are text', async () => {
    expect((await csvRows(`${header}\n${line}\n`))[0]?.row?.idNumber).toBe('079080000001');
  });

  it('refuses rows of another width, alone, by their number', async () => {
    const rows = await csvRows(`${header}\n${line},more\n${line}\nonly one\n`);
    expect(rows.map(({ rowNo, row }) => [rowNo, row !== null])).toEqual([
      [2, false],
      [3, true],
      [4, false],
    ]);
  });

  it('refuses an oversized row, alone', async () => {
    const long = line.replace('FF1234', 'x'.repeat(9000));
    const rows = await csvRows(`${header}\n${long}\n${line}\n`);
    expect(rows.map(({ row }) => row !== null)).toEqual([false, true]);
    expect(rows[0]?.raw.length).toBeLessThanOrEqual(8192);
  });
});

describe('a CSV source is refused whole', () => {
  it('with every missing, unknown and doubled column at once, without repeating what stood there', async () => {
    const wrong = header.replace('name,', '').replace('lot', '079080000001').replace('ward', 'sex');
    const refusal = await refusedLater(() => csvRows(`${wrong}\n${line}\n`));
    expect(refusal.code).toBe('SOURCE_UNREADABLE');
    expect(refusal.faults).toEqual([
      { at: 'S1', code: 'COLUMN_UNKNOWN' },
      { at: 'H1', code: 'COLUMN_DOUBLED' },
      { at: 'name', code: 'COLUMN_MISSING' },
      { at: 'ward', code: 'COLUMN_MISSING' },
    ]);
  });

  it("with no header at all: the first person's data is not repeated", async () => {
    const refusal = await refusedLater(() => csvRows(`${line}\n${line}\n`));
    expect(refusal.faults.filter(({ code }) => code === 'COLUMN_MISSING').map(({ at }) => at)).toEqual([
      ...ROW_REQUIRED,
    ]);
    expect(JSON.stringify([refusal.faults, refusal.message])).not.toMatch(/Nguyễn|079080000001/);
  });

  it.each(['', '\n', '\ufeff', '\n\n'])('when it is empty (%j)', async (text) => {
    expect((await refusedLater(() => csvRows(text))).code).toBe('SOURCE_UNREADABLE');
  });

  it.each([
    ['a quote that never ends', `${header}\n${line}\n"${line}\n${line}\n`, '3'],
    ['a quote inside a field', `${header}\n${line}\n${line}\n${line.replace('Văn', 'V"ăn')}\n`, '4'],
    ['text after a quote', `${header}\n"a"b,${line}\n`, '2'],
  ])('with %s, naming the row', async (_what, text, at) => {
    const refusal = await refusedLater(() => csvRows(text));
    expect(refusal.code).toBe('SOURCE_UNREADABLE');
    expect(refusal.faults).toEqual([{ at, code: 'ROW_UNREADABLE' }]);
  });

  it('when a quote swallows more than a few rows', async () => {
    const refusal = await refusedLater(() => csvRows(`${header}\n"${`${line}\n`.repeat(1000)}`));
    expect(refusal.code).toBe('SOURCE_UNREADABLE');
  });

  it.each([
    ['another encoding', Buffer.from(`${header}\nNguy\xean`, 'latin1')],
    ['a letter that is cut at the end', Buffer.from(`${header}\n${line}ễ`).subarray(0, -1)],
  ])('when it is not UTF-8: %s', async (_what, bytes) => {
    for (const chunks of [[bytes], [...bytes].map((byte) => Buffer.from([byte]))])
      expect((await refusedLater(() => csvRows(chunks))).code).toBe('SOURCE_UNREADABLE');
  });

  it('when it is too large, without reading on', async () => {
    expect(
      (
        await refusedLater(() =>
          csvRows(
            Array.from({ length: 100 }, () => `${line}\n`),
            1000,
          ),
        )
      ).code,
    ).toBe('SOURCE_TOO_LARGE');
  });
});

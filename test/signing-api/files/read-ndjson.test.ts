import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseFlatRow } from '#signing-api/files/flat-json';
import { readNdjson } from '#signing-api/files/read-ndjson';
import { refusedLater } from '../../support/refused.ts';
import { sampleRow } from '../../support/rows.ts';
import { bytewise, ndjsonRows, sourceText } from './sources.ts';

const line = JSON.stringify(sampleRow);

describe('an NDJSON source', () => {
  it.each([
    ['line feeds', `${line}\n${line}\n`],
    ['CRLF', `${line}\r\n${line}\r\n`],
    ['no line break at the end', `${line}\n${line}`],
    ['a byte order mark', `\ufeff${line}\n${line}\n`],
  ])('is read with %s', async (_what, text) => {
    const rows = await ndjsonRows(text);
    expect(rows).toEqual([1, 2].map((rowNo) => ({ rowNo, raw: line, row: sampleRow })));
    expect(await ndjsonRows(bytewise(text))).toEqual(rows);
  });

  it('passes over empty lines, and counts them', async () => {
    const rows = await ndjsonRows(`\n${line}\n\n  \n${line}\n`);
    expect(rows.map(({ rowNo }) => rowNo)).toEqual([2, 5]);
  });

  it('refuses a line that is too long, alone, and keeps only its beginning', async () => {
    const long = JSON.stringify({ ...sampleRow, lot: 'x'.repeat(20_000) });
    for (const text of [`${long}\n${line}\n`, `${line}\n${long}`]) {
      const rows = await ndjsonRows(text.match(/[\s\S]{1,1000}/g) ?? []);
      expect(rows.map(({ row }) => row !== null).sort()).toEqual([false, true]);
      expect(Math.max(...rows.map(({ raw }) => raw.length))).toBe(8192);
    }
  });

  it('refuses a long line of spaces too', async () => {
    const rows = await ndjsonRows([' '.repeat(9000), ' '.repeat(9000), '\n', line]);
    expect(rows.map(({ rowNo, row }) => [rowNo, row !== null])).toEqual([
      [1, false],
      [2, true],
    ]);
  });

  it('is refused whole when it is not UTF-8 or too large', async () => {
    expect(
      (await refusedLater(() => ndjsonRows(Buffer.concat([Buffer.from(line), Buffer.of(0xc3)])))).code,
    ).toBe('SOURCE_UNREADABLE');
    expect((await refusedLater(() => ndjsonRows(line, 100))).code).toBe('SOURCE_TOO_LARGE');
  });

  it('is hashed as it came', async () => {
    const source = sourceText(bytewise(`\ufeff${line}\r\n`));
    const rows = readNdjson(source);
    while (!(await rows.next()).done);
    expect(source.sha256()).toEqual(createHash('sha256').update(`\ufeff${line}\r\n`).digest());
  });
});

describe('a row of JSON', () => {
  it.each([
    ['spaces between', '{ "name" : "An" , "lot" : "1" }', { name: 'An', lot: '1' }],
    ['escapes', '{"name":"Nguy\\u1ec5n \\"An\\"\\\\"}', { name: 'Nguyễn "An"\\' }],
    ['a whole number', '{"doseNumber":1}', { doseNumber: '1' }],
    ['an escaped name of a member', '{"\\u006eame":"An"}', { name: 'An' }],
  ])('may have %s', (_what, text, row) => {
    expect(parseFlatRow(text)).toEqual(row);
  });

  it.each([
    ['a duplicate key', '{"name":"An","name":"An"}'],
    ['a duplicate key by escape', '{"name":"An","\\u006eame":"Bình"}'],
    ['an unknown member', '{"name":"An","phone":"0901234567"}'],
    ['__proto__', '{"__proto__":"x"}'],
    ['an object inside', '{"name":{"first":"An"}}'],
    ['an array inside', '{"name":["An"]}'],
    ['null', '{"name":null}'],
    ['true', '{"name":true}'],
    ['a fraction', '{"doseNumber":1.5}'],
    ['an exponent', '{"doseNumber":1e1}'],
    ['a negative number', '{"doseNumber":-1}'],
    ['a number with leading zeros, which is not JSON', '{"idNumber":079080001}'],
    ['a number too long to be exact', '{"idNumber":79080000001}'],
    ['a trailing comma', '{"name":"An",}'],
    ['something after it', '{"name":"An"} x'],
    ['two objects', '{"name":"An"}{"name":"An"}'],
    ['a raw control character', '{"name":"A\u0001n"}'],
    ['a bad escape', '{"name":"\\x"}'],
    ['single quotes', "{'name':'An'}"],
    ['an array', '["An"]'],
    ['nothing in it', '{}'],
    ['no end', '{"name":"An"'],
    ['text only', 'An'],
  ])('is refused with %s', (_what, text) => {
    expect(parseFlatRow(text)).toBeNull();
  });

  it('is read in time that grows with its length', () => {
    expect(parseFlatRow(`{"name":"${'\\'.repeat(8000)}`)).toBeNull();
    expect(parseFlatRow(`{${' '.repeat(8000)}x`)).toBeNull();
  });
});

import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { ROW_REQUIRED, isRowField, type Row, type RowField } from '#core/record/row';
import { Refusal, type Fault } from '#core/refusal';
import { MAX_ROW_LENGTH, type SourceRow, type SourceText } from './source.ts';

type Parsed = { readonly record: string[]; readonly raw: string; readonly info: Place };
type Place = { readonly records: number; readonly empty_lines: number };

const HEADER_LIMIT = 16 * 1024;

/**
 * Rows of a CSV (RFC 4180; UTF-8 with or without BOM; comma, semicolon or tab, found in the header). The header carries the field
 * names of core/record/row.ts.
 * @throws Refusal SOURCE_UNREADABLE: every missing, unknown or doubled column at once, or broken quoting with its line
 */
export async function* readCsv(source: SourceText): AsyncGenerator<SourceRow> {
  const text = source.text();
  const { head, delimiter } = await readHead(text);
  const parser = parse({
    delimiter,
    bom: true,
    raw: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: 4 * MAX_ROW_LENGTH,
  });
  const input = Readable.from(joined(head, text), { objectMode: false });
  input.on('error', (error) => parser.destroy(error));
  input.pipe(parser);
  let columns: readonly RowField[] | null = null;
  try {
    for await (const { record, raw, info } of parser as AsyncIterable<Parsed>) {
      if (columns)
        yield { rowNo: rowNoOf(info), raw: raw.slice(0, MAX_ROW_LENGTH), row: toRow(columns, record, raw) };
      else columns = readColumns(record);
    }
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new Refusal('SOURCE_UNREADABLE', {
      detail: cause.code,
      faults: [{ at: placeOf(cause), code: 'ROW_UNREADABLE' }],
      cause,
    });
  } finally {
    input.destroy();
    parser.destroy();
  }
  if (!columns) throw new Refusal('SOURCE_UNREADABLE', { detail: 'no header' });
}

/** As a spreadsheet counts: empty lines are rows, a line break inside quotes is not. */
function rowNoOf({ records, empty_lines }: Place): number {
  return records + empty_lines;
}

/** The parser ends before it hands out what it had read, so only its own count tells where. */
function placeOf(error: CsvError): string {
  const { records, empty_lines } = error as CsvError & Partial<Place>;
  return String(rowNoOf({ records: records ?? 0, empty_lines: empty_lines ?? 0 }) + 1);
}

async function readHead(text: AsyncGenerator<string>): Promise<{ head: string; delimiter: string }> {
  let head = '';
  while (!head.includes('\n') && head.length < HEADER_LIMIT) {
    const next = await text.next();
    if (next.done) break;
    head += next.value;
  }
  const line = head.split('\n', 1)[0] ?? '';
  const count = (separator: string) => line.split(separator).length;
  const delimiter = [',', ';', '\t'].reduce((best, separator) =>
    count(separator) > count(best) ? separator : best,
  );
  return { head, delimiter };
}

async function* joined(head: string, text: AsyncGenerator<string>): AsyncGenerator<string> {
  if (head !== '') yield head;
  for await (const part of text) if (part !== '') yield part;
}

function readColumns(header: readonly string[]): readonly RowField[] {
  const names = header.map((name) => name.trim());
  const faults: Fault[] = [
    ...names.flatMap((name, i) =>
      isRowField(name) ? [] : [{ at: cellOfHeader(i), code: 'COLUMN_UNKNOWN' }],
    ),
    ...names.flatMap((name, i) =>
      names.indexOf(name) === i ? [] : [{ at: cellOfHeader(i), code: 'COLUMN_DOUBLED' }],
    ),
    ...ROW_REQUIRED.filter((name) => !names.includes(name)).map((name) => ({
      at: name,
      code: 'COLUMN_MISSING',
    })),
  ];
  if (faults.length > 0) throw new Refusal('SOURCE_UNREADABLE', { detail: 'columns', faults });
  return names.filter(isRowField);
}

/** A1, B1, … AA1: the name itself is not repeated, because without a header it is the first person's data. */
function cellOfHeader(column: number): string {
  let letters = '';
  for (let rest = column; rest >= 0; rest = Math.floor(rest / 26) - 1)
    letters = String.fromCharCode(65 + (rest % 26)) + letters;
  return `${letters}1`;
}

function toRow(columns: readonly RowField[], record: readonly string[], raw: string): Row | null {
  if (record.length !== columns.length || raw.length > MAX_ROW_LENGTH) return null;
  return Object.fromEntries(columns.map((name, i) => [name, record[i] ?? '']));
}

import { parseFlatRow } from './flat-json.ts';
import { MAX_ROW_LENGTH, type SourceRow, type SourceText } from './source.ts';

/** Rows of newline-delimited JSON. Empty lines are passed over; a line that is too long is kept only as far as it was read. */
export async function* readNdjson(source: SourceText): AsyncGenerator<SourceRow> {
  let rowNo = 0;
  let rest = '';
  let isOverlong = false;
  const take = (line: string): SourceRow | null => {
    rowNo++;
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (text.trim() === '' && !isOverlong) return null;
    const row = isOverlong || text.length > MAX_ROW_LENGTH ? null : parseFlatRow(text);
    isOverlong = false;
    return { rowNo, raw: text.slice(0, MAX_ROW_LENGTH), row };
  };
  for await (const text of source.text()) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const row = take(line);
      if (row) yield row;
    }
    if (rest.length > MAX_ROW_LENGTH) {
      isOverlong = true;
      rest = rest.slice(0, MAX_ROW_LENGTH);
    }
  }
  const last = rest === '' && !isOverlong ? null : take(rest);
  if (last) yield last;
}

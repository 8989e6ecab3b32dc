import { isRowField, type Row, type RowField } from '#core/record/row';

const MEMBER = /\s*"((?:[^"\\]|\\.)*)"\s*:\s*("(?:[^"\\]|\\.)*"|0|[1-9]\d{0,8})\s*([,}])/y;

/**
 * Reads one flat JSON object of known members with text (or whole-number) values. Unlike JSON.parse it refuses duplicate and unknown
 * members, so that nothing is silently dropped.
 * @returns null where the line is anything else
 */
export function parseFlatRow(line: string): Row | null {
  const start = /^\s*\{/.exec(line);
  if (!start) return null;
  const row: Partial<Record<RowField, string>> = {};
  MEMBER.lastIndex = start[0].length;
  for (;;) {
    const member = MEMBER.exec(line);
    if (!member) return null;
    const name = unquoted(`"${member[1] ?? ''}"`);
    const value = member[2]?.startsWith('"') ? unquoted(member[2]) : member[2];
    if (
      name === null ||
      value === null ||
      value === undefined ||
      !isRowField(name) ||
      row[name] !== undefined
    )
      return null;
    row[name] = value;
    if (member[3] === '}') return line.slice(MEMBER.lastIndex).trim() === '' ? row : null;
  }
}

function unquoted(json: string): string | null {
  try {
    return JSON.parse(json) as string;
  } catch {
    return null;
  }
}

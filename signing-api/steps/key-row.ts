import { checkRow, type CheckedRow } from '#core/record/check-row';
import { isReference } from '#core/record/fields';
import { ROW_FIELDS, type Row } from '#core/record/row';
import { foldName } from '#core/text';
import type { Service } from '../service.ts';
import type { RowKeys } from './find-record.ts';

/** A row as judged, and what says which record it is and whether it says anything new. */
export type KeyedRow = RowKeys & { readonly checked: CheckedRow; readonly content: Buffer };

/** @returns null where the row carries a dose id that cannot be one: it decides which record a row is, so nothing can be cleaned */
export function keyRow(
  row: Row,
  { sealer, config }: Pick<Service, 'sealer' | 'config'>,
  today: string,
): KeyedRow | null {
  const checked = checkRow(row, config.campaign, today);
  const r = checked.row;
  if (r.doseId && !isReference(r.doseId)) return null;
  const content = sealer.blindIndex('content', contentOf(checked));
  const parts = [r.facility, r.doseDate, r.doseNumber, foldName(r.name ?? ''), r.birthDate].map(
    (part) => part ?? '',
  );
  return {
    checked,
    // with a part missing, different people would look alike: then only the same content is the same record
    matchKey: parts.includes('')
      ? sealer.blindIndex('match-content', content.toString('base64'))
      : sealer.blindIndex('match', ...parts),
    content,
    doseId: r.doseId ? r.doseId : null,
    rowCode: r.rowCode ? r.rowCode : null,
  };
}

/**
 * What a row says about the dose and the person, whichever source says it: the draft where there is one. How the source names the row
 * (row code, dose id), and a district that only repeats the ward's, are not content.
 */
function contentOf({ draft, row, district }: CheckedRow): string {
  if (draft) return JSON.stringify(draft);
  const fields = ROW_FIELDS.filter((name) => name !== 'rowCode' && name !== 'doseId' && name !== 'district');
  return JSON.stringify([district, ...fields.map((name) => row[name] ?? '')]);
}

import { v7 as uuidv7 } from 'uuid';
import { isFacility, isName, isWard } from '#core/record/fields';
import { foldName } from '#core/text';
import type { Sealer } from '../sealing.ts';
import type { Current, NewVersion } from '../store/records.ts';
import type { KeyedRow } from './key-row.ts';

/** The version that a row makes: the first of a new record, or the next of the one that was found. */
export function nextVersion(
  keyed: KeyedRow,
  found: Current | null,
  sealer: Sealer,
  source: Pick<NewVersion, 'importId' | 'by' | 'at'>,
): NewVersion {
  const { checked } = keyed;
  const { row, draft } = checked;
  const recordId = found?.recordId ?? uuidv7();
  const version = (found?.version ?? 0) + 1;
  const id = draft?.id;
  return {
    ...source,
    campaign: checked.campaign,
    district: checked.district,
    recordId,
    version,
    cause: 'import',
    // what stands in the clear is of its form: a number typed into another column stays sealed with the row
    ward: isWard(row.ward) ? (row.ward ?? null) : null,
    facility: isFacility(row.facility) ? (row.facility ?? null) : null,
    doseDate: draft?.dose.date ?? null,
    doseNo: draft?.dose.number ?? null,
    nameFolded: isName(row.name) ? foldName(row.name) : null,
    birth: draft?.person.birthDate ?? null,
    isForeign: checked.isForeign,
    // a source that does not carry the platform's id does not take it away
    doseId: keyed.doseId ?? found?.doseId ?? null,
    idIndex: id ? sealer.blindIndex('id', id.type, id.number) : null,
    identityIndex:
      draft && id
        ? sealer.blindIndex(
            'identity',
            id.type,
            id.number,
            draft.person.name,
            draft.person.birthDate,
            draft.person.sex,
          )
        : null,
    matchKey: keyed.matchKey,
    content: keyed.content,
    problems: checked.problems,
    warnings: checked.warnings,
    sealedDraft: sealer.seal(JSON.stringify(draft ? { draft } : { row }), `draft/${recordId}/${version}`),
  };
}

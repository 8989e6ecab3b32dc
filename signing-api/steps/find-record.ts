import { Refusal } from '#core/refusal';
import { readRowCode } from '../row-code.ts';
import type { Sealer } from '../sealing.ts';
import type { Tx } from '../store/database.ts';
import { findCurrent, type Current } from '../store/records.ts';

/** What a row says about which record it is. */
export type RowKeys = {
  readonly matchKey: Buffer;
  readonly doseId: string | null;
  readonly rowCode: string | null;
};

/** The records that a chunk of rows may belong to, and those that the chunk itself makes. */
export type Candidates = {
  /**
   * The record identity rule, in this order: our hidden row code; the platform's dose id; same facility, dose date, dose number,
   * folded name and birth date with exactly one candidate (formats §2). The id number never decides: cleaning changes it.
   * @throws Refusal RECORD_AMBIGUOUS, ROW_UNREADABLE (a row code that is not ours), CORRECTION_CONFLICT (changed meanwhile)
   */
  readonly find: (keys: RowKeys) => Current | null;
  readonly add: (current: Current) => void;
};

export async function loadCandidates(tx: Tx, sealer: Sealer, rows: readonly RowKeys[]): Promise<Candidates> {
  const codes = new Map(
    rows.flatMap(({ rowCode }) => (rowCode ? [[rowCode, readRowCode(sealer, rowCode)] as const] : [])),
  );
  const known = await findCurrent(tx, {
    recordIds: [...codes.values()].flatMap((code) => (code ? [code.recordId] : [])),
    doseIds: rows.flatMap(({ doseId }) => doseId ?? []),
    matchKeys: rows.map(({ matchKey }) => matchKey),
  });
  const byRecord = new Map<string, Current>();
  const byDoseId = new Map<string, Set<string>>();
  const byMatch = new Map<string, Set<string>>();
  const add = (current: Current) => {
    byRecord.set(current.recordId, current);
    if (current.doseId) note(byDoseId, current.doseId, current.recordId);
    note(byMatch, current.matchKey.toString('base64'), current.recordId);
  };
  known.forEach(add);

  const find = ({ matchKey, doseId, rowCode }: RowKeys): Current | null => {
    if (rowCode) return byCode(codes.get(rowCode) ?? null, byRecord);
    const currentOf = (ids: ReadonlySet<string> | undefined) =>
      [...(ids ?? [])].flatMap((recordId) => byRecord.get(recordId) ?? []);
    const named = doseId
      ? onlyOne(currentOf(byDoseId.get(doseId)).filter((current) => current.doseId === doseId))
      : null;
    if (named) return named;
    const alike = currentOf(byMatch.get(matchKey.toString('base64')));
    return onlyOne(
      alike.filter((current) => current.matchKey.equals(matchKey) && (!doseId || !current.doseId)),
    );
  };
  return { find, add };
}

function note(index: Map<string, Set<string>>, key: string, recordId: string): void {
  index.set(key, (index.get(key) ?? new Set()).add(recordId));
}

function onlyOne(candidates: readonly Current[]): Current | null {
  if (candidates.length > 1) throw new Refusal('RECORD_AMBIGUOUS');
  return candidates[0] ?? null;
}

function byCode(
  code: { recordId: string; version: number } | null,
  byRecord: ReadonlyMap<string, Current>,
): Current {
  const current = code && byRecord.get(code.recordId);
  if (!code || !current) throw new Refusal('ROW_UNREADABLE');
  if (current.version !== code.version) throw new Refusal('CORRECTION_CONFLICT');
  return current;
}

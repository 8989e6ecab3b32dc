import { v7 as uuidv7 } from 'uuid';
import { checkRow, type CheckedRow } from '#core/record/check-row';
import { isFacility, isName, isReference, isWard } from '#core/record/fields';
import { ROW_FIELDS, type Row } from '#core/record/row';
import { Refusal, type RefusalCode } from '#core/refusal';
import { foldName } from '#core/text';
import { isOwnRecord, type Caller } from '../caller.ts';
import type { SourceRow } from '../files/source.ts';
import type { Service } from '../service.ts';
import type { Tx } from '../store/database.ts';
import {
  insertImport,
  insertImportRows,
  lockImports,
  type ImportCounts,
  type NewImportRow,
} from '../store/imports.ts';
import {
  carryWithdrawals,
  insertDepartures,
  insertVersions,
  type Current,
  type Departure,
  type NewVersion,
} from '../store/records.ts';
import { lockStatus, supersedeLeavesOfImport } from '../store/status.ts';
import { districtOfUnit } from '../store/units.ts';
import { loadCandidates, type Candidates } from './find-record.ts';

const CHUNK_ROWS = 2000;
const MAX_FAULTS = 1000;

export type ImportResult = ImportCounts & {
  readonly importId: string;
  readonly fileSha256: Buffer;
  /** the first refused rows, each with its code; all of them through the import's own resource */
  readonly errors: { readonly at: string; readonly code: string }[];
};

/**
 * Takes a source in, in one transaction: every row becomes a new record, the next version of a record, nothing (unchanged), or a
 * refusal located by its row number. Rows with problems are kept: cleaning needs them.
 * @throws Refusal SOURCE_UNREADABLE, SOURCE_TOO_LARGE, SOURCE_ALREADY_IMPORTED, OVERLOADED; then nothing was written
 */
export async function importSource(
  service: Service,
  caller: Caller,
  rows: AsyncIterable<SourceRow>,
  sha256: () => Buffer,
): Promise<ImportResult> {
  let isRead = false;
  return service.db.transaction(async (tx) => {
    // a source comes once: a transaction that is tried again would begin in its middle
    if (isRead) throw new Refusal('OVERLOADED', { detail: 'the import collided with another' });
    await lockImports(tx);
    isRead = true;
    const run = new ImportRun(service, caller, tx, await districtOfUnit(tx, caller));
    for await (const chunk of inChunks(rows, CHUNK_ROWS)) await run.take(chunk);
    return run.finish(sha256());
  });
}

class ImportRun {
  readonly importId = uuidv7();
  readonly #service: Service;
  readonly #caller: Caller;
  readonly #tx: Tx;
  readonly #district: string;
  readonly #at: Date;
  readonly #counts = { rows: 0, new: 0, changed: 0, unchanged: 0, refused: 0 };
  readonly #problems: Record<string, number> = {};
  readonly #errors: { readonly at: string; readonly code: string }[] = [];

  constructor(service: Service, caller: Caller, tx: Tx, district: string) {
    this.#service = service;
    this.#caller = caller;
    this.#tx = tx;
    this.#district = district;
    this.#at = service.clock();
  }

  async take(chunk: readonly SourceRow[]): Promise<void> {
    const read = chunk.map((source) => ({ source, keyed: source.row && this.#keyed(source.row) }));
    const candidates = await loadCandidates(
      this.#tx,
      this.#service.sealer,
      read.flatMap(({ keyed }) => keyed ?? []),
    );
    const versions: NewVersion[] = [];
    const departures: Departure[] = [];
    const rows = read.map(({ source, keyed }): NewImportRow => {
      const sealed = this.#service.sealer.seal(source.raw, `row/${this.importId}/${source.rowNo}`);
      try {
        const placed = this.#place(keyed, candidates, versions, departures);
        this.#counts[placed.outcome]++;
        return { rowNo: source.rowNo, sealed, ...placed };
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return { rowNo: source.rowNo, sealed, ...this.#refuse(source.rowNo, error.code) };
      }
    });
    this.#counts.rows += rows.length;
    await insertVersions(this.#tx, versions);
    await insertDepartures(this.#tx, departures);
    await carryWithdrawals(this.#tx, departures);
    await insertImportRows(this.#tx, this.#district, this.importId, rows);
  }

  async finish(fileSha256: Buffer): Promise<ImportResult> {
    const counts = { ...this.#counts, problems: this.#problems };
    const isNew = await insertImport(this.#tx, {
      district: this.#district,
      importId: this.importId,
      unitKind: this.#caller.role,
      unit: this.#caller.unit,
      fileSha256,
      mapping: Object.fromEntries(ROW_FIELDS.map((name) => [name, name])),
      by: this.#caller.keyId,
      at: this.#at,
      counts,
    });
    if (!isNew) throw new Refusal('SOURCE_ALREADY_IMPORTED');
    await lockStatus(this.#tx);
    await supersedeLeavesOfImport(this.#tx, this.importId, this.#at);
    return { importId: this.importId, fileSha256, ...counts, errors: this.#errors };
  }

  #keyed(row: Row): KeyedRow | null {
    const checked = checkRow(row, this.#service.config.campaign);
    const r = checked.row;
    // a dose id decides which record a row is, so one that cannot be an id is no problem to clean but an unreadable row
    if (r.doseId && !isReference(r.doseId)) return null;
    const matchParts = [r.facility, r.doseDate, r.doseNumber, foldName(r.name ?? ''), r.birthDate].map(
      (part) => part ?? '',
    );
    const content = JSON.stringify(
      ROW_FIELDS.filter((name) => name !== 'rowCode').map((name) => r[name] ?? ''),
    );
    return {
      checked,
      matchKey: this.#service.sealer.blindIndex('match', ...matchParts),
      content: this.#service.sealer.blindIndex('content', content),
      doseId: r.doseId ? r.doseId : null,
      rowCode: r.rowCode ? r.rowCode : null,
    };
  }

  #place(
    keyed: KeyedRow | null,
    candidates: Candidates,
    versions: NewVersion[],
    departures: Departure[],
  ): Pick<NewImportRow, 'outcome' | 'recordId' | 'version' | 'codes'> {
    if (!keyed) throw new Refusal('ROW_UNREADABLE');
    const found = candidates.find(keyed);
    this.#checkScope(keyed.checked, found);
    if (found && found.content.equals(keyed.content))
      return { outcome: 'unchanged', recordId: found.recordId, version: found.version, codes: [] };
    const version = this.#nextVersion(keyed, found);
    versions.push(version);
    candidates.add(version);
    if (found && found.district !== version.district)
      departures.push({
        district: found.district,
        recordId: found.recordId,
        version: version.version,
        toDistrict: version.district,
      });
    for (const problem of version.problems) this.#problems[problem] = (this.#problems[problem] ?? 0) + 1;
    return {
      outcome: found ? 'changed' : 'new',
      recordId: version.recordId,
      version: version.version,
      codes: [...version.problems, ...version.warnings],
    };
  }

  /** A unit brings in what is its own now, or was until this row moved it. */
  #checkScope(checked: CheckedRow, found: Current | null): void {
    const place = {
      district: checked.district,
      ward: checked.row.ward ?? null,
      facility: checked.row.facility ?? null,
    };
    if (!isOwnRecord(this.#caller, place) && !(found && isOwnRecord(this.#caller, found)))
      throw new Refusal('FORBIDDEN');
  }

  #nextVersion(keyed: KeyedRow, found: Current | null): NewVersion {
    const { checked } = keyed;
    const { row, draft } = checked;
    const { sealer } = this.#service;
    const recordId = found?.recordId ?? uuidv7();
    const version = (found?.version ?? 0) + 1;
    const id = draft?.id;
    return {
      district: checked.district,
      recordId,
      version,
      cause: 'import',
      importId: this.importId,
      by: this.#caller.keyId,
      at: this.#at,
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

  #refuse(
    rowNo: number,
    code: RefusalCode,
  ): Pick<NewImportRow, 'outcome' | 'recordId' | 'version' | 'codes'> {
    this.#counts.refused++;
    if (this.#errors.length < MAX_FAULTS) this.#errors.push({ at: String(rowNo), code });
    return { outcome: 'refused', recordId: null, version: null, codes: [code] };
  }
}

export type KeyedRow = {
  readonly checked: CheckedRow;
  readonly matchKey: Buffer;
  readonly content: Buffer;
  readonly doseId: string | null;
  readonly rowCode: string | null;
};

async function* inChunks<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let chunk: T[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

import { v7 as uuidv7 } from 'uuid';
import { cityDate } from '#core/dates';
import type { CheckedRow } from '#core/record/check-row';
import { ROW_FIELDS } from '#core/record/row';
import { Refusal, type RefusalCode } from '#core/refusal';
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
  insertDoseIds,
  insertVersions,
  noteReplaced,
  prepareReplaced,
  type Current,
  type DoseIdLink,
  type NewVersion,
  type Replaced,
} from '../store/records.ts';
import { revokeReplaced } from '../store/certificate-revocations.ts';
import { lockStatus, supersedeReplacedLeaves } from '../store/status.ts';
import { districtOfUnit } from '../store/units.ts';
import { loadCandidates, type Candidates } from './find-record.ts';
import { keyRow, type KeyedRow } from './key-row.ts';
import { nextVersion } from './next-version.ts';

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
    await prepareReplaced(tx);
    const run = new ImportRun(service, caller, tx, await districtOfUnit(tx, caller));
    for await (const chunk of inChunks(rows, CHUNK_ROWS)) await run.take(chunk);
    return run.finish(sha256());
  });
}

/** What a chunk of rows comes to, beside the rows' own outcomes. */
type Changes = {
  readonly candidates: Candidates;
  readonly versions: NewVersion[];
  readonly replaced: Replaced[];
  readonly doseIds: DoseIdLink[];
};

class ImportRun {
  readonly importId = uuidv7();
  readonly #service: Service;
  readonly #caller: Caller;
  readonly #tx: Tx;
  readonly #district: string;
  readonly #at: Date;
  readonly #today: string;
  readonly #counts = { rows: 0, new: 0, changed: 0, unchanged: 0, refused: 0 };
  readonly #problems: Record<string, number> = {};
  readonly #errors: { readonly at: string; readonly code: string }[] = [];

  constructor(service: Service, caller: Caller, tx: Tx, district: string) {
    this.#service = service;
    this.#caller = caller;
    this.#tx = tx;
    this.#district = district;
    this.#at = service.clock();
    this.#today = cityDate(this.#at);
  }

  async take(chunk: readonly SourceRow[]): Promise<void> {
    const read = chunk.map((source) => ({
      source,
      keyed: source.row && keyRow(source.row, this.#service, this.#today),
    }));
    const candidates = await loadCandidates(
      this.#tx,
      this.#service.sealer,
      read.flatMap(({ keyed }) => keyed ?? []),
    );
    const changes: Changes = { candidates, versions: [], replaced: [], doseIds: [] };
    const rows = read.map(({ source, keyed }): NewImportRow => {
      const sealed = this.#service.sealer.seal(source.raw, `row/${this.importId}/${source.rowNo}`);
      try {
        const placed = this.#place(keyed, changes);
        this.#counts[placed.outcome]++;
        return { rowNo: source.rowNo, sealed, ...placed };
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return { rowNo: source.rowNo, sealed, ...this.#refuse(source.rowNo, error.code) };
      }
    });
    this.#counts.rows += rows.length;
    await insertVersions(this.#tx, changes.versions);
    await insertDoseIds(this.#tx, changes.doseIds);
    await insertDepartures(this.#tx, changes.replaced);
    await noteReplaced(this.#tx, changes.replaced);
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
    await supersedeReplacedLeaves(this.#tx, this.#at);
    await carryWithdrawals(this.#tx);
    await revokeReplaced(this.#tx, this.#caller.keyId, this.#at);
    return { importId: this.importId, fileSha256, ...counts, errors: this.#errors };
  }

  #place(
    keyed: KeyedRow | null,
    changes: Changes,
  ): Pick<NewImportRow, 'outcome' | 'recordId' | 'version' | 'codes'> {
    if (!keyed) throw new Refusal('ROW_UNREADABLE');
    const found = changes.candidates.find(keyed);
    this.#checkScope(keyed.checked, found);
    if (found?.content.equals(keyed.content)) {
      this.#nameUnnamed(found, keyed.doseId, changes);
      return { outcome: 'unchanged', recordId: found.recordId, version: found.version, codes: [] };
    }
    const version = nextVersion(keyed, found, this.#service.sealer, {
      importId: this.importId,
      by: this.#caller.keyId,
      at: this.#at,
    });
    changes.versions.push(version);
    changes.candidates.add(version);
    if (found)
      changes.replaced.push({
        district: found.district,
        recordId: found.recordId,
        version: found.version,
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

  /** The platform's id of a dose that came in without one: worth keeping, but nothing that would need a new signature. */
  #nameUnnamed(found: Current, doseId: string | null, changes: Changes): void {
    if (doseId === null || found.doseId !== null) return;
    changes.doseIds.push({ district: found.district, recordId: found.recordId, doseId });
    changes.candidates.add({ ...found, doseId });
  }

  /**
   * A unit changes only records that are its own now, and makes only records that are its own. Residence may be corrected away to
   * another ward or district; a facility's dose stays the facility's.
   */
  #checkScope(checked: CheckedRow, found: Current | null): void {
    const place = {
      district: checked.district,
      ward: checked.row.ward ?? null,
      facility: checked.row.facility ?? null,
    };
    if (found && !isOwnRecord(this.#caller, found)) throw new Refusal('FORBIDDEN');
    if ((!found || this.#caller.role === 'facility') && !isOwnRecord(this.#caller, place))
      throw new Refusal('FORBIDDEN');
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

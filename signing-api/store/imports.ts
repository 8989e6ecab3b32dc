import { Refusal } from '#core/refusal';
import { copyIn } from './copy.ts';
import type { Db, Tx } from './database.ts';

/** SQLSTATE lock_not_available */
const LOCK_NOT_AVAILABLE = '55P03';

export type ImportCounts = {
  readonly rows: number;
  readonly new: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly refused: number;
  /** rows of this import by their problems, each row under each of its problems */
  readonly problems: Readonly<Record<string, number>>;
};

export type NewImport = {
  readonly district: string;
  readonly importId: string;
  readonly unitKind: string;
  readonly unit: string | null;
  readonly fileSha256: Buffer;
  readonly mapping: Readonly<Record<string, string>>;
  readonly by: string;
  readonly at: Date;
  readonly counts: ImportCounts;
};

/**
 * One import at a time, held until commit: two that read the same doses at once would not see each other's records, and make each twice.
 * @throws Refusal OVERLOADED where another import takes longer than a minute
 */
export async function lockImports(tx: Tx): Promise<void> {
  await tx.query("set local lock_timeout = '60s'");
  try {
    await tx.query("select pg_advisory_xact_lock(hashtext('kyso/imports'))");
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === LOCK_NOT_AVAILABLE)
      throw new Refusal('OVERLOADED', { detail: 'another import is running', cause });
    throw cause;
  }
  await tx.query('set local lock_timeout = default');
}

/** @returns false where the same unit imported the same bytes before */
export async function insertImport(tx: Tx, i: NewImport): Promise<boolean> {
  const rows = await tx.query(
    `insert into imports (district, import_id, unit_kind, unit, file_sha256, mapping, by, at, counts)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing returning 1`,
    [i.district, i.importId, i.unitKind, i.unit, i.fileSha256, i.mapping, i.by, i.at, i.counts],
  );
  return rows.length === 1;
}

export type Outcome = 'new' | 'changed' | 'unchanged' | 'refused';

export type NewImportRow = {
  readonly rowNo: number;
  readonly sealed: Buffer;
  readonly outcome: Outcome;
  readonly recordId: string | null;
  readonly version: number | null;
  readonly codes: readonly string[];
};

export async function insertImportRows(
  tx: Tx,
  district: string,
  importId: string,
  rows: readonly NewImportRow[],
): Promise<void> {
  await copyIn(
    tx,
    'import_rows (district, import_id, row_no, sealed, outcome, record_id, version, codes)',
    rows.map((r) => [district, importId, r.rowNo, r.sealed, r.outcome, r.recordId, r.version, r.codes]),
  );
}

export type ImportRowView = {
  readonly rowNo: number;
  readonly outcome: Outcome;
  readonly recordId: string | null;
  readonly codes: string[];
};

/** What became of the rows, in order, without their contents. */
export async function listImportRows(
  db: Db,
  district: string,
  importId: string,
  outcome: string | null,
  after: number,
  limit: number,
): Promise<ImportRowView[]> {
  return db.query<ImportRowView>(
    `select row_no as "rowNo", outcome, record_id as "recordId", codes from import_rows
     where district = $1 and import_id = $2 and ($3::text is null or outcome = $3) and row_no > $4 order by row_no limit $5`,
    [district, importId, outcome, after, limit],
  );
}

export async function findImport(
  db: Db,
  importId: string,
): Promise<(NewImport & { readonly counts: ImportCounts }) | null> {
  const rows = await db.query<NewImport>(
    `select district, import_id as "importId", unit_kind as "unitKind", unit, file_sha256 as "fileSha256", mapping, by, at, counts
     from imports where import_id = $1`,
    [importId],
  );
  return rows[0] ?? null;
}

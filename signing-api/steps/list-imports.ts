import { Refusal } from '#core/refusal';
import type { Caller } from '../caller.ts';
import type { Service } from '../service.ts';
import { findImport, listImportRows, type ImportRowView, type NewImport } from '../store/imports.ts';

const PAGE = 1000;

/** @throws Refusal FORBIDDEN where the import is another unit's */
export async function ownImport(service: Service, caller: Caller, importId: string): Promise<NewImport> {
  const found = await findImport(service.db, importId);
  if (!found || found.unitKind !== caller.role || found.unit !== caller.unit) throw new Refusal('FORBIDDEN');
  return found;
}

export async function importedRows(
  service: Service,
  { district, importId }: NewImport,
  outcome: string | null,
  after: number,
): Promise<{ rows: ImportRowView[]; next: string | null }> {
  const rows = await listImportRows(service.db, district, importId, outcome, after, PAGE);
  return { rows, next: rows.length === PAGE ? String(rows.at(-1)?.rowNo ?? 0) : null };
}

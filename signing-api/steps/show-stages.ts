import { instant } from '#core/dates';
import { REASONS, STAGES, whoActs, type BlockReason, type Stage } from '#core/record/stage';
import { Refusal } from '#core/refusal';
import type { UnitKind } from '#core/sign/fields';
import type { RecordStage, StageCounts } from '#core/wire/records';
import { isOwnRecord, type Caller } from '../caller.ts';
import { makeRowCode } from '../row-code.ts';
import type { Service } from '../service.ts';
import { countStages, findStage, listStages, type StageRow } from '../store/records.ts';

const PAGE = 500;
const REPORT_MS = 60_000;

export type StageQuery = {
  readonly kind: UnitKind;
  readonly stage?: Stage | undefined;
  readonly reason?: BlockReason | undefined;
  readonly after?: string | undefined;
};

/** The caller's own records of a district, in id order, a page at a time. */
export async function listOwnStages(
  service: Service,
  caller: Caller,
  district: string,
  query: StageQuery,
): Promise<{ records: RecordStage[]; next: string | null }> {
  requireDistrict(caller, district);
  const { ward, facility } = scopeOf(caller);
  const rows = await listStages(service.db, {
    district,
    kind: query.kind,
    ward,
    facility,
    stage: query.stage ?? null,
    reason: query.reason ?? null,
    after: query.after ?? null,
    limit: PAGE,
  });
  return {
    records: rows.map((row) => view(service, row)),
    next: rows.length === PAGE ? (rows.at(-1)?.recordId ?? null) : null,
  };
}

/** @throws Refusal RECORD_UNKNOWN, also where the record is another unit's */
export async function oneStage(
  service: Service,
  caller: Caller,
  district: string,
  recordId: string,
  kind: UnitKind,
): Promise<RecordStage> {
  const row = await findStage(service.db, district, recordId, kind);
  if (
    !row ||
    !(caller.role === 'doh' || isOwnRecord(caller, { district, ward: row.ward, facility: row.facility }))
  )
    throw new Refusal('RECORD_UNKNOWN');
  return view(service, row);
}

/**
 * Counts for a district, a facility or the city: records = eligible + batched + signed + Σ blocked.
 * @throws Refusal FORBIDDEN, OVERLOADED where counting takes longer than a minute
 */
export async function countOwnStages(
  service: Service,
  caller: Caller,
  kind: UnitKind,
  district: string | null,
): Promise<StageCounts> {
  if (caller.role === 'ward' || caller.role === 'police') throw new Refusal('FORBIDDEN');
  const asked = caller.role === 'district' ? caller.unit : district;
  if (asked !== null) requireDistrict(caller, district ?? asked);
  const counts = await countStages(service.db.within(REPORT_MS), kind, asked, scopeOf(caller).facility);
  const of = (stage: Stage) =>
    counts.filter((row) => row.stage === stage).reduce((sum, row) => sum + row.count, 0);
  const blocked = Object.fromEntries(
    REASONS.flatMap((reason) => {
      const found = counts.find((row) => row.reason === reason);
      return found ? [[reason, found.count]] : [];
    }),
  );
  const records = counts.reduce((sum, row) => sum + row.count, 0);
  return { kind, records, eligible: of('eligible'), batched: of('batched'), signed: of('signed'), blocked };
}

function requireDistrict(caller: Caller, district: string): void {
  if (caller.role === 'district' && caller.unit !== district) throw new Refusal('FORBIDDEN');
}

function scopeOf(caller: Caller): { ward: string | null; facility: string | null } {
  return {
    ward: caller.role === 'ward' || caller.role === 'police' ? caller.unit : null,
    facility: caller.role === 'facility' ? caller.unit : null,
  };
}

function view(service: Service, row: StageRow): RecordStage {
  const reason = REASONS.find((known) => known === row.reason) ?? null;
  const stage = STAGES.find((known) => known === row.stage);
  if (!stage || (row.reason !== null && !reason))
    throw new Refusal('INTERNAL', { detail: 'unknown stage or reason' });
  return {
    recordId: row.recordId,
    version: row.version,
    stage,
    reason,
    whoActs: reason && whoActs[reason],
    since: instant(row.since),
    ward: row.ward,
    facility: row.facility,
    doseDate: row.doseDate,
    batchId: row.batchId,
    rowCode: makeRowCode(service.sealer, row.recordId, row.version),
  };
}

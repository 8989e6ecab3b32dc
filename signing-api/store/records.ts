import type { ProblemCode, WarningCode } from '#core/record/problems';
import { copyIn } from './copy.ts';
import type { Db, Tx } from './database.ts';

/** A record's newest version as the import sees it. */
export type Current = {
  readonly recordId: string;
  readonly district: string;
  readonly version: number;
  readonly ward: string | null;
  readonly facility: string | null;
  readonly doseId: string | null;
  readonly matchKey: Buffer;
  readonly content: Buffer;
};

export type NewVersion = Current & {
  readonly campaign: string;
  readonly cause: 'import' | 'correction';
  readonly importId: string;
  readonly by: string;
  readonly at: Date;
  readonly doseDate: string | null;
  readonly doseNo: number | null;
  readonly nameFolded: string | null;
  readonly birth: string | null;
  readonly isForeign: boolean;
  readonly idIndex: Buffer | null;
  readonly identityIndex: Buffer | null;
  readonly problems: readonly ProblemCode[];
  readonly warnings: readonly WarningCode[];
  readonly sealedDraft: Buffer;
};

export type Keys = {
  readonly recordIds: readonly string[];
  readonly doseIds: readonly string[];
  readonly matchKeys: readonly Buffer[];
};

const SELECT = `select v.record_id as "recordId", v.district, v.version, v.ward, v.facility,
    coalesce(v.dose_id, (select d.dose_id from record_dose_ids d where d.record_id = v.record_id limit 1)) as "doseId",
    v.match_key as "matchKey", v.content
  from current_versions v`;

/** Every record whose newest version carries one of the keys. */
export async function findCurrent(db: Db, keys: Keys): Promise<Current[]> {
  return db.query<Current>(
    `${SELECT} where v.record_id = any($1::uuid[])
     union ${SELECT} where v.dose_id = any($2::text[])
     union ${SELECT} where v.record_id in (select record_id from record_dose_ids where dose_id = any($2::text[]))
     union ${SELECT} where v.match_key = any($3::bytea[])`,
    [keys.recordIds, keys.doseIds, keys.matchKeys],
  );
}

export type DoseIdLink = { readonly district: string; readonly recordId: string; readonly doseId: string };

export async function insertDoseIds(tx: Tx, links: readonly DoseIdLink[]): Promise<void> {
  if (links.length === 0) return;
  await copyIn(
    tx,
    'record_dose_ids (district, record_id, dose_id)',
    links.map((link) => [link.district, link.recordId, link.doseId]),
  );
}

export async function insertVersions(tx: Tx, versions: readonly NewVersion[]): Promise<void> {
  await copyIn(
    tx,
    `record_versions (district, record_id, version, campaign, cause, import_id, by, at, ward, facility, dose_date, dose_no, name_folded,
     birth, is_foreign, dose_id, id_index, identity_index, match_key, content, problems, warnings, sealed_draft)`,
    versions.map((v) => [
      v.district,
      v.recordId,
      v.version,
      v.campaign,
      v.cause,
      v.importId,
      v.by,
      v.at,
      v.ward,
      v.facility,
      v.doseDate,
      v.doseNo,
      v.nameFolded,
      v.birth,
      v.isForeign,
      v.doseId,
      v.idIndex,
      v.identityIndex,
      v.matchKey,
      v.content,
      v.problems,
      v.warnings,
      v.sealedDraft,
    ]),
  );
}

/** A version that a new one took the place of, and where the record lies now. */
export type Replaced = {
  readonly district: string;
  readonly recordId: string;
  readonly version: number;
  readonly toDistrict: string;
};

/** Says under the old district that a record lives elsewhere from its next version on. */
export async function insertDepartures(tx: Tx, replaced: readonly Replaced[]): Promise<void> {
  await copyIn(
    tx,
    'record_departures (district, record_id, version, to_district)',
    replaced
      .filter((r) => r.district !== r.toDistrict)
      .map((r) => [r.district, r.recordId, r.version + 1, r.toDistrict]),
  );
}

/** What this transaction replaces is noted, for what has to be done about it at its end. */
export async function prepareReplaced(tx: Tx): Promise<void> {
  await tx.query(
    'create temporary table replaced (district text, record_id uuid, version integer, to_district text) on commit drop',
  );
}

export async function noteReplaced(tx: Tx, replaced: readonly Replaced[]): Promise<void> {
  if (replaced.length === 0) return;
  await copyIn(
    tx,
    'replaced (district, record_id, version, to_district)',
    replaced.map((r) => [r.district, r.recordId, r.version, r.toDistrict]),
  );
}

/** A record that was taken back stays so where it moved to. Call it under lockStatus, after the last noteReplaced. */
export async function carryWithdrawals(tx: Tx): Promise<void> {
  await tx.query(
    `insert into record_withdrawals (district, record_id, version, reason, by, at)
     select r.to_district, w.record_id, w.version, w.reason, w.by, w.at
     from replaced r
     join record_withdrawals w on w.record_id = r.record_id
     where r.district <> r.to_district
     on conflict do nothing`,
  );
}

export type StageRow = {
  readonly recordId: string;
  readonly version: number;
  readonly stage: string;
  readonly reason: string | null;
  readonly since: Date;
  readonly ward: string | null;
  readonly facility: string | null;
  readonly doseDate: string | null;
  readonly batchId: string | null;
};

const STAGE_COLUMNS = `record_id as "recordId", version, stage, reason, since, ward, facility, dose_date as "doseDate", batch_id as "batchId"`;

export type StageFilter = {
  readonly district: string;
  readonly kind: string;
  readonly ward: string | null;
  readonly facility: string | null;
  readonly stage: string | null;
  readonly reason: string | null;
  /** last record id of the page before */
  readonly after: string | null;
  readonly limit: number;
};

export async function listStages(db: Db, f: StageFilter): Promise<StageRow[]> {
  return db.query<StageRow>(
    `select ${STAGE_COLUMNS} from record_stage
     where district = $1 and kind = $2 and ($3::text is null or ward = $3) and ($4::text is null or facility = $4)
       and ($5::text is null or stage = $5) and ($6::text is null or reason = $6) and ($7::uuid is null or record_id > $7)
     order by record_id limit $8`,
    [f.district, f.kind, f.ward, f.facility, f.stage, f.reason, f.after, f.limit],
  );
}

export async function findStage(
  db: Db,
  district: string,
  recordId: string,
  kind: string,
): Promise<StageRow | null> {
  const rows = await db.query<StageRow>(
    `select ${STAGE_COLUMNS} from record_stage where district = $1 and record_id = $2 and kind = $3`,
    [district, recordId, kind],
  );
  return rows[0] ?? null;
}

export type StageCount = { readonly stage: string; readonly reason: string | null; readonly count: number };

/** Counts by stage and reason; null stands for every district or facility. */
export async function countStages(
  db: Db,
  kind: string,
  district: string | null,
  facility: string | null,
): Promise<StageCount[]> {
  return db.query<StageCount>(
    `select stage, reason, count(*) as count from record_stage
     where kind = $1 and ($2::text is null or district = $2) and ($3::text is null or facility = $3)
     group by stage, reason order by stage, reason`,
    [kind, district, facility],
  );
}

export type CurrentPerson = {
  readonly version: number;
  readonly ward: string | null;
  readonly facility: string | null;
  readonly isForeign: boolean;
  readonly identityIndex: Buffer | null;
};

export async function findPerson(db: Db, district: string, recordId: string): Promise<CurrentPerson | null> {
  const rows = await db.query<CurrentPerson>(
    `select version, ward, facility, is_foreign as "isForeign", identity_index as "identityIndex"
     from current_versions where district = $1 and record_id = $2`,
    [district, recordId],
  );
  return rows[0] ?? null;
}

export async function insertAttestation(
  db: Db,
  district: string,
  identityIndex: Buffer,
  facility: string,
  by: string,
  at: Date,
): Promise<void> {
  await db.query(
    `insert into identity_attestations (district, identity_index, at, facility, by) values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [district, identityIndex, at, facility, by],
  );
}

export async function insertRecordWithdrawal(
  tx: Tx,
  w: {
    readonly district: string;
    readonly recordId: string;
    readonly version: number;
    readonly reason: string;
    readonly by: string;
    readonly at: Date;
  },
): Promise<void> {
  await tx.query(
    `insert into record_withdrawals (district, record_id, version, reason, by, at) values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
    [w.district, w.recordId, w.version, w.reason, w.by, w.at],
  );
}

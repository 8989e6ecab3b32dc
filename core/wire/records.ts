import { z } from 'zod';
import { REASONS, STAGE_ACTORS, STAGES } from '../record/stage.ts';
import * as f from '../sign/fields.ts';

/** Where a record stands, why, and who has to act: the answer to "why is this record not signed?". */
export const recordStage = z.strictObject({
  recordId: f.recordId,
  version: z.number().int(),
  stage: z.enum(STAGES),
  reason: z.enum(REASONS).nullable(),
  whoActs: z.enum(STAGE_ACTORS).nullable(),
  since: f.time,
  ward: z.string().nullable(),
  facility: z.string().nullable(),
  doseDate: z.string().nullable(),
  batchId: f.uuid.nullable(),
  /** hidden row code for a later import of the same record */
  rowCode: z.string(),
});

export const recordPage = z.strictObject({ records: z.array(recordStage), next: z.string().nullable() });

/** records = eligible + batched + signed + Σ blocked */
export const stageCounts = z.strictObject({
  kind: f.unitKind,
  records: f.index,
  eligible: f.index,
  batched: f.index,
  signed: f.index,
  blocked: z.partialRecord(z.enum(REASONS), f.index),
});

export const job = z.strictObject({
  jobId: f.uuid,
  kind: z.enum(['freeze', 'identity', 'order', 'papers']),
  state: z.enum(['queued', 'running', 'done', 'failed']),
  done: f.index,
  total: f.index.nullable(),
  /** the refusal code where it failed */
  reason: z.string().nullable(),
});

/** `again`: also ask about those whom the register did not find right, however lately it said so */
export const newIdentityChecks = z.strictObject({ again: z.boolean().optional() });

export const accepted = z.strictObject({ jobId: f.uuid });

export const newUnits = z.strictObject({
  units: z
    .array(
      z.strictObject({
        kind: z.enum(['district', 'facility', 'ward', 'police', 'cdc', 'doh', 'ministry', 'operator']),
        code: f.unitCode,
        name: f.text(200),
        district: f.district,
        validFrom: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
        parent: f.unitCode.optional(),
      }),
    )
    .min(1)
    .max(1000),
});

export const unitList = z.strictObject({
  units: z.array(
    z.strictObject({ kind: z.string(), code: z.string(), name: z.string(), district: z.string() }),
  ),
});

export type RecordStage = z.infer<typeof recordStage>;
export type StageCounts = z.infer<typeof stageCounts>;

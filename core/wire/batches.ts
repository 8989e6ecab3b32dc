import { z } from 'zod';
import * as f from '../sign/fields.ts';

/** A batch: the frozen, ordered leaves of a unit. Freezing is long work: 202 with the batch's own resource to watch. */
export const newBatch = z.strictObject({ mode: z.enum(['list', 'each']) });

export const batch = z.strictObject({
  batchId: f.uuid,
  kind: f.unitKind,
  unit: f.unitCode,
  mode: z.enum(['list', 'each']),
  state: z.enum(['freezing', 'open', 'collected', 'withdrawn', 'failed']),
  /** the refusal code where freezing failed */
  reason: z.string().optional(),
  count: f.index.optional(),
  /** in `each` mode: how many are signed */
  signedItems: f.index.optional(),
  root: f.digest.optional(),
  statement: z.string().optional(),
  statementSha256: f.digest.optional(),
  createdAt: f.time,
  collectedAt: f.time.optional(),
  /** who is signing now, and since when */
  signing: z.strictObject({ deviceId: f.uuid, since: f.time }).optional(),
});

export const newWithdrawal = z.strictObject({ reason: f.text(200) });

export type Batch = z.infer<typeof batch>;

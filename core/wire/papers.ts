import { z } from 'zod';
import * as f from '../sign/fields.ts';
import { lookup } from './certificates.ts';

/** Certificates on paper: one, or many at once as a ZIP that a job makes. */
export const MAX_PAPERS = 5000;

/** The whole page as PDF, or its QR code alone. */
export const paperFormat = z.enum(['pdf', 'png', 'svg']);

export const newPaper = lookup.extend({ format: paperFormat.default('pdf') });

/** Certain certificates; or those of a district in the order of their ids, as many as one job prints, the rest by its `next`. */
export const newPaperJob = z.union([
  z.strictObject({ certificateIds: z.array(f.uuid).min(1).max(MAX_PAPERS) }),
  z.strictObject({ district: f.district, after: f.uuid.optional() }),
]);

export const paperJob = z.strictObject({
  jobId: f.uuid,
  state: z.enum(['queued', 'running', 'done', 'failed']),
  done: f.index,
  total: f.index.nullable(),
  /** the refusal code where it failed */
  reason: z.string().nullable(),
  /** once it is done: papers in the ZIP, and certificates left out because they ended meanwhile or cannot be printed */
  printed: f.index.nullable(),
  leftOut: z.array(f.uuid).nullable(),
  /** `after` of the job that goes on; null where there is no more */
  next: f.uuid.nullable(),
  /** until then the ZIP can be fetched */
  availableUntil: f.time.nullable(),
});

export type PaperFormat = z.infer<typeof paperFormat>;
export type NewPaperJob = z.infer<typeof newPaperJob>;
export type PaperJob = z.infer<typeof paperJob>;

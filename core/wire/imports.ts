import { z } from 'zod';
import * as f from '../sign/fields.ts';

/** A source taken in: what became of its rows. Row numbers are as people count them; the header of a CSV is row 1. */
export const importAnswer = z.strictObject({
  importId: f.uuid,
  fileSha256: f.digest,
  rows: f.index,
  new: f.index,
  changed: f.index,
  unchanged: f.index,
  refused: f.index,
  /** rows by problem, each row under each of its problems */
  problems: z.record(z.string(), f.index),
  /** the first 1,000 refused rows; all of them under …/rows?outcome=refused */
  errors: z.array(z.strictObject({ at: z.string(), code: z.string() })),
});

export const importRows = z.strictObject({
  rows: z.array(
    z.strictObject({
      rowNo: z.number().int(),
      outcome: z.enum(['new', 'changed', 'unchanged', 'refused']),
      recordId: f.recordId.nullable(),
      codes: z.array(z.string()),
    }),
  ),
  next: z.string().nullable(),
});

export type ImportAnswer = z.infer<typeof importAnswer>;

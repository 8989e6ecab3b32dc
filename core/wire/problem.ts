import { z } from 'zod';
import { refusals, type RefusalCode } from '../refusal.ts';

/** Every error of the API: `application/problem+json` (RFC 9457) with a closed code. */
export const problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.enum(Object.keys(refusals) as [RefusalCode, ...RefusalCode[]]),
  vi: z.string(),
  en: z.string(),
  /** whether a person can put it right and try again */
  fixable: z.boolean(),
  requestId: z.string(),
  /** all faults at once: `at` is a JSON pointer, row number or cell address */
  errors: z.array(
    z.strictObject({
      at: z.string(),
      code: z.string(),
      vi: z.string().optional(),
      en: z.string().optional(),
    }),
  ),
});

export type Problem = z.infer<typeof problem>;

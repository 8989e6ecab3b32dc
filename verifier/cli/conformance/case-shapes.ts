import { z } from 'zod';
import { fromBase64 } from '#core/bytes';
import { parseTime } from '../parse-time.ts';

/** Members that cases of several kinds have. Binary values are base64; what may be malformed on purpose is decoded where it is judged. */

export const id = z.union([z.string(), z.number()]);

/** Any bytes, in canonical base64. */
export const bytes = z.string().transform((text, context) => {
  const decoded = text === '' ? new Uint8Array() : fromBase64(text);
  if (decoded) return decoded;
  context.addIssue({ code: 'custom', message: 'not base64' });
  return z.NEVER;
});

export const at = z.string().transform((text, context) => {
  try {
    return parseTime(text)
      .toISOString()
      .replace(/\.\d+Z$/, 'Z');
  } catch {
    context.addIssue({ code: 'custom', message: 'not a time' });
    return z.NEVER;
  }
});

export const many = z.array(bytes).default([]);
export const revocation = z.enum(['require', 'if-given', 'off']).default('if-given');

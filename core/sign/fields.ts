import { z } from 'zod';
import { isInstant } from '../dates.ts';
import { isText, patterns } from '../record/fields.ts';
import { isBase64 } from '../bytes.ts';

/** The field forms that statements, evidence, lists and wire shapes share. Unknown members are refused everywhere (strictObject). */

export const digest = z.string().regex(patterns.digest);
export const recordId = z.string().regex(patterns.recordId);
/** Batch ids, ticket ids and the like: UUIDv7, as record ids. */
export const uuid = recordId;
export const time = z.string().length(20).refine(isInstant, 'not an instant YYYY-MM-DDTHH:MM:SSZ');
export const count = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
export const index = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
export const district = z.string().regex(patterns.district);
export const campaign = z.string().regex(patterns.campaign);
export const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((value) => isText(value, max), 'not plain NFC text');
/** `production`, or the name of a test instance. */
export const instance = z.string().regex(/^[a-z0-9-]{1,40}$/);
export const unitCode = z.string().regex(patterns.facility);
export const unitKind = z.enum(['district', 'facility']);
export const keyStorage = z.enum(['token', 'software']);

/** A document signer's key: base64url of the first 8 bytes of SHA-256 of its certificate, DER (hcert-spec §3.3.2). */
export const kid = z.string().regex(/^[A-Za-z0-9_-]{10}[AEIMQUYcgkosw048]$/);

/** DER (or other bytes) as canonical base64, at most `maxBytes` decoded. */
export const der = (maxBytes: number) =>
  z
    .string()
    .min(4)
    .max(Math.ceil(maxBytes / 3) * 4)
    .refine(isBase64, 'not canonical base64');

export type UnitKind = z.infer<typeof unitKind>;
export type KeyStorage = z.infer<typeof keyStorage>;

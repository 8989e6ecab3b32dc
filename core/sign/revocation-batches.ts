import { z } from 'zod';
import { parseCanonical } from '../record/canonical-bytes.ts';
import { readShape } from '../shape.ts';
import * as f from './fields.ts';

/**
 * Which certificates were taken back (formats §6, hcert revocation of type UCI). An index, a DSSE envelope signed by the trust list's
 * service `certificate-revocations`, names batches by their hashes; a batch holds at most 1,000 entries of one key and never changes,
 * so that a verifier that comes again fetches those alone whose sequence it has not seen. A batch all of whose entries ran out is
 * named no more.
 */
export const REVOCATION_INDEX_TYPE = 'kyso/certificate-revocations/v1';
export const REVOCATION_INDEX_PAYLOAD_TYPE = 'application/vnd.kyso.certificate-revocations+json';
export const REVOCATION_BATCH_TYPE = 'kyso/certificate-revocation-batch/v1';
export const MAX_REVOCATION_INDEX_BYTES = 16 * 1024 * 1024;
export const MAX_REVOCATION_BATCH_BYTES = 256 * 1024;
export const MAX_BATCH_ENTRIES = 1000;

const indexShape = z.strictObject({
  type: z.literal(REVOCATION_INDEX_TYPE),
  instance: f.instance,
  sequence: f.count,
  issuedAt: f.time,
  nextUpdate: f.time,
  batches: z
    .array(
      z.strictObject({
        kid: f.kid,
        /** base64url SHA-256 of the batch file */
        sha256: f.digest,
        /** of the first index that names it */
        sequence: f.count,
        count: z.number().int().min(1).max(MAX_BATCH_ENTRIES),
        /** of the last of its entries */
        expires: f.time,
      }),
    )
    .max(100_000),
});

/** SHA-256 of the `ci` bytes as issued, the first 16 bytes, base64url */
const hash = z.string().regex(/^[A-Za-z0-9_-]{21}[AQgw]$/);

const batchShape = z.strictObject({
  type: z.literal(REVOCATION_BATCH_TYPE),
  kid: f.kid,
  hashType: z.literal('UCI'),
  entries: z
    .array(z.strictObject({ hash, expires: f.time }))
    .min(1)
    .max(MAX_BATCH_ENTRIES)
    .refine(
      (entries) => entries.every((entry, i) => i === 0 || (entries[i - 1]?.hash ?? '') < entry.hash),
      'not strictly ascending',
    ),
});

export type RevocationIndex = z.infer<typeof indexShape>;
export type RevocationBatch = z.infer<typeof batchShape>;

/** @throws Refusal NOT_CANONICAL, INPUT_TOO_LARGE, REVOCATIONS_MALFORMED */
export function parseRevocationIndex(payload: Uint8Array): RevocationIndex {
  return readShape(indexShape, parseCanonical(payload, MAX_REVOCATION_INDEX_BYTES), 'REVOCATIONS_MALFORMED');
}

/** @throws Refusal NOT_CANONICAL, INPUT_TOO_LARGE, REVOCATIONS_MALFORMED */
export function parseRevocationBatch(bytes: Uint8Array): RevocationBatch {
  return readShape(batchShape, parseCanonical(bytes, MAX_REVOCATION_BATCH_BYTES), 'REVOCATIONS_MALFORMED');
}

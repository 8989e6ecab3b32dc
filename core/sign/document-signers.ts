import { z } from 'zod';
import { parseCanonical } from '../record/canonical-bytes.ts';
import { readShape } from '../shape.ts';
import * as f from './fields.ts';

/**
 * The list `kyso/document-signers/v1`: whose keys make the certificates that people carry. A DSSE envelope signed by the trust list's
 * service `document-signers`, whose key lies with the Ministry, never with the API: who takes the API over names no document signer.
 */
export const DOCUMENT_SIGNERS_TYPE = 'kyso/document-signers/v1';
export const DOCUMENT_SIGNERS_PAYLOAD_TYPE = 'application/vnd.kyso.document-signers+json';
export const MAX_DOCUMENT_SIGNERS_BYTES = 4 * 1024 * 1024;

const documentSignersShape = z.strictObject({
  type: z.literal(DOCUMENT_SIGNERS_TYPE),
  instance: f.instance,
  sequence: f.count,
  issuedAt: f.time,
  nextUpdate: f.time,
  signers: z
    .array(
      z.strictObject({
        /** ISO 3166-1 alpha-2, the `iss` that this signer may claim */
        country: z.string().regex(/^[A-Z]{2}$/),
        /** DER */
        certificate: f.der(16 * 1024),
        /** within the certificate's own dates; end-dated when the key is given up, never deleted */
        from: f.time,
        to: f.time.optional(),
      }),
    )
    .max(2000),
});

export type DocumentSigners = z.infer<typeof documentSignersShape>;

/** @throws Refusal NOT_CANONICAL, INPUT_TOO_LARGE, DOCUMENT_SIGNERS_MALFORMED */
export function parseDocumentSigners(payload: Uint8Array): DocumentSigners {
  return readShape(
    documentSignersShape,
    parseCanonical(payload, MAX_DOCUMENT_SIGNERS_BYTES),
    'DOCUMENT_SIGNERS_MALFORMED',
  );
}

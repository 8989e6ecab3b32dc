import { createHash } from 'node:crypto';
import { z } from 'zod';
import { base64url } from '#core/bytes';
import * as f from '#core/sign/fields';
import { DOCUMENT_SIGNER_QUALITIES } from './document-signer-plan.ts';

/** A row of the table of the Ministry's keys, in pki.json. */
export const documentSignerShape = z.strictObject({
  name: z.string(),
  quality: z.enum(DOCUMENT_SIGNER_QUALITIES),
  kid: f.kid,
  /** base64 DER */
  certificate: f.der(16 * 1024),
  tokenLabel: z.string(),
  /** empty where the key is in a file */
  tokenSerial: z.string(),
  /** where the key is in software: its PKCS#12 file, relative to the folder; the password is the PIN */
  pkcs12: z.string().optional(),
  /** as COSE names it (RFC 9053 §2.1, RFC 8230 §2) */
  algorithm: z.enum(['ES256', 'PS256']),
  /** the certificate's own dates */
  from: f.time,
  to: f.time,
});

export type PkiDocumentSigner = z.infer<typeof documentSignerShape>;

/** @param certificate DER */
export function kidOf(certificate: Uint8Array): string {
  return base64url(createHash('sha256').update(certificate).digest().subarray(0, 8));
}

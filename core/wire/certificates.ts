import { z } from 'zod';
import * as f from '../sign/fields.ts';

/** What anyone may ask: a certificate by its code and birth date, and a verdict about an HC1 text or evidence. */

/** Ten digits and letters without the easily confused I, L, O, U (Crockford base32), as printed in two groups of five. */
export const CODE = /^[0-9A-HJKMNP-TV-Z]{10}$/;
export const code = z.string().regex(CODE);
export const birthDate = z.string().regex(/^\d{4}(-\d{2}-\d{2})?$/);

export const lookup = z.strictObject({ code, birthDate });
export const found = z.strictObject({
  /** HC1:… */
  text: z.string(),
  issuedAt: f.time,
  expiresAt: f.time,
});

export const newVerification = z.union([
  z.strictObject({ text: z.string().min(1).max(8192) }),
  /** the exact bytes of an evidence file, as text */
  z.strictObject({
    evidence: z
      .string()
      .min(2)
      .max(1024 * 1024),
  }),
]);

const word = z.enum(['valid', 'invalid', 'undetermined', 'revoked', 'superseded']);
const judged = {
  verdict: word,
  /** codes of core/refusal.ts, the weightiest first */
  reasons: z.array(z.string()).readonly(),
  /** for engineers, without personal data */
  details: z.array(z.string()).readonly(),
};
const step = z.boolean().nullable();

/** The verifier's answer about a certificate (verifier/certificate/verdict.ts). */
const certificateVerdict = z.object({
  ...judged,
  steps: z.object({
    prefix: step,
    base45: step,
    zlib: step,
    cose: step,
    signature: step,
    cbor: step,
    schema: step,
    keyUsage: step,
    expiry: step,
  }),
  kid: z.string().optional(),
  signer: z.string().optional(),
  signerSha256: z.string().optional(),
  issuer: z.string().optional(),
  issuedAt: f.time.optional(),
  expiresAt: f.time.optional(),
  group: z.string().optional(),
  /** the decoded hcert, only where its signature holds */
  payload: z.record(z.string(), z.unknown()).optional(),
  /** seconds */
  trustAge: z.number().optional(),
  documentSignersAge: z.number().optional(),
  revocationsAge: z.number().optional(),
});

const attestationVerdict = z.object({
  ...judged,
  kind: f.unitKind.optional(),
  unit: z.string().optional(),
  unitName: z.string().optional(),
  campaign: z.string().optional(),
  batchId: z.string().optional(),
  sequence: z.number().optional(),
  count: z.number().optional(),
  index: z.number().optional(),
  shortDigest: z.string().optional(),
  signer: z.string().optional(),
  signerSha256: z.string().optional(),
  keyStorage: f.keyStorage.optional(),
  claimedSigningTime: z.string().optional(),
  judgedTime: f.time,
  timeSource: z.string(),
});

/** The verifier's answer about evidence (verifier/verdict.ts). */
const evidenceVerdict = z.object({
  ...judged,
  attestations: z.array(attestationVerdict).readonly(),
  recordId: f.recordId.optional(),
  recordVersion: z.number().optional(),
  district: z.string().optional(),
  leafHash: z.string().optional(),
  trustAge: z.number().optional(),
  statusAge: z.number().optional(),
});

/** A verdict is an answer, whatever it says: only what cannot be asked is refused. */
export const verification = z.union([
  z.strictObject({ certificate: certificateVerdict }),
  z.strictObject({ evidence: evidenceVerdict }),
]);

export type NewVerification = z.infer<typeof newVerification>;
export type Lookup = z.infer<typeof lookup>;
export type Found = z.infer<typeof found>;

import { z } from 'zod';
import { MAX_EVIDENCE_BYTES } from '../sign/evidence.ts';
import * as f from '../sign/fields.ts';

/**
 * The Ministry's worker leases jobs, verifies each by itself, signs, and returns signatures. A job is everything that the worker needs
 * to decide alone: complete evidence, from which it rebuilds the claims; never a digest (design §3).
 */
export const MAX_JOBS = 256;

export const newLease = z.strictObject({
  /** of this start of this worker: who has what can be told, nothing hangs on it */
  workerId: f.uuid,
  /** the keys that this worker signs with */
  kids: z.array(f.kid).min(1).max(16),
  max: z.number().int().min(1).max(MAX_JOBS),
});

export const job = z.strictObject({
  certificateId: f.uuid,
  kid: f.kid,
  /** 0 for the first certificate of a record version, then one more for each yearly renewal */
  renewal: z.number().int().min(0).max(1000),
  /** the exact bytes of the evidence file, as text */
  evidence: z.string().min(2).max(MAX_EVIDENCE_BYTES),
  /** CBOR of the CWT claims as the API would have them: the worker makes its own from the evidence and refuses any difference */
  claims: f.der(8 * 1024),
});
export const lease = z.strictObject({
  leaseId: f.uuid,
  /** then the jobs go to whoever asks next; results that come later are still taken */
  expiresAt: f.time,
  jobs: z.array(job).max(MAX_JOBS),
  /** jobs that wait beside these, of any key */
  waiting: f.index,
});

/** A code of core/refusal.ts, or one that an agent of another version says. */
export const refusalCode = z.string().regex(/^[A-Z][A-Z0-9_]{2,60}$/);

const signed = z.strictObject({
  certificateId: f.uuid,
  /** base64url SHA-256 of the claims that were signed */
  claimsSha256: f.digest,
  /** base64, as COSE carries it: ES256 r‖s, 64 bytes; PS256 as long as the modulus (RFC 9053 §2.1, RFC 8230 §2) */
  signature: f.der(512),
});
const refused = z.strictObject({
  certificateId: f.uuid,
  refusal: refusalCode,
});
export const results = z.strictObject({
  results: z
    .array(z.union([signed, refused]))
    .min(1)
    .max(MAX_JOBS),
});
/** `stored`: certificates that exist now by these results, those that existed before included. */
export const resultsTaken = z.strictObject({
  stored: f.index,
  refused: f.index,
  /** results that were not taken, and why */
  rejected: z.array(z.strictObject({ certificateId: f.uuid, code: z.string() })).max(MAX_JOBS),
});

/**
 * Who is to get a certificate: everyone's newest dose that has none, certain doses, those whose certificate runs out before a day, or
 * again those whose last order was refused, with one of the codes where they are named.
 */
export const newOrders = z.union([
  z.strictObject({ scope: z.literal('newest'), districts: z.array(f.district).max(1000).optional() }),
  z.strictObject({
    scope: z.literal('records'),
    records: z
      .array(z.strictObject({ district: f.district, recordId: f.recordId }))
      .min(1)
      .max(1000),
  }),
  z.strictObject({ scope: z.literal('renewal'), expiringBefore: f.time }),
  z.strictObject({
    scope: z.literal('refused'),
    codes: z.array(refusalCode).min(1).max(100).optional(),
    districts: z.array(f.district).max(1000).optional(),
  }),
]);
/** Orders of a district that were refused and not taken up since, the oldest first. */
export const refusedOrders = z.strictObject({
  orders: z.array(
    z.strictObject({
      certificateId: f.uuid,
      recordId: f.recordId,
      version: f.count,
      renewal: f.index,
      refusal: refusalCode,
      refusedAt: f.time,
    }),
  ),
  /** certificateId to ask on after, null at the end */
  next: f.uuid.nullable(),
});

export const issuingState = z.strictObject({
  /** ordered, not leased or leased and run out */
  waiting: f.index,
  leased: f.index,
  issued: f.index,
  revoked: f.index,
  /** of those that wait: put off at their last lease, by code, as where a signer's certificate ran out; known to the process asked */
  waitingFor: z.record(z.string(), f.index),
  /** refused for good, by code */
  refused: z.record(z.string(), f.index),
  keys: z.array(z.strictObject({ kid: f.kid, from: f.time, to: f.time, issued: f.index })),
});

/** What people decide; `correction` and `withdrawal` are what the service does when a record or a signature is taken back. */
export const newRevocation = z.strictObject({ reason: z.enum(['request', 'mistake']) });

/** What an office sees of a record's certificates; the code is what the citizen fetches it with. */
export const certificateView = z.strictObject({
  certificateId: f.uuid,
  recordId: f.recordId,
  version: f.count,
  renewal: f.index,
  state: z.enum(['waiting', 'refused', 'issued', 'revoked', 'expired']),
  refusal: z.string().optional(),
  uvci: z.string().optional(),
  kid: f.kid.optional(),
  issuedAt: f.time.optional(),
  expiresAt: f.time.optional(),
  revokedAt: f.time.optional(),
  code: z.string().optional(),
});
export const certificateList = z.strictObject({ certificates: z.array(certificateView) });

export type NewLease = z.infer<typeof newLease>;
export type Job = z.infer<typeof job>;
export type Lease = z.infer<typeof lease>;
export type Results = z.infer<typeof results>;
export type Result = Results['results'][number];
export type ResultsTaken = z.infer<typeof resultsTaken>;
export type NewOrders = z.infer<typeof newOrders>;
export type RefusedOrders = z.infer<typeof refusedOrders>;
export type IssuingState = z.infer<typeof issuingState>;
export type CertificateView = z.infer<typeof certificateView>;

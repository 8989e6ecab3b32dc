import { z } from 'zod';
import { parseCanonical } from '../record/canonical-bytes.ts';
import { readShape } from '../shape.ts';
import * as f from './fields.ts';

/**
 * The trust list `kyso/trust/v1` (formats §4): which roots count, which signer certificate speaks for which unit, which keys serve.
 * Signed offline by n of m pinned keys. Rows are end-dated, never deleted.
 */
export const TRUST_TYPE = 'kyso/trust/v1';
export const TRUST_PAYLOAD_TYPE = 'application/vnd.kyso.trust+json';
const MAX_TRUST_BYTES = 12 * 1024 * 1024;

/** Names of signature algorithms as they stand in `algorithms`. */
export const SIGNATURE_ALGORITHMS = [
  'RSA-PKCS1-SHA256',
  'RSA-PKCS1-SHA384',
  'RSA-PKCS1-SHA512',
  'RSA-PSS-SHA256',
  'ECDSA-P256-SHA256',
  'ECDSA-P384-SHA384',
] as const;

const period = { from: f.time, to: f.time.optional() };

const signerRow = z
  .strictObject({
    /** base64url SHA-256 of the issuing CA's SubjectPublicKeyInfo */
    issuerKey: f.digest,
    /** either the certificate's own base64url SHA-256 … */
    certificate: f.digest.optional(),
    /** … or its complete subject, DER of the Name */
    subject: f.der(1024).optional(),
    kind: f.unitKind,
    unit: f.unitCode,
    keyStorage: f.keyStorage,
    ...period,
  })
  .refine(
    (row) => (row.certificate === undefined) !== (row.subject === undefined),
    'exactly one of certificate and subject',
  );

const trustShape = z.strictObject({
  type: z.literal(TRUST_TYPE),
  instance: f.instance,
  sequence: f.count,
  issuedAt: f.time,
  nextUpdate: f.time,
  roots: z
    .array(
      z.strictObject({
        family: z.enum(['government', 'national']),
        certificate: f.der(16 * 1024),
        ...period,
      }),
    )
    .max(100),
  signers: z.array(signerRow).max(50_000),
  services: z
    .array(
      z.strictObject({
        service: z.enum(['status', 'log', 'document-signers', 'certificate-revocations', 'timestamp']),
        /** DER SubjectPublicKeyInfo; a certificate for time-stamp authorities */
        key: f.der(16 * 1024),
        ...period,
      }),
    )
    .max(100),
  algorithms: z.strictObject({
    signatures: z.array(z.enum(SIGNATURE_ALGORITHMS)).min(1),
    minRsaBits: z.number().int().min(2048).max(16384),
  }),
});

export type TrustList = z.infer<typeof trustShape>;
export type SignerRow = TrustList['signers'][number];

/** @throws Refusal NOT_CANONICAL, INPUT_TOO_LARGE, TRUST_MALFORMED */
export function parseTrustList(payload: Uint8Array): TrustList {
  return readShape(trustShape, parseCanonical(payload, MAX_TRUST_BYTES), 'TRUST_MALFORMED');
}

export const TRUST_KEYS_TYPE = 'kyso/trust-keys/v1';

const trustKeysShape = z
  .strictObject({
    type: z.literal(TRUST_KEYS_TYPE),
    instance: f.instance,
    threshold: z.number().int().min(1).max(16),
    /** DER SubjectPublicKeyInfo, P-256 */
    keys: z.array(f.der(256)).min(1).max(16),
  })
  .refine(({ keys }) => new Set(keys).size === keys.length, { path: ['keys'], error: 'a key twice' })
  .refine(({ keys, threshold }) => threshold <= keys.length, {
    path: ['threshold'],
    error: 'more than there are keys',
  });

/** The pins: whose signatures make a trust list. Built into a release or handed in as a file. */
export type TrustKeys = z.infer<typeof trustKeysShape>;

/** @throws Refusal NOT_CANONICAL, INPUT_TOO_LARGE, TRUST_MALFORMED */
export function parseTrustKeys(bytes: Uint8Array): TrustKeys {
  return readShape(trustKeysShape, parseCanonical(bytes, 64 * 1024), 'TRUST_MALFORMED');
}

/** Whether a dated row counts at an instant: from ≤ at < to. */
export function inPeriod(
  row: { readonly from: string; readonly to?: string | undefined },
  at: string,
): boolean {
  return row.from <= at && (row.to === undefined || at < row.to);
}

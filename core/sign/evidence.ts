import { z } from 'zod';
import { canonicalBytes, parseCanonical } from '../record/canonical-bytes.ts';
import { MAX_LEAF_BYTES } from '../record/parse-record.ts';
import { readShape } from '../shape.ts';
import * as f from './fields.ts';

/**
 * Evidence: one record, the attestations over it and the material to judge them, provable alone (formats §3). Media type
 * `application/vnd.kyso.evidence+json; version=1`. Canonical JSON that holds nothing unauthenticated.
 */
export const EVIDENCE_TYPE = 'kyso/evidence/v1';
export const EVIDENCE_MEDIA_TYPE = 'application/vnd.kyso.evidence+json; version=1';
/** A CRL of a large CA is the bulk of it. */
export const MAX_EVIDENCE_BYTES = 16 * 1024 * 1024;

const path = z.array(f.digest).max(64);

const attestationShape = z.strictObject({
  /** the exact bytes of the statement, as text */
  statement: z.string().min(2).max(8192),
  /** the way from the record's leaf to the root of a list; an item names the leaf itself and has none */
  proof: z.strictObject({ leafIndex: f.index, treeSize: f.count, path }).optional(),
  /** DER CMS SignedData, detached, perhaps with a time stamp over the signature */
  signature: f.der(64 * 1024),
  log: z
    .strictObject({
      index: f.index,
      path,
      checkpoint: z.string().min(1).max(4096),
      item: z.strictObject({ index: f.index, size: f.count, path }).optional(),
    })
    .optional(),
});

const evidenceShape = z.strictObject({
  type: z.literal(EVIDENCE_TYPE),
  /** the exact leaf bytes, as text */
  record: z.string().min(2).max(MAX_LEAF_BYTES),
  attestations: z.array(attestationShape).min(1).max(2),
  material: z.strictObject({
    certificates: z.array(f.der(16 * 1024)).max(32),
    crls: z.array(f.der(8 * 1024 * 1024)).max(32),
    ocsp: z.array(f.der(64 * 1024)).max(32),
  }),
  /** only in the holder's copy */
  opening: z.strictObject({ number: z.string().regex(/^[0-9A-Z]{5,20}$/), salt: f.digest }).optional(),
});

export type Evidence = z.infer<typeof evidenceShape>;
export type Attestation = Evidence['attestations'][number];
export type Material = Evidence['material'];

export function evidenceBytes(evidence: Evidence): Uint8Array {
  return canonicalBytes(evidence);
}

/** @throws Refusal NOT_CANONICAL, INPUT_TOO_LARGE, EVIDENCE_MALFORMED */
export function parseEvidence(bytes: Uint8Array): Evidence {
  return readShape(evidenceShape, parseCanonical(bytes, MAX_EVIDENCE_BYTES), 'EVIDENCE_MALFORMED');
}

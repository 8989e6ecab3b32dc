import { z } from 'zod';
import { Refusal } from '#core/refusal';
import { readShape } from '#core/shape';
import * as f from '#core/sign/fields';

/** The lines of the worker's journal: names, digests and signatures, nothing of a record. */

const certificate = {
  at: f.time,
  /** under which the API asked for it, and takes the result */
  leaseId: f.uuid,
  certificateId: f.uuid,
  /** which certificate it is: there is one for each of these */
  recordId: f.recordId,
  version: f.count,
  renewal: f.index,
  kid: f.kid,
  claimsSha256: f.digest,
  /** what a revocation list would hold: so what was signed can be taken back though the API lost it */
  uvciHash: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
};

const lineShape = z.discriminatedUnion('type', [
  /** written before the token is asked */
  z.strictObject({ type: z.literal('intent'), ...certificate }),
  /** the token was not asked after all: the intent before is void */
  z.strictObject({ type: z.literal('unsigned'), ...certificate }),
  /** written before anyone is told: base64, as COSE carries it */
  z.strictObject({ type: z.literal('result'), ...certificate, signature: f.der(512) }),
  /** the API has these */
  z.strictObject({ type: z.literal('delivered'), certificateIds: z.array(f.uuid).min(1).max(1000) }),
]);

export type Line = z.infer<typeof lineShape>;
export type Intent = Extract<Line, { type: 'intent' }>;
export type Result = Extract<Line, { type: 'result' }>;
export type CertificateLine = Exclude<Line, { type: 'delivered' }>;
/** Of which record version, and the how manieth. */
export type CertificateName = Pick<Intent, 'recordId' | 'version' | 'renewal'>;

export function nameOf({ recordId, version, renewal }: CertificateName): string {
  return `${recordId} ${version} ${renewal}`;
}

/** @throws Refusal AGENT_STATE_DAMAGED */
export function readLine(text: string, where: string): Line {
  try {
    return readShape(lineShape, JSON.parse(text) as unknown, 'AGENT_STATE_DAMAGED');
  } catch (cause) {
    throw new Refusal('AGENT_STATE_DAMAGED', { detail: `issuing journal, ${where}`, cause });
  }
}

import { z } from 'zod';
import { parseCanonical } from '../record/canonical-bytes.ts';
import { readShape } from '../shape.ts';
import { envelopeOf, type Envelope } from './envelope.ts';
import * as f from './fields.ts';

/**
 * The status list `kyso/status/v1` of one district (formats §4): what was signed and no longer holds. A status file is a canonical
 * array of DSSE envelopes; the leaf's district selects.
 */
export const STATUS_TYPE = 'kyso/status/v1';
export const STATUS_PAYLOAD_TYPE = 'application/vnd.kyso.status+json';
/** One list: two million leaf hashes, which is every record of the largest district superseded, are 92 MB. */
export const MAX_STATUS_LIST_BYTES = 96 * 1024 * 1024;
/** A file of lists: the largest list of all is 128 MiB in its envelope. */
export const MAX_STATUS_BYTES = 256 * 1024 * 1024;

/** DSSE envelope of a status list. */
export const statusEnvelopeShape = envelopeOf(MAX_STATUS_LIST_BYTES);

const ascending = (values: readonly string[]) =>
  values.every((value, i) => i === 0 || (values[i - 1] ?? '') < value);
const digests = z.array(f.digest).refine(ascending, 'not strictly ascending');

const statusShape = z.strictObject({
  type: z.literal(STATUS_TYPE),
  instance: f.instance,
  district: f.district,
  sequence: f.count,
  issuedAt: f.time,
  nextUpdate: f.time,
  /** leaf hashes of record versions that a later version replaced, strictly ascending */
  superseded: digests,
  /** leaf hashes of records taken back, strictly ascending */
  withdrawn: digests,
  /** ids of batches withdrawn that name leaves of this district, strictly ascending */
  batchesWithdrawn: z.array(f.uuid).refine(ascending, 'not strictly ascending'),
});

export type StatusList = z.infer<typeof statusShape>;

/** @throws Refusal NOT_CANONICAL, INPUT_TOO_LARGE, STATUS_MALFORMED */
export function parseStatusList(payload: Uint8Array): StatusList {
  return readShape(statusShape, parseCanonical(payload, MAX_STATUS_LIST_BYTES), 'STATUS_MALFORMED');
}

/** @throws Refusal NOT_CANONICAL, INPUT_TOO_LARGE, STATUS_MALFORMED */
export function parseStatusFile(bytes: Uint8Array): Envelope[] {
  return readShape(
    z.array(statusEnvelopeShape).max(1000),
    parseCanonical(bytes, MAX_STATUS_BYTES),
    'STATUS_MALFORMED',
  );
}

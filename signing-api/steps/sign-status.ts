import { instant } from '#core/dates';
import { canonicalBytes, canonicalText } from '#core/record/canonical-bytes';
import { preAuthEncoding } from '#core/sign/envelope';
import {
  MAX_STATUS_LIST_BYTES,
  STATUS_PAYLOAD_TYPE,
  STATUS_TYPE,
  type StatusList,
} from '#core/sign/status-list';
import { Refusal } from '#core/refusal';
import type { Service } from '../service.ts';
import type { StatusContent, StatusMark } from '../store/status.ts';

const VALID_MS = 24 * 3_600_000;
/** A digest or a batch id as a member of a JSON array, and all that stands around the three arrays. */
const DIGEST_BYTES = 43 + 3;
const BATCH_BYTES = 36 + 3;
const FRAME_BYTES = 1024;

export type StatusLists = Pick<StatusList, 'superseded' | 'withdrawn' | 'batchesWithdrawn'>;

/** @throws Refusal STATUS_TOO_LARGE: verifiers would not read such a list */
export function requireListSize({ entries, batches }: Pick<StatusMark, 'entries' | 'batches'>): void {
  if (entries * DIGEST_BYTES + batches * BATCH_BYTES + FRAME_BYTES > MAX_STATUS_LIST_BYTES)
    throw new Refusal('STATUS_TOO_LARGE', { detail: `${entries} leaves, ${batches} batches` });
}

/** The content of a list as it is signed: in the order of the text, which is not that of the bytes. */
export function toLists({ superseded, withdrawn, batches }: StatusContent): StatusLists {
  return {
    superseded: superseded.map(text).sort(),
    withdrawn: withdrawn.map(text).sort(),
    batchesWithdrawn: [...batches].sort(),
  };
}

/** @returns the envelope, canonical text */
export function signStatus(
  service: Service,
  district: string,
  sequence: number,
  issuedAt: Date,
  lists: StatusLists,
): string {
  const list: StatusList = {
    type: STATUS_TYPE,
    instance: service.config.instance,
    district,
    sequence,
    issuedAt: instant(issuedAt),
    nextUpdate: instant(new Date(issuedAt.getTime() + VALID_MS)),
    ...lists,
  };
  const payload = canonicalBytes(list);
  const { keyid, sign } = service.statusKey;
  const sig = Buffer.from(sign(preAuthEncoding(STATUS_PAYLOAD_TYPE, payload))).toString('base64');
  return canonicalText({
    // not core's base64: of 92 MB it would make a string of as many pieces
    payload: Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('base64'),
    payloadType: STATUS_PAYLOAD_TYPE,
    signatures: [{ keyid, sig }],
  });
}

function text(hash: Buffer): string {
  return hash.toString('base64url');
}

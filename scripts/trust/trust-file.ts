import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parseCanonical } from '#core/record/canonical-bytes';
import { Refusal } from '#core/refusal';
import { openEnvelope, type Envelope } from '#core/sign/envelope';
import { parseTrustList, TRUST_PAYLOAD_TYPE, TRUST_TYPE, type TrustList } from '#core/sign/trust-list';

/** A trust list on its way: the payload alone, or an envelope with signatures that nobody has judged. */
export type TrustFile = {
  readonly list: TrustList;
  readonly payload: Uint8Array;
  readonly signatures: Envelope['signatures'];
};

const MAX_FILE_BYTES = 24 * 1024 * 1024;

/** @throws Refusal SOURCE_UNREADABLE, INPUT_TOO_LARGE, NOT_CANONICAL, TRUST_MALFORMED */
export function readTrustFile(path: string): TrustFile {
  const bytes = readFile(path);
  const value = parseCanonical(bytes, MAX_FILE_BYTES);
  if (typeof value === 'object' && value !== null && 'type' in value && value['type'] === TRUST_TYPE)
    return { list: parseTrustList(bytes), payload: bytes, signatures: [] };
  const { envelope, unverifiedPayload } = openEnvelope(value, TRUST_PAYLOAD_TYPE, 'TRUST_MALFORMED');
  return {
    list: parseTrustList(unverifiedPayload),
    payload: unverifiedPayload,
    signatures: envelope.signatures,
  };
}

/** @throws Refusal SOURCE_UNREADABLE */
export function readFile(path: string): Uint8Array {
  try {
    return Uint8Array.from(readFileSync(path));
  } catch (cause) {
    const detail = `${path}: ${cause instanceof Error ? cause.message : ''}`;
    throw new Refusal('SOURCE_UNREADABLE', { detail, cause });
  }
}

/** Whole or not at all. */
export function replaceFile(path: string, bytes: Uint8Array): void {
  const fresh = `${path}.${process.pid}.new`;
  writeFileSync(fresh, bytes, { flag: 'wx' });
  renameSync(fresh, path);
}

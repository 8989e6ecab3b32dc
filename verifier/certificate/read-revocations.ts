import { base64url } from '#core/bytes';
import { instant } from '#core/dates';
import { parseCanonical } from '#core/record/canonical-bytes';
import { isRefusal } from '#core/refusal';
import { openEnvelope } from '#core/sign/envelope';
import {
  MAX_REVOCATION_INDEX_BYTES,
  parseRevocationBatch,
  parseRevocationIndex,
  REVOCATION_INDEX_PAYLOAD_TYPE,
  type RevocationIndex,
} from '#core/sign/revocation-batches';
import type { Crypto } from '../crypto-port.ts';
import { undetermined, type Finding } from '../finding.ts';
import { countSignatures } from '../trust/count-signatures.ts';
import { serviceKeys } from '../trust/service-keys.ts';
import type { Trust } from '../trust/trust.ts';
import type { KeyRevocations, RevocationsReading } from './revocations.ts';

export type RevocationsInput = {
  /** canonical DSSE envelope of the index */
  readonly indexBytes: Uint8Array;
  /** the bytes of a batch by its base64url SHA-256, or null where they are not had; what they are is judged here */
  readonly batch: (sha256: string) => Promise<Uint8Array | null>;
  readonly trust: Trust;
  /** the service's key must count now */
  readonly at: Date;
  readonly crypto: Crypto;
  /** batches that were read before: kept by a caller who reads one index after the other, and changed here to what this one names */
  readonly read?: ReadBatches;
};

/** Batches by their base64url SHA-256: what one says never changes. */
export type ReadBatches = Map<string, ReadBatch>;
export type ReadBatch = { readonly kid: string; readonly hashes: readonly string[] };

/** The envelope's base64, and what stands around it. */
export const MAX_REVOCATION_INDEX_FILE_BYTES = 2 * MAX_REVOCATION_INDEX_BYTES;

/**
 * Never throws for what stands in the bytes: the findings are REVOCATIONS_MALFORMED, _UNTRUSTED, TRUST_OF_OTHER_INSTANCE, and of single
 * keys REVOCATIONS_UNKNOWN, _MALFORMED. Whether the index is fresh is judged where it is asked.
 */
export async function readRevocations(input: RevocationsInput): Promise<RevocationsReading> {
  try {
    return await judgeIndex(input);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const code = error.code === 'INPUT_TOO_LARGE' ? error.code : 'REVOCATIONS_MALFORMED';
    return refused(undetermined(code, error.detail));
  }
}

const NONE: KeyRevocations = { hashes: new Set(), findings: [] };

function refused(finding: Finding): RevocationsReading {
  return { list: null, findings: [finding], ofKey: () => NONE };
}

async function judgeIndex(input: RevocationsInput): Promise<RevocationsReading> {
  const { indexBytes, trust, at, crypto } = input;
  const { envelope, unverifiedPayload } = openEnvelope(
    parseCanonical(indexBytes, MAX_REVOCATION_INDEX_FILE_BYTES),
    REVOCATION_INDEX_PAYLOAD_TYPE,
    'REVOCATIONS_MALFORMED',
  );
  const keys = serviceKeys(trust, 'certificate-revocations', instant(at));
  if ((await countSignatures(envelope, unverifiedPayload, keys, crypto)) === 0)
    return refused(undetermined('REVOCATIONS_UNTRUSTED'));
  const { instance, sequence, issuedAt, nextUpdate, batches } = parseRevocationIndex(unverifiedPayload);
  if (instance !== trust.list.instance) return refused(undetermined('TRUST_OF_OTHER_INSTANCE', instance));
  const named = new Set(batches.map(({ sha256 }) => sha256));
  for (const sha256 of input.read?.keys() ?? []) if (!named.has(sha256)) input.read?.delete(sha256);
  return { list: { sequence, issuedAt, nextUpdate }, findings: [], ofKey: keyReader(batches, input) };
}

type Row = RevocationIndex['batches'][number];

function keyReader(batches: readonly Row[], input: RevocationsInput): RevocationsReading['ofKey'] {
  const rows = new Map<string, Row[]>();
  for (const row of batches) {
    const ofKey = rows.get(row.kid);
    if (ofKey) ofKey.push(row);
    else rows.set(row.kid, [row]);
  }
  const known = new Map<string, Promise<KeyRevocations>>();
  return (kid) => {
    const named = rows.get(kid);
    if (!named) return NONE;
    // those who ask at once wait for one reading; a batch that was not had may be there the next time
    const reading =
      known.get(kid) ??
      readKey(named, input).then(
        (of) => {
          if (of.findings.length > 0) known.delete(kid);
          return of;
        },
        (error: unknown) => {
          known.delete(kid);
          throw error;
        },
      );
    known.set(kid, reading);
    return reading;
  };
}

async function readKey(
  rows: readonly Row[],
  { batch, crypto, read }: RevocationsInput,
): Promise<KeyRevocations> {
  const hashes = new Set<string>();
  const findings: Finding[] = [];
  for (const row of rows) {
    const of = read?.get(row.sha256) ?? readBatch(row, await batch(row.sha256), crypto);
    if ('code' in of) {
      findings.push(of);
      continue;
    }
    read?.set(row.sha256, of);
    if (of.kid === row.kid && of.hashes.length === row.count) for (const hash of of.hashes) hashes.add(hash);
    else
      findings.push(undetermined('REVOCATIONS_MALFORMED', `batch ${row.sha256} is not as the index has it`));
  }
  return { hashes, findings };
}

function readBatch(row: Row, bytes: Uint8Array | null, crypto: Crypto): ReadBatch | Finding {
  if (!bytes) return undetermined('REVOCATIONS_UNKNOWN', `batch ${row.sha256} is missing`);
  if (base64url(crypto.sha256(bytes)) !== row.sha256)
    return undetermined('REVOCATIONS_MALFORMED', `batch ${row.sha256} is another`);
  try {
    const { kid, entries } = parseRevocationBatch(bytes);
    return { kid, hashes: entries.map(({ hash }) => hash) };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return undetermined('REVOCATIONS_MALFORMED', error.detail);
  }
}

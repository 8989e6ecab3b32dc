import { fromBase64 } from '#core/bytes';
import { instant } from '#core/dates';
import { parseCanonical } from '#core/record/canonical-bytes';
import { isRefusal } from '#core/refusal';
import {
  DOCUMENT_SIGNERS_PAYLOAD_TYPE,
  MAX_DOCUMENT_SIGNERS_BYTES,
  parseDocumentSigners,
  type DocumentSigners,
} from '#core/sign/document-signers';
import { openEnvelope } from '#core/sign/envelope';
import type { Crypto } from '../crypto-port.ts';
import { undetermined, type Finding } from '../finding.ts';
import { countSignatures } from '../trust/count-signatures.ts';
import { serviceKeys } from '../trust/service-keys.ts';
import type { Trust } from '../trust/trust.ts';
import {
  byKid,
  documentSigner,
  noSigners,
  type DocumentSigner,
  type DocumentSignersReading,
} from './document-signers.ts';

export type DocumentSignersInput = {
  /** canonical DSSE envelope */
  readonly fileBytes: Uint8Array;
  readonly trust: Trust;
  /** the service's key must count now */
  readonly at: Date;
  readonly crypto: Crypto;
};

/** The envelope's base64, and what stands around it. */
export const MAX_DOCUMENT_SIGNERS_FILE_BYTES = 2 * MAX_DOCUMENT_SIGNERS_BYTES;

/**
 * Never throws for what stands in the bytes: the findings are DOCUMENT_SIGNERS_MALFORMED, _UNTRUSTED, TRUST_OF_OTHER_INSTANCE. Whether
 * the list is fresh is judged where it is asked.
 */
export async function readDocumentSigners(input: DocumentSignersInput): Promise<DocumentSignersReading> {
  try {
    return await judgeList(input);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const code = error.code === 'INPUT_TOO_LARGE' ? error.code : 'DOCUMENT_SIGNERS_MALFORMED';
    return noSigners(undetermined(code, error.detail));
  }
}

/** What the list's age takes from its answers. */
export function freshness({ list }: DocumentSignersReading, at: Date): Finding[] {
  if (!list) return [];
  const now = instant(at);
  if (now >= list.nextUpdate)
    return [undetermined('DOCUMENT_SIGNERS_STALE', `next update ${list.nextUpdate}`)];
  if (list.issuedAt > now) return [undetermined('DOCUMENT_SIGNERS_STALE', `issued only at ${list.issuedAt}`)];
  return [];
}

async function judgeList({
  fileBytes,
  trust,
  at,
  crypto,
}: DocumentSignersInput): Promise<DocumentSignersReading> {
  const { envelope, unverifiedPayload } = openEnvelope(
    parseCanonical(fileBytes, MAX_DOCUMENT_SIGNERS_FILE_BYTES),
    DOCUMENT_SIGNERS_PAYLOAD_TYPE,
    'DOCUMENT_SIGNERS_MALFORMED',
  );
  const keys = serviceKeys(trust, 'document-signers', instant(at));
  if ((await countSignatures(envelope, unverifiedPayload, keys, crypto)) === 0)
    return noSigners(undetermined('DOCUMENT_SIGNERS_UNTRUSTED'));
  const { signers, instance, sequence, issuedAt, nextUpdate } = parseDocumentSigners(unverifiedPayload);
  if (instance !== trust.list.instance) return noSigners(undetermined('TRUST_OF_OTHER_INSTANCE', instance));
  return {
    byKid: byKid(readSigners(signers, crypto), crypto),
    findings: [],
    list: { sequence, issuedAt, nextUpdate },
  };
}

/** Each certificate once, with all its rows. One that cannot be read signs nothing, and harms no other. */
function readSigners(rows: DocumentSigners['signers'], crypto: Crypto): DocumentSigner[] {
  const byCertificate = new Map<string, DocumentSigners['signers']>();
  for (const row of rows)
    byCertificate.set(row.certificate, [...(byCertificate.get(row.certificate) ?? []), row]);
  return [...byCertificate].flatMap(([certificate, ofIt]) => {
    try {
      return documentSigner(fromBase64(certificate) ?? new Uint8Array(), ofIt, crypto);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return [];
    }
  });
}

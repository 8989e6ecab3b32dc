import { parseCanonical } from '#core/record/canonical-bytes';
import {
  DOCUMENT_SIGNERS_PAYLOAD_TYPE,
  DOCUMENT_SIGNERS_TYPE,
  MAX_DOCUMENT_SIGNERS_BYTES,
  parseDocumentSigners,
  type DocumentSigners,
} from '#core/sign/document-signers';
import { openEnvelope, type Envelope } from '#core/sign/envelope';
import { readFile } from '../trust/trust-file.ts';

/** A list of document signers on its way: the payload alone, or an envelope whose signatures nobody has judged. */
export type DocumentsFile = {
  readonly list: DocumentSigners;
  readonly payload: Uint8Array;
  readonly signatures: Envelope['signatures'];
};

/** @throws Refusal SOURCE_UNREADABLE, INPUT_TOO_LARGE, NOT_CANONICAL, DOCUMENT_SIGNERS_MALFORMED */
export function readDocumentsFile(path: string): DocumentsFile {
  const bytes = readFile(path);
  const value = parseCanonical(bytes, 2 * MAX_DOCUMENT_SIGNERS_BYTES);
  const isPayload =
    typeof value === 'object' && value !== null && 'type' in value && value['type'] === DOCUMENT_SIGNERS_TYPE;
  if (isPayload) return { list: parseDocumentSigners(bytes), payload: bytes, signatures: [] };
  const { envelope, unverifiedPayload } = openEnvelope(
    value,
    DOCUMENT_SIGNERS_PAYLOAD_TYPE,
    'DOCUMENT_SIGNERS_MALFORMED',
  );
  return {
    list: parseDocumentSigners(unverifiedPayload),
    payload: unverifiedPayload,
    signatures: envelope.signatures,
  };
}

import { createHash, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { base64, base64url } from '#core/bytes';
import { canonicalBytes } from '#core/record/canonical-bytes';
import { Refusal } from '#core/refusal';
import { DOCUMENT_SIGNERS_PAYLOAD_TYPE } from '#core/sign/document-signers';
import { preAuthEncoding } from '#core/sign/envelope';
import type { DocumentsFile } from './documents-file.ts';

/**
 * Adds one signature (ECDSA P-256/SHA-256, DSSE): the trust list names one key for this, or two while keys change.
 * @returns the envelope's bytes
 * @throws Refusal DOCUMENT_SIGNERS_MALFORMED where this key has signed already
 */
export function signDocuments({ payload, signatures }: DocumentsFile, key: KeyObject): Uint8Array {
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const keyid = base64url(createHash('sha256').update(spki).digest());
  if (signatures.some((one) => one.keyid === keyid))
    throw new Refusal('DOCUMENT_SIGNERS_MALFORMED', { detail: 'this key has signed it already' });
  const sig = base64(sign('sha256', preAuthEncoding(DOCUMENT_SIGNERS_PAYLOAD_TYPE, payload), key));
  return canonicalBytes({
    payload: base64(payload),
    payloadType: DOCUMENT_SIGNERS_PAYLOAD_TYPE,
    signatures: [...signatures, { keyid, sig }],
  });
}

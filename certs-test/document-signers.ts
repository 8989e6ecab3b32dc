import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { instant } from '#core/dates';
import { canonicalBytes } from '#core/record/canonical-bytes';
import { openEnvelope } from '#core/sign/envelope';
import {
  DOCUMENT_SIGNERS_PAYLOAD_TYPE,
  DOCUMENT_SIGNERS_TYPE,
  parseDocumentSigners,
  type DocumentSigners,
} from '#core/sign/document-signers';
import { daysAfter } from './authorities.ts';
import { signEnvelope } from './envelope.ts';
import { replaceFile, type Pki } from './pki.ts';
import { keyOf } from './signing-key.ts';

/** The list of document signers of a generated PKI, signed with the key that its trust list names. */

export const DOCUMENT_SIGNERS_DAYS = 30;

/** Writes the first list: every document signer but the unlisted one. */
export async function writeDocumentSigners(pki: Pki, at: Date): Promise<DocumentSigners> {
  return publish(pki, {
    type: DOCUMENT_SIGNERS_TYPE,
    instance: pki.instance,
    sequence: 1,
    issuedAt: instant(at),
    nextUpdate: instant(daysAfter(at, DOCUMENT_SIGNERS_DAYS)),
    signers: pki.documentSigners
      .filter(({ quality }) => quality !== 'unlisted')
      .map(({ certificate, from }) => ({ country: 'VN', certificate, from })),
  });
}

/** Issues the next list: the present one as `change` makes it, under the next sequence number. */
export async function reissueDocumentSigners(
  pki: Pki,
  change: (list: DocumentSigners) => DocumentSigners,
): Promise<DocumentSigners> {
  const present = await readDocumentSigners(pki);
  return publish(pki, { ...change(present), sequence: present.sequence + 1 });
}

/** The list in the file, unjudged. */
export async function readDocumentSigners(pki: Pki): Promise<DocumentSigners> {
  const value: unknown = JSON.parse(await readFile(pki.files.documentSigners, 'utf8'));
  const { unverifiedPayload } = openEnvelope(
    value,
    DOCUMENT_SIGNERS_PAYLOAD_TYPE,
    'DOCUMENT_SIGNERS_MALFORMED',
  );
  return parseDocumentSigners(unverifiedPayload);
}

/** A signed list, written nowhere. @param key another than the listed one, for a bad list */
export async function documentSignersFile(
  pki: Pki,
  list: DocumentSigners,
  key?: KeyObject,
): Promise<Uint8Array> {
  const signer = key ?? keyOf(await readFile(pki.files.documentSignersKey, 'utf8'));
  return canonicalBytes(signEnvelope(DOCUMENT_SIGNERS_PAYLOAD_TYPE, list, [signer]));
}

async function publish(pki: Pki, list: DocumentSigners): Promise<DocumentSigners> {
  await replaceFile(pki.files.documentSigners, await documentSignersFile(pki, list));
  return list;
}

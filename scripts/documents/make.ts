import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { base64 } from '#core/bytes';
import { canonicalBytes, type Json } from '#core/record/canonical-bytes';
import { Refusal } from '#core/refusal';
import { parseDocumentSigners } from '#core/sign/document-signers';
import { faultsAfter, faultsOf } from './check-documents.ts';
import { readDocumentsFile } from './documents-file.ts';

/**
 * `kyso documents make`: the exact bytes to be signed, from the list's own JSON in any spelling, where a certificate may be a file
 * beside it, `{"file": "signer.pem"}`.
 * @param previous list that this one follows
 * @throws Refusal DOCUMENT_SIGNERS_MALFORMED with every fault, SOURCE_UNREADABLE
 */
export function makeDocuments(description: string, previous: string | null): Uint8Array {
  const bytes = canonicalBytes(read(description));
  const list = parseDocumentSigners(bytes);
  const faults = [
    ...faultsOf(list),
    ...(previous === null ? [] : faultsAfter(readDocumentsFile(previous).list, list)),
  ];
  if (faults.length === 0) return bytes;
  const detail = faults.map(({ at, code }) => `${at} ${code}`).join(', ');
  throw new Refusal('DOCUMENT_SIGNERS_MALFORMED', { detail, faults });
}

function read(path: string): Json {
  try {
    return withFiles(JSON.parse(readFileSync(path, 'utf8')) as Json, dirname(resolve(path)));
  } catch (cause) {
    const detail = `${path}: ${cause instanceof Error ? cause.message : ''}`;
    throw new Refusal('SOURCE_UNREADABLE', { detail, cause });
  }
}

function withFiles(value: Json, folder: string): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one: Json) => withFiles(one, folder));
  const file = 'file' in value ? value['file'] : null;
  if (typeof file === 'string') return base64(new X509Certificate(readFileSync(resolve(folder, file))).raw);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withFiles(one as Json, folder)]));
}

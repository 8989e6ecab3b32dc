import { createHash } from 'node:crypto';
import { base64url, fromBase64, hex } from '#core/bytes';
import { groupsOf } from '#verifier/certificate/purposes';
import { readCertificate } from '#verifier/der/certificate';
import { commonName } from '#verifier/der/name';
import type { DocumentsFile } from './documents-file.ts';

/** A list of document signers for people; judges nothing. */
export function showDocuments({ list, payload, signatures }: DocumentsFile): string {
  return [
    `Khóa ký chứng nhận · Document signers: ${list.instance}, số · sequence ${list.sequence}`,
    `  Ban hành · Issued: ${list.issuedAt}`,
    `  Cập nhật trước · Next update: ${list.nextUpdate}`,
    `  SHA-256: ${hex(createHash('sha256').update(payload).digest())}`,
    ...list.signers.map(signerLine),
    ...signatures.map(({ keyid }) => `  Chữ ký · Signature: ${keyid}`),
    ...(signatures.length === 0 ? ['  Chưa ký · Not signed'] : []),
  ].join('\n');
}

function signerLine(row: DocumentsFile['list']['signers'][number]): string {
  const der = fromBase64(row.certificate) ?? new Uint8Array();
  const certificate = readCertificate(der);
  const kid = base64url(createHash('sha256').update(der).digest().subarray(0, 8));
  const groups = [...groupsOf(certificate)].join('');
  const until = row.to ?? certificate.notAfter;
  return `  ${row.country} ${kid} ${groups} ${row.from} – ${until} ${commonName(certificate.subject) ?? ''}`;
}

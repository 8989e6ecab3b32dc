import { createHash, createPublicKey, verify } from 'node:crypto';
import { base64url, fromBase64, hex } from '#core/bytes';
import { preAuthEncoding } from '#core/sign/envelope';
import { TRUST_PAYLOAD_TYPE, type SignerRow, type TrustKeys } from '#core/sign/trust-list';
import { readCertificate } from '#verifier/der/certificate';
import { commonName } from '#verifier/der/name';
import type { TrustFile } from './trust-file.ts';

/** A trust list for people, Vietnamese and English; judges nothing but whose signatures hold. */
export function showTrust(
  { list, payload, signatures }: TrustFile,
  pins: TrustKeys | null,
  at: Date,
): string {
  const days = Math.floor((at.getTime() - Date.parse(list.issuedAt)) / 86_400_000);
  const left = Math.floor((Date.parse(list.nextUpdate) - at.getTime()) / 86_400_000);
  return [
    `Danh sách tin cậy · Trust list: ${list.instance}, số · sequence ${list.sequence}`,
    `  Ban hành · Issued: ${list.issuedAt} (${days} ngày · days)`,
    `  Cập nhật trước · Next update: ${list.nextUpdate} (còn · left ${left} ngày · days)`,
    `  SHA-256: ${hex(createHash('sha256').update(payload).digest())}`,
    `Gốc · Roots: ${list.roots.length}`,
    ...list.roots.map((root) => `  ${root.family}  ${nameOf(root.certificate)}  ${period(root)}`),
    `Người ký · Signers: ${list.signers.length}`,
    ...byUnit(list.signers).flatMap(([unit, rows]) => [`  ${unit}`, ...rows.map(signerLine)]),
    `Dịch vụ · Services: ${list.services.length}`,
    ...list.services.map((one) => `  ${one.service}  ${keyId(one.key)}  ${period(one)}`),
    `Thuật toán · Algorithms: ${list.algorithms.signatures.join(', ')}; RSA ≥ ${list.algorithms.minRsaBits}`,
    `Chữ ký · Signatures: ${signatures.length}${pins ? ` (cần · needed ${pins.threshold})` : ''}`,
    ...signatures.map(({ keyid, sig }) => `  ${keyid}  ${whose(keyid, sig, payload, pins)}`),
  ].join('\n');
}

const kinds = { district: 'quận/huyện, district', facility: 'cơ sở tiêm, facility' } as const;

function byUnit(rows: readonly SignerRow[]): [string, SignerRow[]][] {
  const units = new Map<string, SignerRow[]>();
  for (const row of rows) {
    const unit = `${row.unit} (${kinds[row.kind]})`;
    units.set(unit, [...(units.get(unit) ?? []), row]);
  }
  return [...units].sort(([a], [b]) => (a < b ? -1 : 1));
}

function signerLine(row: SignerRow): string {
  const subject = row.subject === undefined ? null : fromBase64(row.subject);
  const who = subject ? commonName(subject) : `SHA-256 ${row.certificate ?? ''}`;
  const storage = row.keyStorage === 'token' ? 'USB token/HSM' : 'phần mềm, software';
  return `    ${who}  ${storage}  ${period(row)}`;
}

function period({ from, to }: { readonly from: string; readonly to?: string | undefined }): string {
  return `${from} – ${to ?? '…'}`;
}

function nameOf(certificate: string): string {
  return commonName(readCertificate(fromBase64(certificate) ?? new Uint8Array()).subject);
}

function keyId(key: string): string {
  return base64url(
    createHash('sha256')
      .update(fromBase64(key) ?? '')
      .digest(),
  );
}

function whose(keyid: string, sig: string, payload: Uint8Array, pins: TrustKeys | null): string {
  if (!pins) return 'chưa xét, không có khóa ghim · not judged, no pins';
  const number = pins.keys.findIndex((key) => keyId(key) === keyid);
  const key = pins.keys[number];
  if (key === undefined) return 'khóa lạ · unknown key';
  const holds = verify(
    'sha256',
    preAuthEncoding(TRUST_PAYLOAD_TYPE, payload),
    createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' }),
    fromBase64(sig) ?? new Uint8Array(),
  );
  const name = `khóa · key ${number + 1}/${pins.keys.length}`;
  return holds ? `${name}: đúng · holds` : `${name}: SAI · DOES NOT HOLD`;
}

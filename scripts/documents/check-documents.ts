import { fromBase64 } from '#core/bytes';
import { canonicalText } from '#core/record/canonical-bytes';
import { isRefusal, type Fault } from '#core/refusal';
import type { DocumentSigners } from '#core/sign/document-signers';
import { readCertificate, type Certificate } from '#verifier/der/certificate';

const DIGITAL_SIGNATURE = 0x1;
type Row = DocumentSigners['signers'][number];

/** What is wrong with a list that has the right form: located, all at once. */
export function faultsOf(list: DocumentSigners): Fault[] {
  const faults: Fault[] = [];
  if (list.nextUpdate <= list.issuedAt) faults.push({ at: '/nextUpdate', code: 'not_after_issuedAt' });
  for (const [i, row] of list.signers.entries())
    for (const code of faultsOfRow(row)) faults.push({ at: `/signers/${i}`, code });
  const seen = new Set<string>();
  for (const [i, { certificate, country, from }] of list.signers.entries()) {
    const name = `${country} ${from} ${certificate}`;
    if (seen.has(name)) faults.push({ at: `/signers/${i}`, code: 'signer_twice' });
    seen.add(name);
  }
  return faults;
}

function faultsOfRow({ certificate, from, to }: Row): string[] {
  const faults = to !== undefined && to <= from ? ['to_not_after_from'] : [];
  let read: Certificate;
  try {
    read = readCertificate(fromBase64(certificate) ?? new Uint8Array());
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return [...faults, error.code];
  }
  const { notBefore, notAfter, keyUsage, basicConstraints } = read;
  if (from < notBefore || from > notAfter || (to ?? notAfter) > notAfter)
    faults.push('outside_certificate_dates');
  if (basicConstraints?.ca === true || (keyUsage !== null && (keyUsage & DIGITAL_SIGNATURE) === 0))
    faults.push('DOCUMENT_SIGNER_USAGE');
  return faults;
}

/** Rows are end-dated, never deleted or changed: certificates of a key that was given up are still carried. */
export function faultsAfter(previous: DocumentSigners, list: DocumentSigners): Fault[] {
  const faults: Fault[] = [];
  if (list.instance !== previous.instance) faults.push({ at: '/instance', code: 'of_other_instance' });
  if (list.sequence <= previous.sequence)
    faults.push({ at: '/sequence', code: `not_above_${previous.sequence}` });
  const now = new Map(list.signers.map((row) => [withoutEnd(row), row.to]));
  for (const [i, row] of previous.signers.entries()) {
    const key = withoutEnd(row);
    if (!now.has(key)) faults.push({ at: `previous/signers/${i}`, code: 'row_removed_or_changed' });
    else if (row.to !== undefined && now.get(key) !== row.to)
      faults.push({ at: `previous/signers/${i}/to`, code: 'end_changed' });
  }
  return faults;
}

function withoutEnd(row: Row): string {
  return canonicalText({ ...row, to: undefined });
}

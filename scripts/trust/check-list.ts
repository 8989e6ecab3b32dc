import { fromBase64 } from '#core/bytes';
import { isRefusal, type Fault } from '#core/refusal';
import type { SignerRow, TrustList } from '#core/sign/trust-list';
import { canonicalText } from '#core/record/canonical-bytes';
import { readCertificate } from '#verifier/der/certificate';

/** What is wrong with a list that has the right form: located, all at once. */
export function faultsOf(list: TrustList): Fault[] {
  const faults: Fault[] = [];
  if (list.nextUpdate <= list.issuedAt) faults.push({ at: '/nextUpdate', code: 'not_after_issuedAt' });
  for (const member of ['roots', 'signers', 'services'] as const)
    for (const [i, { from, to }] of list[member].entries())
      if (to !== undefined && to <= from) faults.push({ at: `/${member}/${i}/to`, code: 'not_after_from' });
  for (const [i, { certificate }] of list.roots.entries()) {
    const code = whyNoRoot(certificate);
    if (code !== null) faults.push({ at: `/roots/${i}/certificate`, code });
  }
  return [...faults, ...twoUnits(list.signers)];
}

function whyNoRoot(certificate: string): string | null {
  try {
    const { basicConstraints } = readCertificate(fromBase64(certificate) ?? new Uint8Array());
    return basicConstraints?.ca === true ? null : 'not_a_ca';
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return error.code;
  }
}

/** A signer speaks for one unit at a time, and stands in the list once for it. */
function twoUnits(rows: readonly SignerRow[]): Fault[] {
  const faults: Fault[] = [];
  const before = new Map<string, SignerRow[]>();
  for (const [i, row] of rows.entries()) {
    const key = `${row.issuerKey} ${row.certificate ?? row.subject ?? ''}`;
    const same = before.get(key) ?? [];
    if (same.some((other) => overlaps(row, other)))
      faults.push({ at: `/signers/${i}`, code: 'signer_twice' });
    before.set(key, [...same, row]);
  }
  return faults;
}

function overlaps(a: SignerRow, b: SignerRow): boolean {
  return (b.to === undefined || a.from < b.to) && (a.to === undefined || b.from < a.to);
}

/** Rows are end-dated, never deleted or changed (formats §4); the sequence goes up; the instance stays. */
export function faultsAfter(previous: TrustList, list: TrustList): Fault[] {
  const faults: Fault[] = [];
  if (list.instance !== previous.instance) faults.push({ at: '/instance', code: 'of_other_instance' });
  if (list.sequence <= previous.sequence)
    faults.push({ at: '/sequence', code: `not_above_${previous.sequence}` });
  for (const member of ['roots', 'signers', 'services'] as const) {
    const now = new Map(list[member].map((row) => [withoutEnd(row), row.to]));
    for (const [i, row] of previous[member].entries()) {
      const key = withoutEnd(row);
      if (!now.has(key)) faults.push({ at: `previous/${member}/${i}`, code: 'row_removed_or_changed' });
      else if (row.to !== undefined && now.get(key) !== row.to)
        faults.push({ at: `previous/${member}/${i}/to`, code: 'end_changed' });
    }
  }
  return faults;
}

function withoutEnd(row: TrustList['roots' | 'signers' | 'services'][number]): string {
  return canonicalText({ ...row, to: undefined });
}

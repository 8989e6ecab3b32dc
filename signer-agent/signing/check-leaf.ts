import { eligibilityFaults, type ListScope } from '#core/record/eligibility';
import { isIdNumber, opensCommitment } from '#core/record/id-commitment';
import { parseRecordText } from '#core/record/parse-record';
import type { IdOpening, RecordLeaf } from '#core/record/record';
import { splitStreamLine } from '#core/record/stream-line';
import { Refusal } from '#core/refusal';
import { sha256 } from '#verifier/crypto-node';

export type CheckedLeaf = { readonly record: RecordLeaf; readonly opening: IdOpening; readonly leaf: string };

/**
 * Reads one stream line and holds it against the list it should belong to: form, id number, eligibility.
 * @throws Refusal NOT_CANONICAL, RECORD_MALFORMED, OPENING_INVALID, RECORD_NOT_ELIGIBLE (with all its faults)
 */
export function checkLeaf(line: string, scope: ListScope): CheckedLeaf {
  const { leaf, opening } = splitStreamLine(line);
  const record = parseRecordText(leaf);
  const { type, commit } = record.person.id;
  if (!isIdNumber(type, opening.number) || !opensCommitment(sha256, type, commit, opening))
    throw new Refusal('OPENING_INVALID');
  const faults = eligibilityFaults(record, scope);
  if (faults.length > 0)
    throw new Refusal('RECORD_NOT_ELIGIBLE', {
      detail: faults.join(' '),
      faults: faults.map((code) => ({ at: '', code })),
    });
  return { record, opening, leaf };
}

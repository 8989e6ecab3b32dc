import { instant } from '#core/dates';
import { Refusal } from '#core/refusal';
import type { IssuingJournal } from './issuing-journal.ts';
import type { CertificateName } from './journal-lines.ts';

/** A certificate is renewed once a year; this leaves room for an early renewal and one that was lost. */
const MOST = 3;
const PERIOD_MS = 300 * 86_400_000;

/**
 * Renewals follow one another in this journal, each after the one before it was signed, and at most 3 certificates of a record version
 * within 300 days: whoever counts renewals up gets no more. Where the journal knows nothing of the version, another worker made the
 * first ones, and any renewal may be the first here.
 * @throws Refusal CERTIFICATE_LIMIT
 */
export function demandRenewable(
  name: CertificateName,
  journal: Pick<IssuingJournal, 'find' | 'lastOf'>,
  now: Date,
): void {
  const last = journal.lastOf(name.recordId);
  if (last?.version !== name.version || last.renewal === name.renewal) return;
  if (last.type !== 'result' || name.renewal !== last.renewal + 1)
    throw limit(`renewal ${name.renewal} does not follow ${last.renewal}`);
  const first = journal.find({ ...name, renewal: name.renewal - MOST });
  if (first && first.at > instant(new Date(now.getTime() - PERIOD_MS)))
    throw limit(`${MOST} certificates within 300 days`);
}

function limit(detail: string): Refusal {
  return new Refusal('CERTIFICATE_LIMIT', { detail });
}

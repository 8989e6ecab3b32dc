import { instant } from '#core/dates';
import { Refusal } from '#core/refusal';
import { isSame, type IssuingJournal } from './issuing-journal.ts';
import {
  nameOf,
  type CertificateLine,
  type CertificateName,
  type Intent,
  type Result,
} from './journal-lines.ts';
import type { Order } from './judge-job.ts';
import { demandRenewable } from './renewals.ts';
import { demandBelowLimits, type Limits } from './limits.ts';

export type Reserved =
  /** it is to be signed; `isNew`: and the intent to be written down first */
  | { readonly what: 'sign'; readonly intent: Intent; readonly isNew: boolean }
  /** it was signed before: the same signature again */
  | { readonly what: 'replay'; readonly result: Result }
  /** this worker has it in hand, or another certificate of the record, which has to stand in the journal first */
  | { readonly what: 'busy' };

/** One certificate for each record version and renewal, whatever is asked for, and how often, and by how many leases at once. */
export class Reservations {
  readonly #journal: IssuingJournal;
  readonly #limits: Limits;
  /** by record */
  readonly #inHand = new Map<string, Intent>();

  constructor(journal: IssuingJournal, limits: Limits) {
    this.#journal = journal;
    this.#limits = limits;
  }

  /** @throws Refusal CERTIFICATE_ALREADY_ISSUED, RECORD_SUPERSEDED, CERTIFICATE_LIMIT */
  reserve(order: Order, leaseId: string, now: Date): Reserved {
    const intent = intentOf(order, leaseId, now);
    const other = this.#inHand.get(order.recordId);
    if (other) {
      if (nameOf(other) !== nameOf(order) || isSame(other, intent)) return { what: 'busy' };
      throw alreadyIssued(other.certificateId);
    }
    const last = this.#journal.find(order);
    if (last?.type === 'result') {
      if (isSame(last, intent)) return { what: 'replay', result: last };
      throw alreadyIssued(last.certificateId);
    }
    demandNewest(order, this.#journal.lastOf(order.recordId));
    demandRenewable(order, this.#journal, now);
    // an intent without a result: whatever was signed then left this machine never, because results are written down first
    const isNew = last?.type !== 'intent' || !isSame(last, intent);
    if (isNew) {
      demandBelowLimits(intent.kid, this.#limits, this.#journal.counts, now);
      this.#journal.counts.add(intent.kid, now);
    }
    this.#inHand.set(order.recordId, intent);
    return { what: 'sign', intent, isNew };
  }

  /** What became of it is in the journal. */
  release({ recordId }: CertificateName): void {
    this.#inHand.delete(recordId);
  }
}

function intentOf(order: Order, leaseId: string, at: Date): Intent {
  const { certificateId, recordId, version, renewal, key, claimsSha256, uvciHash } = order;
  const name = { certificateId, recordId, version, renewal };
  return { type: 'intent', at: instant(at), leaseId, ...name, kid: key.kid, claimsSha256, uvciHash };
}

/** A status list that takes versions back is the API's to make; that a newer one was certified is known here. */
function demandNewest({ version }: CertificateName, last: CertificateLine | null): void {
  if (last && version < last.version)
    throw new Refusal('RECORD_SUPERSEDED', { detail: `version ${last.version} was certified` });
}

function alreadyIssued(certificateId: string): Refusal {
  return new Refusal('CERTIFICATE_ALREADY_ISSUED', { detail: certificateId });
}

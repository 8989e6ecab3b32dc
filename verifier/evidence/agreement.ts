import { opensCommitment } from '#core/record/id-commitment';
import type { RecordLeaf } from '#core/record/record';
import type { Evidence } from '#core/sign/evidence';
import type { Statement } from '#core/sign/item-statement';
import type { Crypto } from '../crypto-port.ts';
import { invalid, type Finding } from '../finding.ts';

/** A list of one campaign holds records of that campaign. */
export function campaignsAgree(record: RecordLeaf, statement: Statement): Finding[] {
  return record.campaign === statement.campaign
    ? []
    : [invalid('RECORD_OF_OTHER_CAMPAIGN', `list of ${statement.campaign}`)];
}

/** The holder's copy opens the commitment to the id number (formats §2); other copies hold no opening. */
export function openingHolds(record: RecordLeaf, opening: Evidence['opening'], crypto: Crypto): Finding[] {
  const { type, commit } = record.person.id;
  return !opening || opensCommitment(crypto.sha256, type, commit, opening)
    ? []
    : [invalid('OPENING_INVALID')];
}

/** One attestation of each kind at most, the facility's first: there is one spelling only. */
export function kindsDiffer(statements: readonly (Statement | null)[]): Finding[] {
  const kinds = statements.flatMap((statement) => statement?.kind ?? []);
  if (new Set(kinds).size < kinds.length)
    return [invalid('EVIDENCE_MALFORMED', 'two attestations of one kind')];
  return kinds.length > 1 && kinds[0] === 'district'
    ? [invalid('EVIDENCE_MALFORMED', 'the district before the facility')]
    : [];
}

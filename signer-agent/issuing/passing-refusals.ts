import { Refusal, type RefusalCode } from '#core/refusal';

/**
 * Refusals that say nothing of the record, only of the ground that this worker judges by: its clock, its trust file, its lists, its policy
 * and its limits. The API is not told, so that it gives no order up; the lease runs out and the job comes again, here or elsewhere.
 */
const OF_OWN_GROUND: readonly RefusalCode[] = [
  'CLOCK_WRONG',
  'POLICY_NOT_MET',
  'CERTIFICATE_KEY_NONE',
  'CERTIFICATE_LIMIT',
  'DOCUMENT_SIGNER_UNKNOWN',
  'REVOCATION_UNKNOWN',
  // what the trust list says of signers, and how the clock stands to their dates
  'SIGNER_UNTRUSTED',
  'SIGNER_OF_OTHER_UNIT',
  'SIGNER_NOT_ON_TOKEN',
  'SIGNER_ALGORITHM',
  'SIGNER_EXPIRED',
  'SIGNER_NOT_YET_VALID',
  'CA_EXPIRED',
  'TIMESTAMP_INVALID',
  'AGENT_STATE_DAMAGED',
  'INTERNAL',
];
const OF_OWN_LISTS = /^(TRUST|STATUS|DOCUMENT_SIGNERS)_/;

/** A refusal that another day may take back whatever its code: what was found is not wrong, it is unknown. */
export class OpenQuestion extends Refusal {}

export function isOfTheJob(refusal: Refusal): boolean {
  const { code } = refusal;
  return !(refusal instanceof OpenQuestion) && !OF_OWN_GROUND.includes(code) && !OF_OWN_LISTS.test(code);
}

import { Refusal } from '#core/refusal';
import type { SignatureAlgorithm } from '../token/token.ts';
import { digestOf, signedAttributes, type MimeType } from './build-cms.ts';
import { utcTime } from './der-values.ts';

/** tag, length, value (X.690 §11.8) */
const UTC_TIME = /^\x17\x0d\d{12}Z$/;

export type Intended = {
  readonly statement: Uint8Array;
  readonly algorithm: SignatureAlgorithm;
  readonly mimeType: MimeType;
  /** DER */
  readonly signer: Uint8Array;
};

/**
 * What a journal hands back to be signed again is signed only where it is over what was shown: it may differ from what would be written now
 * in its signing-time, and in nothing else.
 * @param attributes of an intent
 * @throws Refusal AGENT_STATE_DAMAGED
 */
export function demandIntentOver(
  attributes: Uint8Array,
  { statement, algorithm, mimeType, signer }: Intended,
): void {
  const anyTime = new Date(0);
  const expected = Buffer.from(signedAttributes(digestOf(algorithm, statement), mimeType, signer, anyTime));
  const place = expected.indexOf(utcTime(anyTime));
  const time = Buffer.from(attributes.subarray(place, place + utcTime(anyTime).length)).toString('latin1');
  if (UTC_TIME.test(time)) expected.write(time, place, 'latin1');
  if (!expected.equals(attributes))
    throw new Refusal('AGENT_STATE_DAMAGED', { detail: 'journal: an intent over something else' });
}

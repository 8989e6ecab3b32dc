import { pssSpelling } from '../der/algorithms.ts';
import type { Certificate } from '../der/certificate.ts';
import type { OcspAnswer } from '../der/ocsp.ts';
import { contextOf, TAG } from '../der/reader.ts';
import { element } from '../der/write.ts';
import type { CountedOcsp } from '../revocation/ask-ocsp.ts';

/**
 * The one form of an OCSP answer inside of evidence. A responder signs `tbsResponseData` and nothing else (RFC 6960 §4.2.1); what stands
 * around it follows here: successful, basic, the signature's AlgorithmIdentifier in its one spelling, and of certificates only that of
 * the delegated responder from whom the answer was accepted, none where the issuer signed. So no byte of it can change unseen, with one
 * exception: an answer names its responder by name or key alone, so that another genuine certificate of the same name and
 * key, by the same issuer and for the same purpose, may stand in the place of the one that was there.
 * @returns DER; what came from a responder, with whatever it added, has it as well as what already is in this form
 */
export function ocspForm({ response: { der, answer }, delegates }: CountedOcsp): Uint8Array {
  // in the order in which they were tried, so that of the form the same ones are accepted again
  return answer
    ? encode(
        answer,
        answer.certificates.filter((certificate) => delegates.has(certificate)),
      )
    : der;
}

const SUCCESSFUL = Uint8Array.of(TAG.enumerated, 1, 0);
/** DER of 1.3.6.1.5.5.7.48.1.1 */
const BASIC = Uint8Array.of(TAG.oid, 9, 0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1);
const NO_UNUSED_BITS = Uint8Array.of(0);

function encode({ tbs, algorithm, signature }: OcspAnswer, responders: readonly Certificate[]): Uint8Array {
  const basic = element(
    TAG.sequence,
    tbs,
    pssSpelling(algorithm),
    element(TAG.bitString, NO_UNUSED_BITS, signature),
    ...(responders.length > 0
      ? [element(contextOf(0), element(TAG.sequence, ...responders.map(({ der }) => der)))]
      : []),
  );
  const bytes = element(TAG.sequence, BASIC, element(TAG.octetString, basic));
  return element(TAG.sequence, SUCCESSFUL, element(contextOf(0), bytes));
}

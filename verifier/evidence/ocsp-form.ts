import type { Crypto } from '../crypto-port.ts';
import { pssSpelling } from '../der/algorithms.ts';
import type { Certificate } from '../der/certificate.ts';
import type { OcspAnswer, OcspResponse } from '../der/ocsp.ts';
import { contextOf, TAG } from '../der/reader.ts';
import { element } from '../der/write.ts';
import type { PathPolicy } from '../path/path-policy.ts';
import { isSignedBy } from '../revocation/judge-ocsp.ts';

/**
 * The one form of an OCSP answer inside of evidence. A responder signs `tbsResponseData` and nothing else (RFC 6960 §4.2.1); what stands
 * around it follows from it here: successful, basic, the signature's AlgorithmIdentifier in its one spelling, and of certificates the
 * delegated responder's alone, none where the issuer signed. So no byte of it can change unseen.
 * @param issuers of whom one may have signed the answer itself
 * @returns DER; what came from a responder, with whatever it added, has it as well as what already is in this form
 */
export async function ocspForm(
  { der, answer }: OcspResponse,
  issuers: readonly Certificate[],
  by: { readonly policy: PathPolicy; readonly crypto: Crypto },
): Promise<Uint8Array> {
  return answer ? encode(answer, await responderOf(answer, issuers, by)) : der;
}

async function responderOf(
  answer: OcspAnswer,
  issuers: readonly Certificate[],
  by: { readonly policy: PathPolicy; readonly crypto: Crypto },
): Promise<Certificate | null> {
  if (answer.certificates.length === 0) return null;
  for (const issuer of issuers) if (await isSignedBy(answer, issuer, by)) return null;
  for (const responder of answer.certificates) if (await isSignedBy(answer, responder, by)) return responder;
  return null;
}

const SUCCESSFUL = Uint8Array.of(TAG.enumerated, 1, 0);
/** DER of 1.3.6.1.5.5.7.48.1.1 */
const BASIC = Uint8Array.of(TAG.oid, 9, 0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1);
const NO_UNUSED_BITS = Uint8Array.of(0);

function encode({ tbs, algorithm, signature }: OcspAnswer, responder: Certificate | null): Uint8Array {
  const basic = element(
    TAG.sequence,
    tbs,
    pssSpelling(algorithm),
    element(TAG.bitString, NO_UNUSED_BITS, signature),
    ...(responder ? [element(contextOf(0), element(TAG.sequence, responder.der))] : []),
  );
  const bytes = element(TAG.sequence, BASIC, element(TAG.octetString, basic));
  return element(TAG.sequence, SUCCESSFUL, element(contextOf(0), bytes));
}

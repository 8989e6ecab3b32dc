import { sameBytes } from '#core/bytes';
import type { Crypto } from '../crypto-port.ts';
import type { Certificate } from '../der/certificate.ts';
import { EXTENSION } from '../der/extensions.ts';
import { keyPurposesOf } from '../der/key-purposes.ts';
import { sameName } from '../der/name.ts';
import { TAG } from '../der/reader.ts';
import type { OcspAnswer, OcspResponse, SingleResponse } from '../der/ocsp.ts';
import { read, type Finding } from '../finding.ts';
import { acceptedSignature, isAcceptedKey } from '../path-rules/algorithms.ts';
import { allows, KEY_USAGE } from '../path-rules/key-usage.ts';
import type { PathPolicy } from '../path/path-policy.ts';
import { whyNotCovering, type Revoked, type Window } from './usable-crl.ts';

export type OcspQuestion = Window & {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  readonly policy: PathPolicy;
  readonly crypto: Crypto;
  /** the one that was sent with the request, where one was */
  readonly nonce?: Uint8Array;
  /** false: an answer that has run out still counts, and so does the certificate of whoever gave it */
  readonly isAgeing: boolean;
  /** whether a delegated responder's certificate is unrevoked, where it does not say that nobody need ask */
  readonly isUnrevoked: (responder: Certificate) => Promise<boolean>;
};

export type OcspState =
  | ({ readonly status: 'good' } & Answering)
  | ({ readonly status: 'revoked' } & Revoked & Answering)
  /** the answer says nothing that may be relied on */
  | { readonly status: 'unknown'; readonly why: string };

/** Whose answer it is: the delegated responder's, out of the answer's certificates; null: the issuer's own. */
type Answering = { readonly delegate: Certificate | null };

const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';

/** What an OCSP response says about a certificate at an instant (RFC 6960 §3.2): anything that is not proved good or revoked is unknown. */
export async function judgeOcsp(response: OcspResponse, question: OcspQuestion): Promise<OcspState> {
  const { answer } = response;
  if (!answer) return unknown(`response status ${response.status}`);
  const singles = answer.singles.filter((single) => isAbout(single, question));
  if (singles.length === 0) return unknown('answer about another certificate');
  const why =
    whyNotUnderstood(answer, singles) ?? whyOtherNonce(answer, question) ?? whyNotNow(singles, question);
  if (why !== null) return unknown(why);
  const responder = await responderOf(answer, question);
  if (!responder) return unknown('not signed by a responder of the issuer');
  const delegate = responder === question.issuer ? null : responder;
  for (const { revokedAt, isHarmless } of singles)
    if (revokedAt !== null) return { status: 'revoked', at: revokedAt, isHarmless, delegate };
  return singles.every(({ status }) => status === 'good')
    ? { status: 'good', delegate }
    : unknown('the responder does not know it');
}

function unknown(why: string): OcspState {
  return { status: 'unknown', why };
}

/** CertID (RFC 6960 §4.1.1): serial number, and the hashes of the issuer's name and key. */
export function isAbout(
  single: SingleResponse,
  { certificate, issuer, crypto }: Pick<OcspQuestion, 'certificate' | 'issuer' | 'crypto'>,
): boolean {
  if (single.hash === null || single.serial !== certificate.serial) return false;
  const digest = crypto[single.hash];
  return (
    sameBytes(single.issuerNameHash, digest(certificate.issuer)) &&
    sameBytes(single.issuerKeyHash, digest(issuer.keyBits))
  );
}

function whyNotUnderstood(answer: OcspAnswer, singles: readonly SingleResponse[]): string | null {
  const critical = [answer, ...singles].flatMap(({ extensions }) =>
    [...extensions].filter(([type, extension]) => extension.critical && type !== EXTENSION.ocspNonce),
  );
  return critical.length > 0 ? 'critical extension not understood' : null;
}

function whyOtherNonce({ extensions }: OcspAnswer, { nonce }: OcspQuestion): string | null {
  const given = extensions.get(EXTENSION.ocspNonce)?.value;
  if (!nonce || !given) return null;
  // the octets, or as RFC 8954 §2.1 wraps them
  const wrapped = Uint8Array.of(TAG.octetString, nonce.length, ...nonce);
  return sameBytes(given, nonce) || sameBytes(given, wrapped) ? null : 'answer to another request';
}

/** As with CRLs; without a next update nothing says how long an answer holds. */
function whyNotNow(
  singles: readonly SingleResponse[],
  { at, until, isProven = false, isAgeing, certificate }: OcspQuestion,
): string | null {
  for (const single of singles) {
    const why = isAgeing
      ? whyNotCovering(single, { at, until, isProven }, certificate.notAfter)
      : at < single.thisUpdate && until === null
        ? `issued only at ${single.thisUpdate}`
        : null;
    if (why !== null) return why;
  }
  return null;
}

/** The issuer itself, or one that it certified directly for this purpose (RFC 6960 §4.2.2.2); null where neither signed. */
async function responderOf(answer: OcspAnswer, question: OcspQuestion): Promise<Certificate | null> {
  const { issuer } = question;
  if (await isSignedBy(answer, issuer, question)) return issuer;
  for (const responder of answer.certificates)
    if ((await isSignedBy(answer, responder, question)) && (await isDelegate(responder, answer, question)))
      return responder;
  return null;
}

function isNamed(responder: Certificate, answer: OcspAnswer, { crypto }: OcspQuestion): boolean {
  return 'name' in answer.responder
    ? sameName(answer.responder.name, responder.subject)
    : sameBytes(answer.responder.keySha1, crypto.sha1(responder.keyBits));
}

/** Whether the answer names this certificate as its responder and was signed with its key. */
async function isSignedBy(
  answer: OcspAnswer,
  responder: Certificate,
  question: OcspQuestion,
): Promise<boolean> {
  const algorithm = acceptedSignature(answer.algorithm, responder.publicKey, question.policy);
  return (
    algorithm !== null &&
    isNamed(responder, answer, question) &&
    (await question.crypto.verify(algorithm, responder.spki, answer.tbs, answer.signature))
  );
}

async function isDelegate(
  responder: Certificate,
  { producedAt }: OcspAnswer,
  question: OcspQuestion,
): Promise<boolean> {
  const { issuer, policy, crypto } = question;
  // an answer from after a proven time may come from a younger responder
  const at = question.until !== null && producedAt > question.at ? producedAt : question.at;
  const isInTime = !question.isAgeing || (responder.notBefore <= at && at <= responder.notAfter);
  const findings: Finding[] = [];
  const purposes = read(() => keyPurposesOf(responder), findings);
  if (!purposes?.includes(OCSP_SIGNING) || !sameName(responder.issuer, issuer.subject)) return false;
  if (!isInTime || hasUnknownCritical(responder)) return false;
  if (responder.keyUsage !== null && !allows(responder, KEY_USAGE.digitalSignature, policy)) return false;
  const algorithm = acceptedSignature(responder.algorithm, issuer.publicKey, policy);
  if (algorithm === null || !isAcceptedKey(responder.publicKey, policy)) return false;
  if (!(await crypto.verify(algorithm, issuer.spki, responder.tbs, responder.signature))) return false;
  return responder.extensions.has(EXTENSION.ocspNoCheck) || question.isUnrevoked(responder);
}

const KNOWN: readonly string[] = [
  EXTENSION.basicConstraints,
  EXTENSION.keyUsage,
  EXTENSION.extendedKeyUsage,
  EXTENSION.ocspNoCheck,
];

function hasUnknownCritical({ extensions }: Certificate): boolean {
  return [...extensions].some(([type, { critical }]) => critical && !KNOWN.includes(type));
}

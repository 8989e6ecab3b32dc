import { hex, sameBytes } from '#core/bytes';
import { instant } from '#core/dates';
import type { Crypto, Hash, VerifyAlgorithm } from '../crypto-port.ts';
import { cmsAlgorithm } from '../der/algorithms.ts';
import { readCertificate, type Certificate } from '../der/certificate.ts';
import { EXTENSION } from '../der/extensions.ts';
import { keyPurposesOf } from '../der/key-purposes.ts';
import type { TimeStamp } from '../der/time-stamp.ts';
import { invalid, read, undetermined, type Finding } from '../finding.ts';
import { KEY_USAGE } from '../path-rules/key-usage.ts';
import type { Path } from '../path/candidate-paths.ts';
import { findPath, type PathAnswer } from '../path/find-path.ts';
import { servesAll, type PathPolicy } from '../path/path-policy.ts';
import type { Revocation, RevocationData } from '../revocation/check-revocation.ts';
import { readTimeStampAttributes, type TimeStampAttributes } from './time-stamp-attributes.ts';

export type TimeStampQuestion = {
  /** what was stamped: for a signature, the octets of SignerInfo.signature */
  readonly data: Uint8Array;
  readonly roots: readonly Certificate[];
  readonly pool: readonly Certificate[];
  readonly answers: RevocationData;
  readonly revocation: 'require' | 'if-given' | 'off';
  readonly policy: PathPolicy;
  /** the judged time, an instant: a stamp from after it proves nothing */
  readonly at: string;
  /** hex of the INTEGER's octets, as it was sent with the request */
  readonly nonce?: string;
  /** policies of authorities that are trusted for time; null: any */
  readonly policies: ReadonlySet<string> | null;
  readonly crypto: Crypto;
};

export type TimeStampAnswer = {
  readonly findings: readonly Finding[];
  /** an instant at which the data existed, where nothing was found: genTime and its accuracy, rounded up to a second */
  readonly provenTime: string;
  /** the authority's; null where there is none */
  readonly path: Path | null;
  readonly revocation: Revocation | null;
};

const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';

/** Whether a time-stamp token proves that data existed at its time (RFC 3161 §2.4.2, RFC 5816). */
export async function judgeTimeStamp(
  stamp: TimeStamp,
  question: TimeStampQuestion,
): Promise<TimeStampAnswer> {
  const { info } = stamp;
  const findings: Finding[] = [...imprintHolds(stamp, question), ...answersRequest(stamp, question)];
  if (info.genTime > question.at)
    findings.push(undetermined('TIMESTAMP_INVALID', 'from after the judged time'));
  const attributes = read(() => readTimeStampAttributes(stamp.signer.signedAttributes.attributes), findings);
  // nobody signed what else lies in the stamp: what cannot be read there is as if it were absent
  const inside = stamp.certificates.flatMap((der) => read(() => readCertificate(der), []) ?? []);
  const signer = attributes && signerOf(stamp, [...inside, ...question.pool], attributes, question.crypto);
  let authority: PathAnswer | null = null;
  if (signer) {
    findings.push(...(await signatureHolds(stamp, attributes, signer, question)));
    findings.push(...isForTimeStamping(signer));
    authority = await findAuthority(stamp, signer, inside, question);
    findings.push(...authority.findings);
  } else if (attributes) findings.push(invalid('TIMESTAMP_INVALID', 'the signer certificate is not there'));
  const { path = null, revocation = null } = authority ?? {};
  return { findings, provenTime: provenTimeOf(stamp), path, revocation };
}

function provenTimeOf({ info: { genTime, isFraction, accuracySeconds } }: TimeStamp): string {
  return instant(new Date(Date.parse(genTime) + (accuracySeconds + (isFraction ? 1 : 0)) * 1000));
}

function imprintHolds({ info }: TimeStamp, { data, crypto }: TimeStampQuestion): Finding[] {
  return sameBytes(info.imprint, crypto[info.hash](data)) ? [] : [invalid('TIMESTAMP_INVALID', 'imprint')];
}

function answersRequest({ info }: TimeStamp, { nonce, policies }: TimeStampQuestion): Finding[] {
  const findings: Finding[] = [];
  const digits = (octets: string | null) => octets?.replace(/^(?:00)+(?=..)/, '');
  if (nonce !== undefined && digits(info.nonce) !== digits(nonce))
    findings.push(invalid('TIMESTAMP_INVALID', 'nonce'));
  if (policies && !policies.has(info.policy))
    findings.push(invalid('TIMESTAMP_INVALID', `policy ${info.policy}`));
  return findings;
}

/** The one that the stamp names, and that the signed attributes name by its hash (RFC 2634 §5.4, RFC 5816). */
function signerOf(
  { signer }: TimeStamp,
  certificates: readonly Certificate[],
  { signingCertificates }: TimeStampAttributes,
  crypto: Crypto,
): Certificate | undefined {
  const id = signer.issuerAndSerial;
  return certificates.find(
    ({ issuer, serial, der }) =>
      id !== null &&
      serial === id.serial &&
      sameBytes(issuer, id.issuer) &&
      signingCertificates.every(({ hash, name }) => sameBytes(hash, crypto[name](der))),
  );
}

/** Content type, message digest and signing certificate are signed, each once, and say what they must (RFC 5652 §11, RFC 5816). */
async function signatureHolds(
  stamp: TimeStamp,
  { messageDigest }: TimeStampAttributes,
  signer: Certificate,
  { crypto, policy }: TimeStampQuestion,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const { signedAttributes, digestAlgorithm, signatureAlgorithm, signature } = stamp.signer;
  const algorithm = cmsAlgorithm(digestAlgorithm, signatureAlgorithm, signer.publicKey);
  if (!algorithm || !isAccepted(algorithm.algorithm, policy))
    return [invalid('SIGNER_ALGORITHM', `time stamp signed with ${hex(signatureAlgorithm)}`)];
  const digest = crypto[algorithm.hash.toLowerCase() as Lowercase<Hash>];
  if (!sameBytes(messageDigest, digest(stamp.infoBytes)))
    findings.push(invalid('TIMESTAMP_INVALID', 'message digest'));
  if (!(await crypto.verify(algorithm.algorithm, signer.spki, signedAttributes.signedBytes, signature)))
    findings.push(invalid('TIMESTAMP_INVALID', 'signature value'));
  return findings;
}

function isAccepted(algorithm: VerifyAlgorithm, { algorithms }: PathPolicy): boolean {
  return !algorithms || algorithms.signatures.includes(algorithm);
}

/** The authority's certificate serves time stamping and nothing else, critically so (RFC 3161 §2.3). */
function isForTimeStamping(signer: Certificate): Finding[] {
  const findings: Finding[] = [];
  const purposes = read(() => keyPurposesOf(signer), findings);
  const isCritical = signer.extensions.get(EXTENSION.extendedKeyUsage)?.critical === true;
  if (!isCritical || purposes?.length !== 1 || purposes[0] !== TIME_STAMPING)
    findings.push(invalid('TIMESTAMP_INVALID', 'the certificate is not for time stamping only'));
  return findings;
}

/** The authority was good at the time that it states. */
function findAuthority(
  { info }: TimeStamp,
  signer: Certificate,
  certificates: readonly Certificate[],
  question: TimeStampQuestion,
): Promise<PathAnswer> {
  const { roots, pool, policy, answers, revocation, crypto } = question;
  return findPath({
    end: signer,
    roots,
    pool: [...certificates, ...pool],
    policy: {
      ...policy,
      servesUse: (has) => (has & (KEY_USAGE.digitalSignature | KEY_USAGE.nonRepudiation)) !== 0,
      servesPurpose: servesAll([TIME_STAMPING]),
    },
    at: info.genTime,
    claimedTime: info.genTime,
    answersUntil: question.at,
    revocation,
    answers,
    crypto,
  });
}

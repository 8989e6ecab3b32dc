import { base64url } from '#core/bytes';
import { parseCoseSign1, type CoseSign1 } from '#core/certificate/cose';
import type { Crypto } from '../crypto-port.ts';
import { invalid, read, reasonsOf, undetermined, worstWord, type Finding } from '../finding.ts';
import { knownName } from '../known-certificate.ts';
import { ageSeconds } from '../time.ts';
import type { TrustReading } from '../trust/read-trust.ts';
import { readClaims, readContent, type Content } from './content.ts';
import { datesHold } from './dates.ts';
import type { DocumentSigner, DocumentSignersReading } from './document-signers.ts';
import { freshness } from './read-document-signers.ts';
import { signerOf } from './signer-of.ts';
import { judgeRevocation, type RevocationsReading } from './revocations.ts';
import { listedFor, usageHolds } from './signer-rules.ts';
import { unwrap } from './unwrap.ts';
import type { CertificateVerdict, Steps } from './verdict.ts';

/** A text `HC1:…` as the QR has it, or the COSE_Sign1 in it. */
export type CertificateInput = { readonly text: string } | { readonly cose: Uint8Array };

export type CertificateOptions = {
  readonly crypto: Crypto;
  /** the judged time: now, unless someone asks about another */
  readonly at: Date;
  /** from readTrust, at the same time: what the lists stand on; null where the caller trusts signers by himself */
  readonly trust: TrustReading | null;
  /** from readDocumentSigners, or signers that the caller trusts by himself (trustedSigners) */
  readonly documentSigners: DocumentSignersReading;
  /** from readRevocations; null where no index was handed in */
  readonly revocations: RevocationsReading | null;
  /** accept "signed; whether taken back not known" in place of a fresh index */
  readonly offline: boolean;
};

/**
 * Judges a certificate that a person carries: packed as it must be, signed by a document signer, made of what that signer may sign, in
 * time, and not taken back. The signature is judged before the content is read. Never throws for what is handed in; everything that is
 * wrong is in the verdict.
 */
export async function verifyCertificate(
  input: CertificateInput,
  options: CertificateOptions,
): Promise<CertificateVerdict> {
  const { crypto, at, trust, documentSigners, revocations, offline } = options;
  const steps = notReached();
  const findings = [
    ...(trust?.findings ?? []),
    ...documentSigners.findings,
    ...freshness(documentSigners, at),
  ];
  const end = (reached: Reached = {}) => verdictOf(options, steps, findings, reached);

  const bytes = 'cose' in input ? input.cose : unwrap(input.text, crypto, steps, findings);
  if (!bytes) return end();
  const cose = read(() => parseCoseSign1(bytes), findings);
  steps.cose = cose !== null;
  if (!cose) {
    // what is no COSE_Sign1 has no signature that holds
    steps.signature = false;
    return end();
  }

  const signer = await judgeSignature(cose, options, steps, findings);
  if (!signer) return end({ cose });
  const claims = read(() => readClaims(cose.payload), findings);
  steps.cbor = claims !== null;
  if (!claims) return end({ cose, signer });
  const content = readContent(claims, findings);
  steps.schema = content !== null;
  if (!content) return end({ cose, signer });

  const usage = usageHolds(content, signer);
  const dates = datesHold(content, signer, at);
  steps.keyUsage = usage.length === 0;
  steps.expiry = dates.length === 0;
  const question = { kid: kidOf(cose), ci: content.ci, revocations, at, offline, crypto };
  findings.push(...usage, ...listedFor(content, signer), ...dates, ...(await judgeRevocation(question)));
  return end({ cose, signer, content });
}

/** @returns the signer whose key made the signature */
async function judgeSignature(
  cose: CoseSign1,
  { documentSigners, at, crypto }: CertificateOptions,
  steps: Steps,
  findings: Finding[],
): Promise<DocumentSigner | null> {
  const { byKid } = documentSigners;
  if (!byKid) return null;
  const named = byKid.get(kidOf(cose)) ?? [];
  const signer = await signerOf(cose, named, crypto);
  steps.signature = signer !== null;
  if (named.length === 0) {
    // an old list does not know a new key
    const isOld = freshness(documentSigners, at).length > 0;
    findings.push((isOld ? undetermined : invalid)('DOCUMENT_SIGNER_UNKNOWN'));
  } else if (!signer) findings.push(invalid('HC1_SIGNATURE_INVALID'));
  return signer;
}

/** Empty, which names nobody, where the certificate has none. */
function kidOf({ kid }: CoseSign1): string {
  return kid === null ? '' : base64url(kid);
}

function notReached(): Steps {
  return {
    prefix: null,
    base45: null,
    zlib: null,
    cose: null,
    signature: null,
    cbor: null,
    schema: null,
    keyUsage: null,
    expiry: null,
  };
}

/** How far the judging came. */
type Reached = {
  readonly cose?: CoseSign1;
  readonly signer?: DocumentSigner;
  readonly content?: Content;
};

type Draft = { -readonly [Member in keyof CertificateVerdict]: CertificateVerdict[Member] };

/** Members are put in one by one: spreading objects together took longer than reading the content. */
function verdictOf(
  { at, trust, documentSigners, revocations }: CertificateOptions,
  steps: Steps,
  findings: readonly Finding[],
  { cose, signer, content }: Reached,
): CertificateVerdict {
  const draft: Draft = {
    verdict: worstWord(findings.map(({ verdict }) => verdict)),
    reasons: reasonsOf(findings),
    details: findings.map(({ code, detail }) => (detail === undefined ? code : `${code}: ${detail}`)),
    steps,
  };
  if (cose?.kid) draft.kid = kidOf(cose);
  if (signer) {
    draft.signer = knownName(signer.certificate);
    draft.signerSha256 = signer.sha256;
  }
  if (content) {
    if (content.iss !== null) draft.issuer = content.iss;
    draft.issuedAt = content.issuedAt;
    draft.expiresAt = content.expiresAt;
    draft.group = content.group;
    draft.payload = content.payload;
  }
  if (trust && trust.ageSeconds !== null) draft.trustAge = trust.ageSeconds;
  if (documentSigners.list) draft.documentSignersAge = ageSeconds(documentSigners.list.issuedAt, at);
  if (revocations?.list) draft.revocationsAge = ageSeconds(revocations.list.issuedAt, at);
  return draft;
}

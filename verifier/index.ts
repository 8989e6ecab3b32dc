import { base64url, utf8 } from '#core/bytes';
import { instant } from '#core/dates';
import { parseRecordText } from '#core/record/parse-record';
import type { RecordLeaf } from '#core/record/record';
import { parseEvidence, type Attestation } from '#core/sign/evidence';
import { leafHash } from '#core/tree/hash';
import type { AttestationCache } from './attestation-cache.ts';
import { attestationVerdict } from './attestation-verdict.ts';
import type { Crypto } from './crypto-port.ts';
import type { Crl } from './der/crl.ts';
import type { OcspResponse } from './der/ocsp.ts';
import { campaignsAgree, openingHolds } from './evidence/agreement.ts';
import type { ReadEvidence } from './evidence/frames.ts';
import { namesRecord } from './evidence/names-record.ts';
import { unitRuleForRecord } from './evidence/unit-rule.ts';
import { read, reasonsOf, worstWord, type Finding } from './finding.ts';
import type { Judgement } from './judge-attestation.ts';
import { judgeAttestations, type Judgements } from './judge-attestations.ts';
import { judgeStatus, type StatusAnswer } from './status/judge-status.ts';
import type { StatusReading } from './status/read-status.ts';
import { ageSeconds } from './time.ts';
import type { TrustReading } from './trust/read-trust.ts';
import type { Verdict } from './verdict.ts';

export type VerifyOptions = {
  readonly crypto: Crypto;
  /** the judged time: now, unless someone asks about another */
  readonly at: Date;
  /** from readTrust, at the same time */
  readonly trust: TrustReading;
  /** from readStatus, at the same time; null where no status file was handed in */
  readonly status: StatusReading | null;
  /** beside those in the evidence */
  readonly crls: readonly Crl[];
  readonly ocsp?: readonly OcspResponse[];
  /** accept "signed; present status unknown" in place of a fresh status list */
  readonly offline: boolean;
  /** refuse signers whose key is not on a token, as the trust list has it */
  readonly requireToken?: boolean;
  /** hand in one for many records of few batches */
  readonly cache?: AttestationCache;
};

/**
 * Judges a file of evidence: every statement that was signed names the record, each signed by somebody who may speak for that unit, and
 * nothing has been taken back since. Never throws for what stands in the bytes; everything that is wrong is in the verdict.
 */
export async function verifyEvidence(bytes: Uint8Array, options: VerifyOptions): Promise<Verdict> {
  const findings: Finding[] = [...options.trust.findings];
  const received = read(() => readEvidence(bytes, options.cache), findings);
  if (!received) return { ...summary(findings), attestations: [] };

  const { evidence } = received;
  const record = read(() => parseRecordText(evidence.record), findings);
  const leaf = leafHash(options.crypto.sha256, utf8(evidence.record));
  const judgements = await judgeSigned(received, options);
  const attestations = evidence.attestations.map((attestation, i) => {
    const judgement = judgements.attestations[i] as Judgement;
    return attestationVerdict(
      judgement,
      recordFindings(record, leaf, attestation, judgement, options.crypto),
    );
  });
  findings.push(...attestations.flatMap((attestation) => attestation.findings), ...judgements.findings);
  if (record) findings.push(...openingHolds(record, evidence.opening, options.crypto));
  const status = record && askStatus(record, leaf, judgements.attestations, options);
  findings.push(...(status?.findings ?? []));

  return {
    ...summary(findings),
    attestations: attestations.map(({ verdict }) => verdict),
    ...(record && {
      recordId: record.recordId,
      recordVersion: record.version,
      district: record.residence.district,
    }),
    leafHash: base64url(leaf),
    ...(options.trust.ageSeconds !== null && { trustAge: options.trust.ageSeconds }),
    ...(status?.list && { statusAge: ageSeconds(status.list.issuedAt, options.at) }),
  };
}

function readEvidence(bytes: Uint8Array, cache: AttestationCache | undefined): ReadEvidence {
  return cache ? cache.frames.read(bytes) : { evidence: parseEvidence(bytes), frame: null };
}

/** One object, by which a cache knows it again. */
const NONE: readonly OcspResponse[] = [];

function judgeSigned(
  { evidence, frame }: ReadEvidence,
  { trust, crls, ocsp = NONE, at, crypto, requireToken = false, cache }: VerifyOptions,
): Promise<Judgements> {
  const judging = { trust: trust.trust, handedIn: { crls, ocsp }, at: instant(at), crypto, requireToken };
  return judgeAttestations(evidence, judging, cache, frame);
}

/** What ties one attestation to this record. */
function recordFindings(
  record: RecordLeaf | null,
  leaf: Uint8Array,
  { proof }: Attestation,
  { statement }: Judgement,
  crypto: Crypto,
): Finding[] {
  if (!statement) return [];
  const findings = namesRecord(leaf, proof, statement, crypto);
  return record
    ? [...findings, ...unitRuleForRecord(record, statement), ...campaignsAgree(record, statement)]
    : findings;
}

function askStatus(
  record: RecordLeaf,
  leaf: Uint8Array,
  judgements: readonly Judgement[],
  options: VerifyOptions,
): StatusAnswer {
  const batchIds = judgements.flatMap(({ statement }) => statement?.batchId ?? []);
  const { status, at, offline } = options;
  return judgeStatus({
    district: record.residence.district,
    leafHash: base64url(leaf),
    batchIds,
    status,
    at,
    offline,
  });
}

function summary(findings: readonly Finding[]): Pick<Verdict, 'verdict' | 'reasons' | 'details'> {
  return {
    verdict: worstWord(findings.map(({ verdict }) => verdict)),
    reasons: reasonsOf(findings),
    details: findings.map(({ code, detail }) => (detail === undefined ? code : `${code}: ${detail}`)),
  };
}

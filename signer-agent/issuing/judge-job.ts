import { base64url, fromBase64, utf8 } from '#core/bytes';
import { sigStructure } from '#core/certificate/cose';
import { parseRecordText } from '#core/record/parse-record';
import type { RecordLeaf } from '#core/record/record';
import { Refusal } from '#core/refusal';
import type { Job } from '#core/wire/issuing';
import { revocationHash } from '#core/certificate/uvci';
import type { AttestationCache } from '#verifier/attestation-cache';
import { nodeCrypto, sha256 } from '#verifier/crypto-node';
import type { Certificate } from '#verifier/der/certificate';
import type { Crl } from '#verifier/der/crl';
import { verifyEvidence } from '#verifier/index';
import type { StatusReading } from '#verifier/status/read-status';
import type { TrustReading } from '#verifier/trust/read-trust';
import { certificatesOf, type CurrentAnswers } from './current-answers.ts';
import type { IssuingKey } from './issuing-key.ts';
import { OpenQuestion } from './passing-refusals.ts';
import { demandPolicy, type Policy } from './policy.ts';
import { rebuildClaims } from './rebuild-claims.ts';

/** What the worker judges jobs by, at one instant: its own trust, its own policy, its own keys. */
export type Ground = {
  readonly at: Date;
  readonly trust: TrustReading;
  readonly policy: Policy;
  /** by kid */
  readonly keys: ReadonlyMap<string, IssuingKey>;
  /** refuse units' signatures of keys in software */
  readonly requireToken: boolean;
  readonly cache: AttestationCache;
  /** the district's, fresh or with what is wrong with it */
  readonly statusOf: (district: string) => Promise<StatusReading | null>;
  /** the newest of the issuers among these */
  readonly crlsFor: (certificates: readonly Certificate[]) => Promise<readonly Crl[]>;
  readonly answers: CurrentAnswers;
};

/** What is to be signed, all of it made here. */
export type Order = {
  readonly certificateId: string;
  readonly recordId: string;
  readonly version: number;
  readonly renewal: number;
  readonly key: IssuingKey;
  /** base64url */
  readonly claimsSha256: string;
  /** what a revocation list would hold, base64url: of 16 bytes */
  readonly uvciHash: string;
  /** COSE's Sig_structure (RFC 9052 §4.4) */
  readonly message: Uint8Array;
};

/**
 * Decides alone whether a certificate may be made: the record must be signed by whom the policy asks for and hold today, and the claims
 * must be those that it gives.
 * @throws Refusal DOCUMENT_SIGNER_UNKNOWN, POLICY_NOT_MET; of the verdict on the evidence, OpenQuestion where that is undetermined; of
 *   rebuildClaims
 */
export async function judgeJob(job: Job, ground: Ground): Promise<Order> {
  const { certificateId, kid, renewal } = job;
  const key = ground.keys.get(kid);
  if (!key) throw new Refusal('DOCUMENT_SIGNER_UNKNOWN', { detail: kid });
  const record = await provenRecord(utf8(job.evidence), ground);
  const { claims, identifier } = rebuildClaims(
    fromBase64(job.claims) ?? new Uint8Array(),
    record,
    key,
    ground.at,
  );
  return {
    certificateId,
    recordId: record.recordId,
    version: record.version,
    renewal,
    key,
    claimsSha256: base64url(sha256(claims)),
    uvciHash: base64url(revocationHash(sha256, identifier)),
    message: sigStructure(key.protectedBytes, claims),
  };
}

async function provenRecord(evidence: Uint8Array, ground: Ground): Promise<RecordLeaf> {
  const { at, trust, cache, requireToken, answers } = ground;
  const read = cache.frames.read(evidence).evidence;
  const record = parseRecordText(read.record);
  const material = cache.material(read.material);
  const crls = await ground.crlsFor(certificatesOf(read, material));
  const verdict = await verifyEvidence(evidence, {
    crypto: nodeCrypto,
    at,
    trust,
    status: await ground.statusOf(record.residence.district),
    crls,
    offline: false,
    requireToken,
    cache,
  });
  const [reason = 'INTERNAL'] = verdict.reasons;
  const detail = verdict.details.join('; ');
  if (verdict.verdict === 'undetermined') throw new OpenQuestion(reason, { detail });
  if (verdict.verdict !== 'valid') throw new Refusal(reason, { detail });
  if (trust.trust) await answers.demand(read, verdict, { trust: trust.trust, material, crls, at });
  demandPolicy(verdict, ground.policy);
  return record;
}

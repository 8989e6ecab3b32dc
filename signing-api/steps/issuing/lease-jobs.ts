import { v7 as uuidv7 } from 'uuid';
import { base64 } from '#core/bytes';
import { expiryOf } from '#core/certificate/claims';
import { instant } from '#core/dates';
import { parseRecordText } from '#core/record/parse-record';
import { splitStreamLine } from '#core/record/stream-line';
import { isRefusal, type RefusalCode } from '#core/refusal';
import type { Job, Lease, NewLease } from '#core/wire/issuing';
import type { Caller } from '../../caller.ts';
import type { Service } from '../../service.ts';
import {
  countWaiting,
  fixClaims,
  leasedAttestations,
  leasedJobs,
  refuseJobs,
  releaseJobs,
  takeJobs,
  type LeasedAttestation,
  type LeasedJob,
  type NewClaims,
  type NewRefusal,
} from '../../store/certificate-jobs.ts';
import { lineRowId } from '../complete-versions.ts';
import { chooseKey, covers, issuingKeys, maySign, type IssuingKey } from './choose-key.ts';
import { EvidenceMaker } from './job-evidence.ts';
import { claimsRowId, makeClaims, type Term } from './make-claims.ts';
import { LEASE_MS, notePutOff } from './put-off.ts';
import { kindsOf } from '../../issuing-policy.ts';

/** Workers refuse claims that are older than a week. */
const OLD_MS = 6 * 86_400_000;
/** Evidence may carry CRLs of megabytes: past this the rest of the jobs goes back. */
const MAX_EVIDENCE_TOGETHER = 24 * 1024 * 1024;
/** More are not counted: a worker asks whether it should hurry. */
const MOST_COUNTED = 10_000;

/**
 * Hands out jobs for keys that the worker has: whoever asks next gets others, until the lease runs out. What can never be a certificate is
 * refused here, one by one; what only cannot be now, because a CRL is not fresh, waits for the next lease.
 * @throws Refusal CERTIFICATE_KEY_NONE, DOCUMENT_SIGNERS_*, TRUST_*
 */
export async function leaseJobs(service: Service, caller: Caller, asked: NewLease): Promise<Lease> {
  const { db } = service;
  const at = service.clock();
  const trust = await service.trust.trust(at);
  const keys = issuingKeys(await service.documentSigners.fresh(trust, at));
  const issuedAt = Math.floor(at.getTime() / 1000);
  const term: Term = { issuedAt, expiresAt: expiryOf(issuedAt) };
  const key = chooseKey(keys, asked.kids, ofSeconds(term.issuedAt), ofSeconds(term.expiresAt));
  const leaseId = uuidv7();
  const until = new Date(at.getTime() + LEASE_MS);
  const tooOld = new Date(at.getTime() - OLD_MS);
  const kids = asked.kids.map((kid) => Buffer.from(kid, 'base64url'));
  const living = keys.filter((one) => maySign(one, instant(at)));
  const { max, workerId } = asked;
  const taking = {
    leaseId,
    workerId,
    by: caller.keyId,
    at,
    until,
    max,
    kids,
    takeFresh: key !== null,
    living: living.map(({ kid }) => Buffer.from(kid, 'base64url')),
    tooOld,
  };
  const taken = await db.transaction((tx) => takeJobs(tx, taking));
  const jobs =
    taken === 0
      ? []
      : await new LeaseRun(service, { leaseId, tooOld, kids: asked.kids, keys, key, term, at }).jobs();
  return { leaseId, expiresAt: instant(until), jobs, waiting: await countWaiting(db, at, MOST_COUNTED) };
}

type Run = {
  readonly leaseId: string;
  readonly tooOld: Date;
  /** that the worker has */
  readonly kids: readonly string[];
  readonly keys: readonly IssuingKey[];
  readonly key: IssuingKey | null;
  readonly term: Term;
  readonly at: Date;
};

type FixedClaims = { readonly kid: string; readonly bytes: Uint8Array; readonly fresh: NewClaims | null };
type Content = FixedClaims & { /** exact leaf bytes, as text */ readonly leaf: string };
type Made = { readonly job: Job; readonly fresh: NewClaims | null };
/** What a leased job comes to. */
type Outcome = Made | { readonly refusal: RefusalCode } | { readonly later: RefusalCode } | 'back';

class LeaseRun {
  readonly #service: Service;
  readonly #run: Run;

  constructor(service: Service, run: Run) {
    this.#service = service;
    this.#run = run;
  }

  async jobs(): Promise<Job[]> {
    const { db } = this.#service;
    const { leaseId, tooOld } = this.#run;
    const signatures = new Map<string, LeasedAttestation[]>();
    const attestations = await leasedAttestations(db, leaseId, this.#kinds());
    for (const one of attestations) {
      const known = signatures.get(one.certificateId);
      if (known) known.push(one);
      else signatures.set(one.certificateId, [one]);
    }
    const evidence = await EvidenceMaker.now(this.#service, attestations);
    const made: Made[] = [];
    const refusals: NewRefusal[] = [];
    const back: string[] = [];
    const putOff: RefusalCode[] = [];
    let characters = 0;
    for (const leased of await leasedJobs(db, leaseId, tooOld)) {
      const { certificateId } = leased;
      const outcome =
        characters > MAX_EVIDENCE_TOGETHER
          ? 'back'
          : await this.#make(leased, signatures.get(certificateId) ?? [], evidence);
      if (outcome === 'back') back.push(certificateId);
      else if ('refusal' in outcome) refusals.push({ certificateId, code: outcome.refusal });
      else if ('later' in outcome) putOff.push(outcome.later);
      else {
        made.push(outcome);
        characters += outcome.job.evidence.length;
      }
    }
    notePutOff(db, putOff, this.#run.at);
    return this.#keep(made, refusals, back);
  }

  async #make(
    leased: LeasedJob,
    signed: readonly LeasedAttestation[],
    evidence: EvidenceMaker,
  ): Promise<Outcome> {
    if (leased.isTakenBack) return { refusal: 'RECORD_WITHDRAWN' };
    if (leased.isSuperseded || !leased.sealedLine) return { refusal: 'RECORD_SUPERSEDED' };
    if (signed.length < this.#kinds().length) return { refusal: 'POLICY_NOT_MET' };
    const content = this.#contentOf(leased, leased.sealedLine);
    if (content === null) return 'back';
    if ('refusal' in content) return content;
    const { leaf, kid, bytes, fresh } = content;
    const proof = await evidence.make(leaf, signed);
    if ('code' in proof) return proof.isPassing ? { later: proof.code } : { refusal: proof.code };
    const { certificateId, renewal } = leased;
    return { job: { certificateId, kid, renewal, evidence: proof.text, claims: base64(bytes) }, fresh };
  }

  /** What cannot be read or issued keeps no other job from being leased. @returns null where none of the worker's keys may sign */
  #contentOf(leased: LeasedJob, sealedLine: Buffer): Content | { readonly refusal: RefusalCode } | null {
    const { recordId, version } = leased;
    try {
      const line = this.#service.sealer.open(sealedLine, lineRowId(recordId, version)).toString('utf8');
      const { leaf } = splitStreamLine(line);
      const claims = this.#fixedClaims(leased) ?? this.#newClaims(leased, leaf);
      return claims && { leaf, ...claims };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return { refusal: error.code };
    }
  }

  /** Those of an earlier lease, as long as the worker has their key and it may sign them: whoever signed them and was not heard signs the same again. */
  #fixedClaims(leased: LeasedJob): FixedClaims | null {
    const { certificateId, kid, claimsSha256, sealedClaims, issuedAt, expires } = leased;
    if (!kid || !claimsSha256 || !sealedClaims || !issuedAt || !expires) return null;
    const name = kid.toString('base64url');
    const { kids, keys } = this.#run;
    const mayStill = keys.some((key) => key.kid === name && covers(key, instant(issuedAt), instant(expires)));
    if (!mayStill || !kids.includes(name)) return null;
    const bytes = this.#service.sealer.open(sealedClaims, claimsRowId(certificateId, claimsSha256));
    return { kid: name, bytes, fresh: null };
  }

  #newClaims(leased: LeasedJob, leaf: string): FixedClaims | null {
    const { key, term } = this.#run;
    if (!key) return null;
    const fresh = makeClaims(this.#service, leased, parseRecordText(leaf), key, term);
    return { kid: key.kid, bytes: fresh.bytes, fresh };
  }

  /** What stands is handed out: a job that somebody else has by now is not. */
  async #keep(
    made: readonly Made[],
    refusals: readonly NewRefusal[],
    back: readonly string[],
  ): Promise<Job[]> {
    const { leaseId, at } = this.#run;
    const fresh = made.flatMap((one) => one.fresh ?? []);
    const fixed = await this.#service.db.transaction(async (tx) => {
      if (refusals.length > 0) await refuseJobs(tx, leaseId, refusals, at);
      if (back.length > 0) await releaseJobs(tx, leaseId, back);
      return fixClaims(tx, leaseId, fresh, at);
    });
    return made.filter((one) => !one.fresh || fixed.has(one.job.certificateId)).map(({ job }) => job);
  }

  #kinds() {
    return kindsOf(this.#service.config.issuingPolicy);
  }
}

function ofSeconds(seconds: number): string {
  return instant(new Date(seconds * 1000));
}

import { fromBase64 } from '#core/bytes';
import { instant } from '#core/dates';
import type { Attestation, Evidence } from '#core/sign/evidence';
import { nodeCrypto } from '#verifier/crypto-node';
import type { Certificate } from '#verifier/der/certificate';
import type { Crl } from '#verifier/der/crl';
import type { FoundMaterial } from '#verifier/evidence/material';
import { readStampedCms } from '#verifier/evidence/read-cms';
import { PathSearch } from '#verifier/path/candidate-paths';
import { findPath } from '#verifier/path/find-path';
import { signerPolicy } from '#verifier/path/path-policy';
import { checkRevocation, type RevocationData } from '#verifier/revocation/check-revocation';
import { rootsAt, type Trust } from '#verifier/trust/trust';
import type { Verdict } from '#verifier/verdict';
import { OpenQuestion } from './passing-refusals.ts';

type Judged = {
  readonly trust: Trust;
  readonly material: FoundMaterial;
  readonly crls: readonly Crl[];
  readonly at: Date;
};

/**
 * What was proven to be signed at a time in the past is judged by answers from any time since, so that whoever withholds the newest CRL
 * would withhold a revocation. Here an answer in force now is wanted for each certificate on the signer's path, whatever it says: what
 * it says was judged before.
 */
export class CurrentAnswers {
  readonly #known = new WeakMap<FoundMaterial, Map<string, Promise<boolean>>>();

  /** @throws OpenQuestion REVOCATION_UNKNOWN */
  async demand(evidence: Evidence, verdict: Verdict, judged: Judged): Promise<void> {
    for (const [i, attestation] of evidence.attestations.entries()) {
      const { timeSource, judgedTime = '' } = verdict.attestations[i] ?? {};
      if (timeSource !== 'timestamp') continue;
      if (!(await this.#areThere(attestation, judgedTime, judged)))
        throw new OpenQuestion('REVOCATION_UNKNOWN', { detail: 'stamped, and no answer in force now' });
    }
  }

  #areThere({ signature }: Attestation, provenTime: string, judged: Judged): Promise<boolean> {
    const known = this.#known.get(judged.material) ?? new Map<string, Promise<boolean>>();
    this.#known.set(judged.material, known);
    const answer = known.get(signature) ?? areAnswersInForce(signature, provenTime, judged);
    known.set(signature, answer);
    return answer;
  }
}

async function areAnswersInForce(
  signature: string,
  provenTime: string,
  { trust, material, crls, at }: Judged,
): Promise<boolean> {
  const cms = readStampedCms(fromBase64(signature) ?? new Uint8Array());
  const now = instant(at);
  const policy = signerPolicy(trust.list.algorithms);
  const anchors = { roots: rootsAt(trust, provenTime), pool: [...cms.others, ...material.certificates] };
  const answers: RevocationData = { embedded: material, handedIn: { crls, ocsp: [] } };
  const claimedTime = cms.attributes.signingTime;
  // as it was judged
  const { path } = await findPath({
    ...{ ...anchors, end: cms.signer, policy, at: provenTime, answersUntil: now, isProven: true },
    ...{ claimedTime, revocation: 'require', answers, crypto: nodeCrypto },
  });
  if (!path) return false;
  const search = new PathSearch(anchors, policy.maxLength, nodeCrypto);
  const today = { path, at: now, claimedTime, policy, crypto: nodeCrypto };
  const { findings } = await checkRevocation(today, answers, search);
  return findings.every(({ code }) => code !== 'REVOCATION_UNKNOWN');
}

/** The certificates of evidence, also those inside of its signatures: an issuer may stand in either. */
export function certificatesOf(
  { attestations }: Pick<Evidence, 'attestations'>,
  { certificates }: FoundMaterial,
): Certificate[] {
  const inside = attestations.flatMap(({ signature }) => othersIn(signature));
  return [...new Set([...certificates, ...inside])];
}

function othersIn(signature: string): readonly Certificate[] {
  try {
    return readStampedCms(fromBase64(signature) ?? new Uint8Array()).others;
  } catch {
    // the verdict tells what is wrong with it
    return [];
  }
}

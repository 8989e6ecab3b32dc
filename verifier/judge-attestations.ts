import { fromBase64, utf8 } from '#core/bytes';
import type { Evidence } from '#core/sign/evidence';
import type { AttestationCache } from './attestation-cache.ts';
import type { Crypto } from './crypto-port.ts';
import type { Frame } from './evidence/frames.ts';
import { kindsDiffer } from './evidence/agreement.ts';
import { inOneOrder, nothingUnused, readMaterial } from './evidence/material.ts';
import type { Finding } from './finding.ts';
import { judgeAttestation, type Judgement } from './judge-attestation.ts';
import type { Answers } from './revocation/check-revocation.ts';
import type { Trust } from './trust/trust.ts';

/** All of an evidence file that does not depend on its record: the same for every record of a batch. */
export type Judgements = {
  readonly attestations: readonly Judgement[];
  /** about the material and about the attestations together */
  readonly findings: readonly Finding[];
};

export type JudgingOptions = {
  readonly trust: Trust | null;
  /** beside those in the evidence; the caller does not change these lists while a cache knows them */
  readonly handedIn: Answers;
  /** the judged time, an instant */
  readonly at: string;
  readonly crypto: Crypto;
  readonly requireToken: boolean;
};

type Signed = Pick<Evidence, 'attestations' | 'material'>;

/** @param frame stands for all of `signed` where that was read before (evidence/frames.ts) */
export function judgeAttestations(
  signed: Signed,
  options: JudgingOptions,
  cache?: AttestationCache,
  frame: Frame | null = null,
): Promise<Judgements> {
  if (!cache) return judge(signed, options);
  // an item is signed for its record alone, so only its chain and its material come again
  if (signed.attestations.some(({ proof }) => !proof)) return judge(signed, options, cache);
  const { at, trust, handedIn, crypto, requireToken } = options;
  const context = [at, trust ?? NO_TRUST, handedIn.crls, handedIn.ocsp, crypto, String(requireToken)];
  return cache.judge([...context, ...(frame ? [frame] : texts(signed))], () => judge(signed, options));
}

async function judge(
  signed: Signed,
  { trust, handedIn, at, crypto, requireToken }: JudgingOptions,
  cache?: AttestationCache,
): Promise<Judgements> {
  const material = cache ? cache.material(signed.material) : readMaterial(signed.material);
  const attestations: Judgement[] = [];
  for (const { statement, signature } of signed.attestations) {
    const input = {
      statementBytes: utf8(statement),
      cms: fromBase64(signature) ?? new Uint8Array(),
      certificates: material.certificates,
      answers: { embedded: inOneOrder(material), handedIn: inOneOrder(handedIn) },
    };
    attestations.push(
      await judgeAttestation({
        ...input,
        ...{ trust, at, crypto, requireToken, stamps: 'judged', chains: cache?.chains },
      }),
    );
  }
  const findings = [
    ...material.findings,
    ...kindsDiffer(attestations.map(({ statement }) => statement)),
    ...nothingUnused(
      signed,
      material,
      attestations.map(({ used }) => used),
    ),
  ];
  return { attestations, findings };
}

const NO_TRUST = {};

/** Everything that `judge` reads. Each list is preceded by its length, so that nothing can pass from one to the next. */
function texts({ attestations, material }: Signed): string[] {
  const list = (items: readonly string[]) => [String(items.length), ...items];
  return [
    ...list(
      attestations.flatMap(({ statement, signature, log }) => [statement, signature, log ? 'log' : 'no log']),
    ),
    ...list(material.certificates),
    ...list(material.crls),
    ...list(material.ocsp),
  ];
}

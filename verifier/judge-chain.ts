import { sameBytes } from '#core/bytes';
import type { KeyStorage } from '#core/sign/fields';
import type { Statement } from '#core/sign/item-statement';
import type { Crypto } from './crypto-port.ts';
import type { Certificate } from './der/certificate.ts';
import type { Cms } from './evidence/read-cms.ts';
import { unitRuleForSigner } from './evidence/unit-rule.ts';
import { invalid, type Finding } from './finding.ts';
import type { Path } from './path/candidate-paths.ts';
import { findPath } from './path/find-path.ts';
import { signerPolicy } from './path/path-policy.ts';
import type { Answers, RevocationData } from './revocation/check-revocation.ts';
import { usedAnswers } from './used-answers.ts';
import { rootsAt, signerRows, type Trust } from './trust/trust.ts';

export type ChainInput = {
  /** certificates beside those in the CMS */
  readonly certificates: readonly Certificate[];
  readonly answers: RevocationData;
  readonly trust: Trust;
  /** the judged time, an instant */
  readonly at: string;
  /** where `at` is a proven time: when it is asked, and until when answers on revocation may come */
  readonly provenUntil?: string | undefined;
  readonly crypto: Crypto;
};

/** What is said of whoever signed, whatever he signed for his unit. */
export type Chain = {
  readonly findings: readonly Finding[];
  readonly keyStorage: KeyStorage | null;
  /** null where no path to a root was found; then nothing can be said about what belongs to it */
  readonly used: UsedMaterial | null;
};

export type UsedMaterial = {
  /** of `certificates` handed in, those on the path, in path order */
  readonly certificates: readonly Certificate[];
  /** DER of the CRLs that counted, in path order */
  readonly crls: readonly Uint8Array[];
  /** DER of the OCSP answers that counted, in path order, in the form that evidence has */
  readonly ocsp: readonly Uint8Array[];
  /** of the embedded ones, those that belong to the path */
  readonly belonging: Answers;
};

/** Path, revocation, unit: whether the signer may speak for the unit of the statement at the judged time. */
export async function judgeChain(
  cms: Cms,
  statement: Pick<Statement, 'kind' | 'unit'> | null,
  { trust, at, provenUntil, crypto, certificates, answers }: ChainInput,
): Promise<Chain> {
  const { signatures } = trust.list.algorithms;
  const policy = signerPolicy(trust.list.algorithms);
  const pool = [...cms.others, ...certificates];
  const answer = await findPath({
    end: cms.signer,
    pool,
    roots: rootsAt(trust, at),
    policy,
    at,
    ...(provenUntil === undefined ? {} : { answersUntil: provenUntil, isProven: true }),
    claimedTime: cms.attributes.signingTime,
    revocation: 'require',
    answers,
    crypto,
  });
  const { path, revocation } = answer;
  if (!path) return { findings: answer.findings, keyStorage: null, used: null };
  const answered = usedAnswers(revocation);
  const unit = unitRuleForSigner(signerRows(trust, path[0], path[1], at, crypto), statement);
  const findings = [
    ...(signatures.some((accepted) => accepted === cms.algorithm.algorithm)
      ? []
      : [invalid('SIGNER_ALGORITHM', cms.algorithm.algorithm)]),
    ...answer.findings,
    ...unit.findings,
    ...strangersInCms(cms, path),
    ...answered.findings,
  ];
  return {
    findings,
    keyStorage: unit.keyStorage,
    used: { certificates: beside(cms, certificates, path), ...answered.used },
  };
}

/** A signature carries its path and nothing else. */
function strangersInCms(cms: Cms, path: Path): Finding[] {
  const stranger = cms.others.some((certificate) => !path.slice(0, -1).includes(certificate));
  return stranger
    ? [invalid('EVIDENCE_UNUSED_MATERIAL', 'a certificate in the signature is not on its path')]
    : [];
}

/** What the path takes from outside the signature; a certificate that also stands inside is not needed from outside. */
function beside(cms: Cms, certificates: readonly Certificate[], path: Path): Certificate[] {
  const inside = ({ der }: Certificate) => cms.others.some((other) => sameBytes(other.der, der));
  return path
    .slice(1, -1)
    .filter((certificate) => certificates.includes(certificate) && !inside(certificate));
}

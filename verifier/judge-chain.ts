import { sameBytes } from '#core/bytes';
import type { KeyStorage } from '#core/sign/fields';
import type { Statement } from '#core/sign/item-statement';
import type { Crypto } from './crypto-port.ts';
import type { Certificate } from './der/certificate.ts';
import type { Crl } from './der/crl.ts';
import type { Cms } from './evidence/read-cms.ts';
import { unitRuleForSigner } from './evidence/unit-rule.ts';
import { invalid, type Finding } from './finding.ts';
import { buildPath, type Path } from './path/build-path.ts';
import { judgePath, type JudgedPath } from './path/judge-path.ts';
import { checkRevocation, type Crls } from './revocation/check-revocation.ts';
import { rootsAt, signerRows, type Trust } from './trust/trust.ts';

export type ChainInput = {
  /** certificates beside those in the CMS */
  readonly certificates: readonly Certificate[];
  readonly crls: Crls;
  readonly trust: Trust;
  /** the judged time, an instant */
  readonly at: string;
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
  /** the CRLs that answered, in path order */
  readonly consulted: readonly Crl[];
  /** of the embedded CRLs, those that belong to the path */
  readonly belonging: readonly Crl[];
};

/** Path, revocation, unit: whether the signer may speak for the unit of the statement at the judged time. */
export async function judgeChain(
  cms: Cms,
  statement: Pick<Statement, 'kind' | 'unit'> | null,
  { trust, at, crypto, certificates, crls }: ChainInput,
): Promise<Chain> {
  const path = buildPath(cms.signer, [...cms.others, ...certificates], rootsAt(trust, at));
  if ('code' in path) return { findings: [path], keyStorage: null, used: null };
  const { signatures, minRsaBits } = trust.list.algorithms;
  const policy = { signatures, minRsaBits };
  const judged: JudgedPath = { path, at, claimedTime: cms.attributes.signingTime, policy, crypto };
  const revocation = await checkRevocation(judged, crls);
  const unit = unitRuleForSigner(signerRows(trust, path[0], path[1], at, crypto), statement);
  const findings = [
    ...(signatures.includes(cms.algorithm.algorithm)
      ? []
      : [invalid('SIGNER_ALGORITHM', cms.algorithm.algorithm)]),
    ...(await judgePath(judged)),
    ...revocation.findings,
    ...unit.findings,
    ...strangersInCms(cms, path),
  ];
  const { consulted, belonging } = revocation;
  return {
    findings,
    keyStorage: unit.keyStorage,
    used: { certificates: beside(cms, certificates, path), consulted, belonging },
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

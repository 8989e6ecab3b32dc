import { base64url, sameBytes } from '#core/bytes';
import { shortDigest } from '#core/sign/short-digest';
import { parseStatement, type ListStatement } from '#core/sign/statement';
import type { KeyStorage } from '#core/sign/fields';
import type { Crypto } from './crypto-port.ts';
import type { Certificate } from './der/certificate.ts';
import type { Crl } from './der/crl.ts';
import { commonName } from './der/name.ts';
import { checkCms } from './evidence/check-cms.ts';
import { readCms, type Cms } from './evidence/read-cms.ts';
import { unitRuleForSigner } from './evidence/unit-rule.ts';
import { invalid, read, type Finding } from './finding.ts';
import { buildPath, type Path } from './path/build-path.ts';
import { judgePath, type JudgedPath } from './path/judge-path.ts';
import { checkRevocation, type Crls } from './revocation/check-revocation.ts';
import { rootsAt, signerRows, type Trust } from './trust/trust.ts';

export type AttestationInput = {
  readonly statementBytes: Uint8Array;
  readonly cms: Uint8Array;
  /** certificates beside those in the CMS */
  readonly certificates: readonly Certificate[];
  readonly crls: Crls;
  /** null where the trust list may not be believed: then only form and signature value are judged */
  readonly trust: Trust | null;
  /** the judged time, an instant */
  readonly at: string;
  readonly crypto: Crypto;
};

/** Everything about one statement and its signature that does not depend on a record. */
export type Judgement = {
  readonly findings: readonly Finding[];
  readonly statement: ListStatement | null;
  readonly shortDigest: string;
  readonly signer: { readonly name: string; readonly sha256: string; readonly claimedTime: string } | null;
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

/** Statement, form, signature, path, revocation, unit: in this order, all that is wrong at once. */
export async function judgeAttestation(input: AttestationInput): Promise<Judgement> {
  const { statementBytes, trust, crypto } = input;
  const findings: Finding[] = [];
  const statement = read(() => parseStatement(statementBytes), findings);
  const cms = read(() => readCms(input.cms), findings);
  if (statement && statement.mode !== 'list')
    findings.push(invalid('STATEMENT_MALFORMED', 'only lists are signed as lists'));
  if (statement && trust && statement.instance !== trust.list.instance)
    findings.push(invalid('TRUST_OF_OTHER_INSTANCE', statement.instance));
  if (cms) findings.push(...(await checkCms(cms, statementBytes, crypto)));
  const chain = cms && trust ? await judgeChain(cms, trust, statement, input) : null;
  return {
    findings: [...findings, ...(chain?.findings ?? [])],
    statement,
    shortDigest: shortDigest(crypto.sha256(statementBytes)),
    signer: cms && {
      name: commonName(cms.signer.subject),
      sha256: base64url(crypto.sha256(cms.signer.der)),
      claimedTime: cms.attributes.signingTime,
    },
    keyStorage: chain?.keyStorage ?? null,
    used: chain?.used ?? null,
  };
}

type Chain = Pick<Judgement, 'findings' | 'keyStorage' | 'used'>;

async function judgeChain(
  cms: Cms,
  trust: Trust,
  statement: ListStatement | null,
  input: AttestationInput,
): Promise<Chain> {
  const { at, crypto, certificates, crls } = input;
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

import type { Certificate } from '../der/certificate.ts';
import type { Crl } from '../der/crl.ts';
import { invalid, undetermined, type Finding } from '../finding.ts';
import type { JudgedPath } from '../path/judge-path.ts';
import { isSignedBy, whyIncomplete, whyNotCovering } from './usable-crl.ts';

/** CRLs that came with the evidence, and those that the caller has beside it. */
export type Crls = { readonly embedded: readonly Crl[]; readonly handedIn: readonly Crl[] };

export type Revocation = {
  readonly findings: readonly Finding[];
  /** the CRLs that answered, in path order */
  readonly consulted: readonly Crl[];
  /**
   * The embedded CRLs that belong to the path: per issuer the newest complete one that it signed. One that a newer handed-in CRL overtakes, or
   * that has run out, still belongs.
   */
  readonly belonging: readonly Crl[];
};

/** The signer's and every intermediate's state at the judged time, each by a CRL of its own issuer (RFC 5280 §6.3). */
export async function checkRevocation(judged: JudgedPath, crls: Crls): Promise<Revocation> {
  const findings: Finding[] = [];
  const consulted: Crl[] = [];
  const belonging: Crl[] = [];
  for (const [i, issuer] of judged.path.slice(1).entries()) {
    const certificate = judged.path[i] as Certificate;
    const authentic = await bestFirst([...crls.handedIn, ...crls.embedded], issuer, judged);
    const embedded = authentic.find((crl) => crls.embedded.includes(crl));
    if (embedded) belonging.push(embedded);
    const crl = authentic.find(({ thisUpdate }) => thisUpdate <= judged.at) ?? authentic[0];
    const why = crl
      ? (whyIncomplete(crl, issuer, judged.policy) ??
        whyNotCovering(crl, judged.at) ??
        whyOvertaken(crl, authentic, certificate.serial, judged.at))
      : 'no CRL of its issuer';
    if (!crl || why !== null) {
      findings.push(undetermined('REVOCATION_UNKNOWN', `certificate ${i} of the path: ${why ?? ''}`));
      continue;
    }
    consulted.push(crl);
    findings.push(...revocationFinding(crl.revoked.get(certificate.serial), i === 0, judged));
  }
  return { findings, consulted, belonging };
}

/** The CRLs that the issuer signed: complete ones first, of those the newest; among equals the one handed in. */
async function bestFirst(
  crls: readonly Crl[],
  issuer: Certificate,
  { policy, crypto }: JudgedPath,
): Promise<Crl[]> {
  const authentic: { crl: Crl; complete: boolean }[] = [];
  for (const crl of crls)
    if (await isSignedBy(crl, issuer, crypto))
      authentic.push({ crl, complete: whyIncomplete(crl, issuer, policy) === null });
  const newer = (a: Crl, b: Crl) => (a.thisUpdate < b.thisUpdate ? 1 : a.thisUpdate > b.thisUpdate ? -1 : 0);
  return authentic
    .sort((a, b) => Number(b.complete) - Number(a.complete) || newer(a.crl, b.crl))
    .map(({ crl }) => crl);
}

/** A later delta or partial CRL that names the certificate says something else, which is not understood. */
function whyOvertaken(crl: Crl, authentic: readonly Crl[], serial: string, at: string): string | null {
  const later = authentic.filter(({ thisUpdate }) => thisUpdate > crl.thisUpdate && thisUpdate <= at);
  return later.some(({ revoked }) => revoked.has(serial)) ? 'a later delta or partial CRL names it' : null;
}

/** A signer revoked after its claimed time leaves the question open: it may have signed before, nothing proves it. */
function revocationFinding(
  revokedAt: string | undefined,
  isSigner: boolean,
  { at, claimedTime }: JudgedPath,
): Finding[] {
  if (revokedAt === undefined || revokedAt > at) return [];
  if (!isSigner) return [invalid('CA_REVOKED', `at ${revokedAt}`)];
  if (claimedTime >= revokedAt) return [invalid('SIGNER_REVOKED', `at ${revokedAt}`)];
  return [undetermined('REVOKED_NO_POE', `at ${revokedAt}`)];
}

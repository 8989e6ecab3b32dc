import type { Certificate } from '../der/certificate.ts';
import type { Crl } from '../der/crl.ts';
import { invalid, undetermined, type Finding } from '../finding.ts';
import type { OcspResponse } from '../der/ocsp.ts';
import type { PathSearch } from '../path/candidate-paths.ts';
import type { JudgedPath } from '../path/judge-path.ts';
import { AskCrls } from './ask-crls.ts';
import { AskOcsp, type CountedOcsp } from './ask-ocsp.ts';
import { AnswerSigners } from './answer-signers.ts';
import { isRevoked, type State } from './state.ts';

/** What came with the evidence, and what the caller has beside it. */
export type RevocationData = { readonly embedded: Answers; readonly handedIn: Answers };
export type Answers = { readonly crls: readonly Crl[]; readonly ocsp: readonly OcspResponse[] };

export type Revocation = {
  readonly findings: readonly Finding[];
  /** what answered, in path order */
  readonly consulted: Counted;
  /** of the embedded, what would answer if there were nothing else and it did not age: what belongs to the path */
  readonly belonging: Counted;
};
export type Counted = { readonly crls: readonly Crl[]; readonly ocsp: readonly CountedOcsp[] };

export const NO_ANSWERS: Answers & Counted = { crls: [], ocsp: [] };

/** The state at the judged time of every certificate of a path but its root (RFC 5280 §6.3, RFC 6960 §3.2). */
export async function checkRevocation(
  judged: JudgedPath,
  { embedded, handedIn }: RevocationData,
  search: PathSearch,
): Promise<Revocation> {
  const all = {
    crls: [...handedIn.crls, ...embedded.crls],
    ocsp: [...handedIn.ocsp, ...embedded.ocsp],
  };
  const { findings, consulted } = await new RevocationCheck(judged, all, search, true).run();
  const alone = await new RevocationCheck(judged, embedded, search, false).run();
  return { findings, consulted, belonging: alone.consulted };
}

/** Answers are signed by certificates that may need answers of their own: asking and trusting signers go around in a circle here. */
class RevocationCheck {
  readonly #judged: JudgedPath;
  readonly #ocsp: AskOcsp;
  readonly #crls: AskCrls;

  constructor(judged: JudgedPath, { crls, ocsp }: Answers, search: PathSearch, isAgeing: boolean) {
    this.#judged = judged;
    const signers = new AnswerSigners(judged, search, isAgeing, (certificate, issuer) =>
      this.#stateOf(certificate, issuer),
    );
    this.#ocsp = new AskOcsp(ocsp, judged, isAgeing, signers);
    this.#crls = new AskCrls(crls, judged, isAgeing, signers);
  }

  async run(): Promise<{ readonly findings: readonly Finding[]; readonly consulted: Counted }> {
    const findings: Finding[] = [];
    for (const [i, issuer] of this.#judged.path.slice(1).entries()) {
      const certificate = this.#judged.path[i] as Certificate;
      const { revokedAt, why } = await this.#stateOf(certificate, issuer);
      if (revokedAt !== null) findings.push(...revocationFinding(revokedAt, i === 0, this.#judged));
      else if (why !== null)
        findings.push(undetermined('REVOCATION_UNKNOWN', `certificate ${i} of the path: ${why}`));
    }
    return {
      findings,
      consulted: { crls: [...this.#crls.consulted], ocsp: this.#ocsp.consulted },
    };
  }

  /** One that any answer calls revoked is revoked; an OCSP answer that calls it good stands for CRLs that say nothing. */
  async #stateOf(certificate: Certificate, issuer: Certificate): Promise<State> {
    const byOcsp = await this.#ocsp.ask(certificate, issuer);
    if (byOcsp && isRevoked(byOcsp)) return byOcsp;
    const byCrl = await this.#crls.ask(certificate, issuer);
    return byOcsp && !isRevoked(byCrl) ? byOcsp : byCrl;
  }
}

/** A signer revoked after its claimed time leaves the question open: it may have signed before, nothing proves it. */
function revocationFinding(revokedAt: string, isSigner: boolean, { claimedTime }: JudgedPath): Finding[] {
  if (!isSigner) return [invalid('CA_REVOKED', `at ${revokedAt}`)];
  if (claimedTime >= revokedAt) return [invalid('SIGNER_REVOKED', `at ${revokedAt}`)];
  return [undetermined('REVOKED_NO_POE', `at ${revokedAt}`)];
}

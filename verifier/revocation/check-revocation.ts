import { sameBytes } from '#core/bytes';
import type { Certificate } from '../der/certificate.ts';
import type { Crl } from '../der/crl.ts';
import { ALL_REASONS, distributionPointsOf, type DistributionPoint } from '../der/distribution-points.ts';
import { nameKey } from '../der/name.ts';
import { invalid, read, undetermined, type Finding } from '../finding.ts';
import type { OcspResponse } from '../der/ocsp.ts';
import type { PathSearch } from '../path/candidate-paths.ts';
import { distinct } from '../path/distinct.ts';
import { judgePath, type JudgedPath } from '../path/judge-path.ts';
import { findCrlSigner } from './crl-signer.ts';
import { isSameScope, ownPoint, reasonsCovered, whyOutOfScope } from './crl-scope.ts';
import { continues, entryOf, isOvertaken, RELEASED } from './delta-crl.ts';
import { judgeOcsp } from './judge-ocsp.ts';
import { counts, isDelta, readScope, whyNotCovering, type ReadScope, type Window } from './usable-crl.ts';

/** What came with the evidence, and what the caller has beside it. */
export type RevocationData = { readonly embedded: Answers; readonly handedIn: Answers };
export type Answers = { readonly crls: readonly Crl[]; readonly ocsp: readonly OcspResponse[] };

export type Revocation = {
  readonly findings: readonly Finding[];
  /** what answered, in path order */
  readonly consulted: Answers;
  /** of the embedded, what would answer if there were nothing else and it did not age: what belongs to the path */
  readonly belonging: Answers;
};

export const NO_ANSWERS: Answers = { crls: [], ocsp: [] };

/** How far the paths of CRL signers may lead to CRL signers of their own. */
const MAX_DEPTH = 3;

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

type State = { readonly revokedAt: string | null; readonly why: string | null };

/** CRLs may be signed by certificates that need CRLs of their own: how often that may be asked. */
const MAX_QUESTIONS = 256;

class RevocationCheck {
  readonly #judged: JudgedPath;
  readonly #search: PathSearch;
  readonly #complete: readonly ReadScope[];
  readonly #deltas: readonly ReadScope[];
  readonly #isAgeing: boolean;
  readonly #ocsp: readonly OcspResponse[];
  readonly #consulted = new Set<Crl>();
  readonly #consultedOcsp = new Set<OcspResponse>();
  readonly #signers = new Map<Crl, Map<Certificate, Certificate | null>>();
  readonly #visiting: Certificate[] = [];
  readonly #window: Window;
  #questions = 0;

  constructor(judged: JudgedPath, { crls, ocsp }: Answers, search: PathSearch, isAgeing: boolean) {
    this.#judged = judged;
    this.#search = search;
    this.#isAgeing = isAgeing;
    this.#window = { at: judged.at, until: judged.answersUntil ?? null };
    this.#ocsp = distinct(ocsp);
    const readable = distinct(crls)
      .flatMap((crl) => readScope(crl) ?? [])
      .sort(newestFirst);
    this.#complete = readable.filter(({ crl }) => !isDelta(crl));
    this.#deltas = readable.filter(({ crl }) => isDelta(crl));
  }

  async run(): Promise<{ readonly findings: readonly Finding[]; readonly consulted: Answers }> {
    const findings: Finding[] = [];
    for (const [i, issuer] of this.#judged.path.slice(1).entries()) {
      const certificate = this.#judged.path[i] as Certificate;
      const { revokedAt, why } = await this.#stateOf(certificate, issuer);
      if (revokedAt !== null) findings.push(...revocationFinding(revokedAt, i === 0, this.#judged));
      else if (why !== null)
        findings.push(undetermined('REVOCATION_UNKNOWN', `certificate ${i} of the path: ${why}`));
    }
    return { findings, consulted: { crls: [...this.#consulted], ocsp: [...this.#consultedOcsp] } };
  }

  /** One that any answer calls revoked is revoked; an OCSP answer that calls it good stands for CRLs that say nothing. */
  async #stateOf(certificate: Certificate, issuer: Certificate): Promise<State> {
    const byOcsp = await this.#askOcsp(certificate, issuer);
    if (byOcsp?.revokedAt != null) return byOcsp;
    const byCrl = await this.#askCrls(certificate, issuer);
    return byOcsp && byCrl.revokedAt === null ? byOcsp : byCrl;
  }

  /** @returns null where no OCSP answer may be relied on */
  async #askOcsp(certificate: Certificate, issuer: Certificate): Promise<State | null> {
    const { policy, crypto } = this.#judged;
    let state: State | null = null;
    for (const response of this.#ocsp) {
      const said = await judgeOcsp(response, {
        certificate,
        issuer,
        ...this.#window,
        policy,
        crypto,
        isAgeing: this.#isAgeing,
        isUnrevoked: (responder) =>
          this.#whileVisiting(responder, () => this.#isUnrevoked([responder, issuer])),
      });
      if (said.status === 'unknown') continue;
      this.#consultedOcsp.add(response);
      if (said.status === 'revoked' && counts(said, this.#window)) return { revokedAt: said.at, why: null };
      state = { revokedAt: null, why: null };
    }
    return state;
  }

  /** RFC 5280 §6.3.3: goes on until the certificate is found revoked, or every reason is covered. */
  async #askCrls(certificate: Certificate, issuer: Certificate): Promise<State> {
    const findings: Finding[] = [];
    const points = read(() => distributionPointsOf(certificate), findings);
    if (!points) return { revokedAt: null, why: 'distribution points cannot be read' };
    const progress = { covered: 0, why: 'no CRL of its issuer' };
    // a CRL that a certificate signed about itself is asked last: whoever has its key writes what it likes
    for (const isBySelf of [false, true])
      for (const point of [...points, ownPoint(certificate)])
        for (const base of this.#complete) {
          const revokedAt = await this.#askCrl(base, point, certificate, issuer, isBySelf, progress);
          if (revokedAt !== null) return { revokedAt, why: null };
          if (progress.covered === ALL_REASONS) return { revokedAt: null, why: null };
        }
    return { revokedAt: null, why: progress.covered === 0 ? progress.why : 'not every reason is covered' };
  }

  /** @returns the instant of revocation, or null; what it covers, or why it does not, goes into `progress` */
  async #askCrl(
    base: ReadScope,
    point: DistributionPoint,
    certificate: Certificate,
    issuer: Certificate,
    isBySelf: boolean,
    progress: { covered: number; why: string },
  ): Promise<string | null> {
    const reasons = reasonsCovered(base.scope, point) & ~progress.covered;
    if (reasons === 0) return null;
    const fault =
      whyOutOfScope(base.crl, base.scope, point, certificate) ?? this.#whyNotNow(base.crl, certificate);
    const signer = fault === null ? await this.#signerOf(base.crl, issuer) : null;
    if (!signer) {
      progress.why = fault ?? 'no CRL that its issuer signed';
      return null;
    }
    if ((signer === certificate) !== isBySelf) return null;
    this.#consulted.add(base.crl);
    const entry = await this.#entry(base, certificate, issuer);
    if (entry === OPEN) {
      progress.why = 'named by a delta CRL whose complete CRL is missing';
      return null;
    }
    progress.covered |= reasons;
    return entry;
  }

  #whyNotNow(crl: Crl, { notAfter }: Certificate): string | null {
    return this.#isAgeing ? whyNotCovering(crl, this.#window, notAfter) : null;
  }

  /**
   * The entry in the complete CRL as its newest delta changes it.
   * @returns the instant of revocation, null where there is none, OPEN where a delta of another base names the certificate
   */
  async #entry(base: ReadScope, certificate: Certificate, issuer: Certificate) {
    const own = nameKey(base.crl.issuer);
    const ask = ({ crl }: ReadScope) => entryOf(crl, nameKey(certificate.issuer), own, certificate.serial);
    const countsNow = (entry: ReturnType<typeof ask>) =>
      entry !== null && entry !== RELEASED && counts(entry, this.#window) ? entry.at : null;
    const deltas = await this.#deltasOf(base, certificate, issuer);
    const next = deltas.find((delta) => holds(() => continues(delta, base)));
    if (next) this.#consulted.add(next.crl);
    const revokedAt = countsNow((next && ask(next)) ?? ask(base));
    if (revokedAt !== null) return revokedAt;
    const isOpen = (delta: ReadScope) =>
      countsNow(ask(delta)) !== null && !holds(() => isOvertaken(delta, next ?? base));
    return deltas.some(isOpen) ? OPEN : null;
  }

  /** Newest first, of the same issuer and key as the base (RFC 5280 §6.3.3 (c)(1) and (3), (h)) and of its scope. */
  async #deltasOf(base: ReadScope, certificate: Certificate, issuer: Certificate): Promise<ReadScope[]> {
    const signer = await this.#signerOf(base.crl, issuer);
    const found: ReadScope[] = [];
    for (const delta of this.#deltas) {
      if (!isOfSame(delta, base) || this.#whyNotNow(delta.crl, certificate) !== null) continue;
      if ((await this.#signerOf(delta.crl, issuer)) === signer) found.push(delta);
    }
    return found;
  }

  async #signerOf(crl: Crl, issuer: Certificate): Promise<Certificate | null> {
    const known = this.#signers.get(crl)?.get(issuer);
    if (known !== undefined) return known;
    const found = await findCrlSigner(crl, issuer, this.#judged, this.#search, (one) => this.#isTrusted(one));
    // inside of another question an answer may rest on what is still being asked: only what was asked from outside is kept
    if (this.#visiting.length === 0) {
      const byIssuer = this.#signers.get(crl) ?? new Map<Certificate, Certificate | null>();
      this.#signers.set(crl, byIssuer.set(issuer, found));
    }
    return found;
  }

  /** A CRL signer of its own needs a path to the same root, and must not be revoked either. */
  async #isTrusted(signer: Certificate): Promise<boolean> {
    // a CA may let the CRL of its CRL signer answer for that signer too: then nobody else can
    if (this.#visiting.at(-1) === signer) return true;
    return this.#whileVisiting(signer, async () => {
      const root = this.#judged.path.at(-1);
      for await (const path of this.#search.paths(signer)) {
        if (path.at(-1) !== root) continue;
        const policy = { ...this.#judged.policy, servesUse: () => true, servesPurpose: () => true };
        if ((await judgePath({ ...this.#judged, path, policy })).length > 0) continue;
        if (await this.#isUnrevoked(path)) return true;
      }
      return false;
    });
  }

  /** Signers of answers need answers of their own; none that rests on itself, through however many others, is trusted. */
  async #whileVisiting(signer: Certificate, ask: () => Promise<boolean>): Promise<boolean> {
    const isAsked = this.#visiting.some(({ der }) => sameBytes(der, signer.der));
    if (isAsked || this.#visiting.length >= MAX_DEPTH || ++this.#questions > MAX_QUESTIONS) return false;
    this.#visiting.push(signer);
    try {
      return await ask();
    } finally {
      this.#visiting.pop();
    }
  }

  async #isUnrevoked(path: readonly Certificate[]): Promise<boolean> {
    for (const [i, issuer] of path.slice(1).entries()) {
      const { revokedAt, why } = await this.#stateOf(path[i] as Certificate, issuer);
      if (revokedAt !== null || why !== null) return false;
    }
    return true;
  }
}

const OPEN = 'open';

function isOfSame(delta: ReadScope, base: ReadScope): boolean {
  return nameKey(delta.crl.issuer) === nameKey(base.crl.issuer) && isSameScope(delta.scope, base.scope);
}

/** What cannot be read does not hold. */
function holds(ask: () => boolean): boolean {
  return read(ask, []) === true;
}

function newestFirst(a: ReadScope, b: ReadScope): number {
  return a.crl.thisUpdate < b.crl.thisUpdate ? 1 : a.crl.thisUpdate > b.crl.thisUpdate ? -1 : 0;
}

/** A signer revoked after its claimed time leaves the question open: it may have signed before, nothing proves it. */
function revocationFinding(revokedAt: string, isSigner: boolean, { claimedTime }: JudgedPath): Finding[] {
  if (!isSigner) return [invalid('CA_REVOKED', `at ${revokedAt}`)];
  if (claimedTime >= revokedAt) return [invalid('SIGNER_REVOKED', `at ${revokedAt}`)];
  return [undetermined('REVOKED_NO_POE', `at ${revokedAt}`)];
}

import type { Certificate } from '../der/certificate.ts';
import type { Crl } from '../der/crl.ts';
import { RELEASED } from '../der/crl-entries.ts';
import { ALL_REASONS, distributionPointsOf, type DistributionPoint } from '../der/distribution-points.ts';
import { nameKey } from '../der/name.ts';
import { read } from '../finding.ts';
import { distinct } from '../path/distinct.ts';
import type { JudgedPath } from '../path/judge-path.ts';
import type { AnswerSigners } from './answer-signers.ts';
import { ownPoint, reasonsCovered, whyOutOfScope } from './crl-scope.ts';
import { continues, isOfSame, isOvertaken } from './delta-crl.ts';
import { GOOD, notKnown, revoked, type State } from './state.ts';
import { counts, isDelta, newestFirst, readScope, whyNotCovering, windowOf } from './usable-crl.ts';
import type { ReadScope, Window } from './usable-crl.ts';

/** Asks the CRLs at hand (RFC 5280 §6.3). */
export class AskCrls {
  /** those that answered */
  readonly consulted = new Set<Crl>();
  readonly #complete: readonly ReadScope[];
  readonly #deltas: readonly ReadScope[];
  readonly #window: Window;
  readonly #isAgeing: boolean;
  readonly #signers: AnswerSigners;

  constructor(crls: readonly Crl[], judged: JudgedPath, isAgeing: boolean, signers: AnswerSigners) {
    const readable = distinct(crls)
      .flatMap((crl) => readScope(crl) ?? [])
      .sort(newestFirst);
    this.#complete = readable.filter(({ crl }) => !isDelta(crl));
    this.#deltas = readable.filter(({ crl }) => isDelta(crl));
    this.#window = windowOf(judged);
    this.#isAgeing = isAgeing;
    this.#signers = signers;
  }

  /** RFC 5280 §6.3.3: goes on until the certificate is found revoked, or every reason is covered. */
  async ask(certificate: Certificate, issuer: Certificate): Promise<State> {
    const points = read(() => distributionPointsOf(certificate), []);
    if (!points) return notKnown('distribution points cannot be read');
    const progress = { covered: 0, why: 'no CRL of its issuer' };
    // a CRL that a certificate signed about itself is asked last: whoever has its key writes what it likes
    for (const isBySelf of [false, true])
      for (const point of [...points, ownPoint(certificate)])
        for (const base of this.#complete) {
          const revokedAt = await this.#askOne(base, point, certificate, issuer, isBySelf, progress);
          if (revokedAt !== null) return revoked(revokedAt);
          if (progress.covered === ALL_REASONS) return GOOD;
        }
    return notKnown(progress.covered === 0 ? progress.why : 'not every reason is covered');
  }

  /** @returns the instant of revocation, or null; what it covers, or why it does not, goes into `progress` */
  async #askOne(
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
    const signer = fault === null ? await this.#signers.ofCrl(base.crl, issuer) : null;
    if (!signer) {
      progress.why = fault ?? 'no CRL that its issuer signed';
      return null;
    }
    if ((signer === certificate) !== isBySelf) return null;
    this.consulted.add(base.crl);
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
    const issuerKey = nameKey(certificate.issuer);
    const ask = ({ crl }: ReadScope) => crl.entries.find(issuerKey, certificate.serial);
    const countsNow = (entry: ReturnType<typeof ask>) =>
      entry !== null && entry !== RELEASED && counts(entry, this.#window) ? entry.at : null;
    const deltas = await this.#deltasOf(base, certificate, issuer);
    const next = deltas.find((delta) => continues(delta, base));
    if (next) this.consulted.add(next.crl);
    const revokedAt = countsNow((next && ask(next)) ?? ask(base));
    if (revokedAt !== null) return revokedAt;
    const isOpen = (delta: ReadScope) => countsNow(ask(delta)) !== null && !isOvertaken(delta, next ?? base);
    return deltas.some(isOpen) ? OPEN : null;
  }

  /** Newest first, of the same issuer and key as the base (RFC 5280 §6.3.3 (c)(1) and (3), (h)) and of its scope. */
  async #deltasOf(base: ReadScope, certificate: Certificate, issuer: Certificate): Promise<ReadScope[]> {
    const signer = await this.#signers.ofCrl(base.crl, issuer);
    const found: ReadScope[] = [];
    for (const delta of this.#deltas) {
      if (!isOfSame(delta, base) || this.#whyNotNow(delta.crl, certificate) !== null) continue;
      if ((await this.#signers.ofCrl(delta.crl, issuer)) === signer) found.push(delta);
    }
    return found;
  }
}

const OPEN = 'open';

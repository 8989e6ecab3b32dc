import { sameBytes } from '#core/bytes';
import type { Crypto } from '../crypto-port.ts';
import { signatureAlgorithm } from '../der/algorithms.ts';
import type { Certificate } from '../der/certificate.ts';
import { likeliestFirst } from '../der/key-identifiers.ts';
import { nameKey } from '../der/name.ts';
import { distinct } from './distinct.ts';
import { distancesTo } from './distances.ts';

/** Signer first, then intermediates, the root last. */
export type Path = readonly [Certificate, Certificate, ...Certificate[]];

export type Anchors = {
  readonly roots: readonly Certificate[];
  /** certificates that came along, in any number and order */
  readonly pool: readonly Certificate[];
};

/** Signature checks that may be spent on finding paths; past them the search ends as if there were nothing more. */
const MAX_CHECKS = 1024;
/** Links that may be followed, checked already or not. */
const MAX_STEPS = 4096;
const FAR = 1000;

/**
 * Finds paths from a certificate to a root, the likeliest first: each link bears the issuer's name and is signed with its key, none
 * comes back to a name and key that it has passed (cross-certificates make circles), and all of the work is bounded.
 */
export class PathSearch {
  readonly #bySubject = new Map<string, Certificate[]>();
  readonly #roots: ReadonlySet<Certificate>;
  readonly #distances: ReadonlyMap<string, number>;
  readonly #crypto: Crypto;
  readonly #maxLength: number;
  readonly #issuers = new Map<Certificate, readonly Certificate[]>();
  readonly #links = new Map<Certificate, Map<Certificate, boolean>>();
  #checks = 0;
  #steps = 0;

  constructor({ roots, pool }: Anchors, maxLength: number, crypto: Crypto) {
    this.#roots = new Set(roots);
    this.#crypto = crypto;
    this.#maxLength = maxLength;
    const all = distinct([...roots, ...pool]);
    for (const certificate of all) {
      const key = nameKey(certificate.subject);
      const same = this.#bySubject.get(key);
      if (same) same.push(certificate);
      else this.#bySubject.set(key, [certificate]);
    }
    this.#distances = distancesTo(roots, all);
  }

  /** whether a bound was reached: then there may be paths that were not found */
  get isExhausted(): boolean {
    return this.#checks >= MAX_CHECKS || this.#steps >= MAX_STEPS;
  }

  /** Certificates that bear a name, roots first. */
  withSubject(key: string): readonly Certificate[] {
    return this.#bySubject.get(key) ?? [];
  }

  /** Paths whose every signature holds. */
  paths(end: Certificate): AsyncGenerator<Path> {
    return this.#extend([end], (signed, issuer) => this.#isSignedBy(signed, issuer));
  }

  /** The first path by names alone: for saying what is wrong where no path holds. */
  async byNames(end: Certificate): Promise<Path | null> {
    for await (const path of this.#extend([end], () => Promise.resolve(true))) return path;
    return null;
  }

  async *#extend(
    path: readonly Certificate[],
    links: (signed: Certificate, issuer: Certificate) => Promise<boolean>,
  ): AsyncGenerator<Path> {
    const last = path[path.length - 1];
    if (!last) return;
    for (const issuer of this.#issuersOf(last, this.#maxLength - path.length)) {
      if (++this.#steps > MAX_STEPS) return;
      if (path.some((passed) => isSameAuthority(passed, issuer))) continue;
      if (!(await links(last, issuer))) continue;
      if (this.#roots.has(issuer)) yield [...path, issuer] as unknown as Path;
      else yield* this.#extend([...path, issuer], links);
    }
  }

  /** Those from which a root can be reached with the certificates that are left, the nearest to a root first. */
  #issuersOf(signed: Certificate, left: number): readonly Certificate[] {
    const known = this.#issuers.get(signed) ?? this.#ordered(signed);
    this.#issuers.set(signed, known);
    return known.filter((issuer) => this.#hops(issuer) < left);
  }

  #ordered(signed: Certificate): readonly Certificate[] {
    const nearestFirst = [...this.withSubject(nameKey(signed.issuer))].sort(
      (a, b) => Math.min(this.#hops(a), FAR) - Math.min(this.#hops(b), FAR),
    );
    return likeliestFirst(signed, nearestFirst);
  }

  /** The least number of certificates above this one; Infinity where no root can be reached. */
  #hops(certificate: Certificate): number {
    if (this.#roots.has(certificate)) return 0;
    return 1 + (this.#distances.get(nameKey(certificate.issuer)) ?? Infinity);
  }

  async #isSignedBy(signed: Certificate, issuer: Certificate): Promise<boolean> {
    const known = this.#links.get(signed)?.get(issuer);
    if (known !== undefined) return known;
    const algorithm = signatureAlgorithm(signed.algorithm, issuer.publicKey);
    if (algorithm === null || this.isExhausted) return false;
    this.#checks++;
    const holds = await this.#crypto.verify(algorithm, issuer.spki, signed.tbs, signed.signature);
    const links = this.#links.get(signed) ?? new Map<Certificate, boolean>();
    this.#links.set(signed, links.set(issuer, holds));
    return holds;
  }
}

/** The same name with the same key: another certificate of it leads nowhere else. */
function isSameAuthority(a: Certificate, b: Certificate): boolean {
  return nameKey(a.subject) === nameKey(b.subject) && sameBytes(a.spki, b.spki);
}

import { sameBytes } from '#core/bytes';
import type { Certificate } from '../der/certificate.ts';
import type { Crl } from '../der/crl.ts';
import type { PathSearch } from '../path/candidate-paths.ts';
import { judgePath, type JudgedPath } from '../path/judge-path.ts';
import { findCrlSigner } from './crl-signer.ts';
import { isGood, type State } from './state.ts';

/** How far the paths of CRL signers may lead to CRL signers of their own. */
const MAX_DEPTH = 3;
/** CRLs may be signed by certificates that need CRLs of their own: how often that may be asked. */
const MAX_QUESTIONS = 256;

/** Who signed an answer, and whether he may be relied on: that is asked of the same answers, with bounds. */
export class AnswerSigners {
  readonly #judged: JudgedPath;
  readonly #search: PathSearch;
  readonly #isAgeing: boolean;
  readonly #stateOf: (certificate: Certificate, issuer: Certificate) => Promise<State>;
  readonly #signers = new Map<Crl, Map<Certificate, Certificate | null>>();
  readonly #visiting: Certificate[] = [];
  #questions = 0;

  /** @param isAgeing false: one whose certificate has run out may still be relied on */
  constructor(
    judged: JudgedPath,
    search: PathSearch,
    isAgeing: boolean,
    stateOf: (certificate: Certificate, issuer: Certificate) => Promise<State>,
  ) {
    this.#judged = judged;
    this.#search = search;
    this.#isAgeing = isAgeing;
    this.#stateOf = stateOf;
  }

  /** @returns null where nobody who may be relied on signed it */
  async ofCrl(crl: Crl, issuer: Certificate): Promise<Certificate | null> {
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

  /** Whether a certificate that answers for its own issuer is not revoked itself. */
  isUnrevoked(responder: Certificate, issuer: Certificate): Promise<boolean> {
    return this.#whileVisiting(responder, () => this.#areUnrevoked([responder, issuer]));
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
        if ((await judgePath({ ...this.#judged, path, policy }, this.#isAgeing)).length > 0) continue;
        if (await this.#areUnrevoked(path)) return true;
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

  async #areUnrevoked(path: readonly Certificate[]): Promise<boolean> {
    for (const [i, issuer] of path.slice(1).entries())
      if (!isGood(await this.#stateOf(path[i] as Certificate, issuer))) return false;
    return true;
  }
}

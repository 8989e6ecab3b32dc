import type { Certificate } from '../der/certificate.ts';
import type { OcspResponse } from '../der/ocsp.ts';
import { distinct } from '../path/distinct.ts';
import type { JudgedPath } from '../path/judge-path.ts';
import type { AnswerSigners } from './answer-signers.ts';
import { judgeOcsp } from './judge-ocsp.ts';
import { GOOD, revoked, type State } from './state.ts';
import { counts, windowOf, type Window } from './usable-crl.ts';

/** An answer that counted, and the delegated responders that it was accepted from: none where the issuer signed itself. */
export type CountedOcsp = { readonly response: OcspResponse; readonly delegates: ReadonlySet<Certificate> };

/** Asks the OCSP answers at hand (RFC 6960 §3.2). */
export class AskOcsp {
  readonly #consulted = new Map<OcspResponse, Set<Certificate>>();
  readonly #responses: readonly OcspResponse[];
  readonly #judged: JudgedPath;
  readonly #window: Window;
  readonly #isAgeing: boolean;
  readonly #signers: AnswerSigners;

  constructor(
    responses: readonly OcspResponse[],
    judged: JudgedPath,
    isAgeing: boolean,
    signers: AnswerSigners,
  ) {
    this.#responses = distinct(responses);
    this.#judged = judged;
    this.#window = windowOf(judged);
    this.#isAgeing = isAgeing;
    this.#signers = signers;
  }

  /** those that answered */
  get consulted(): CountedOcsp[] {
    return [...this.#consulted].map(([response, delegates]) => ({ response, delegates }));
  }

  /** @returns null where no answer may be relied on */
  async ask(certificate: Certificate, issuer: Certificate): Promise<State | null> {
    const { policy, crypto } = this.#judged;
    let state: State | null = null;
    for (const response of this.#responses) {
      const said = await judgeOcsp(response, {
        certificate,
        issuer,
        ...this.#window,
        policy,
        crypto,
        isAgeing: this.#isAgeing,
        isUnrevoked: (responder) => this.#signers.isUnrevoked(responder, issuer),
      });
      if (said.status === 'unknown') continue;
      this.#count(response, said.delegate);
      if (said.status === 'revoked' && counts(said, this.#window)) return revoked(said.at);
      state = GOOD;
    }
    return state;
  }

  #count(response: OcspResponse, delegate: Certificate | null): void {
    const delegates = this.#consulted.get(response) ?? new Set();
    this.#consulted.set(response, delegate ? delegates.add(delegate) : delegates);
  }
}

import { base64url } from '#core/bytes';
import { instant } from '#core/dates';
import { isRefusal } from '#core/refusal';
import type { Crypto } from '#verifier/crypto-port';
import type { Certificate } from '#verifier/der/certificate';
import { readOcspResponse, type OcspResponse } from '#verifier/der/ocsp';
import type { PathPolicy } from '#verifier/path/path-policy';
import { judgeOcsp } from '#verifier/revocation/judge-ocsp';
import { AnswerCache, type Kept } from './answer-cache.ts';
import { tryAgain, type Chance } from './back-off.ts';
import { FetchFault } from './fetch-bytes.ts';
import { ocspRequest } from './ocsp-request.ts';
import { refreshTime, type RevocationLimits } from './revocation-limits.ts';

/** Two neighbours of a path. */
export type Link = { readonly certificate: Certificate; readonly issuer: Certificate };

export type OcspOrder = {
  readonly address: string;
  readonly link: Link;
  readonly policy: PathPolicy;
  /** one try at the network */
  readonly post: (request: Uint8Array) => Promise<Uint8Array>;
  readonly failed: (reason: string) => void;
};

export type OcspNeeds = {
  readonly crypto: Crypto;
  /** the one use of randomness: a nonce a request */
  readonly nonce: () => Uint8Array;
};

/** OCSP answers by address and certificate. Only what is properly signed, in force and says good or revoked is kept. */
export class FetchedOcsp {
  readonly #cache: AnswerCache<OcspResponse>;
  readonly #chance: Chance;
  readonly #limits: RevocationLimits;
  readonly #needs: OcspNeeds;

  constructor(needs: OcspNeeds, limits: RevocationLimits, chance: Chance) {
    this.#needs = needs;
    this.#limits = limits;
    this.#chance = chance;
    const bounds = { maxEntries: limits.ocspAnswers, maxBytes: limits.ocspBytesTogether };
    this.#cache = new AnswerCache({ ...bounds, bytesOf: ({ der }: OcspResponse) => der.length }, chance);
  }

  refresh({ address, link, policy, post, failed }: OcspOrder): Promise<OcspResponse | null> {
    const { crypto, nonce } = this.#needs;
    const once = async () => {
      const sent = nonce();
      const der = await post(ocspRequest(link.certificate, link.issuer, sent, crypto));
      return this.#judged(der, sent, link, policy);
    };
    const fetch = () => tryAgain(once, this.#chance);
    return this.#cache.refresh(this.#key(address, link), { fetch, failed });
  }

  peek(address: string, link: Link): OcspResponse | null {
    return this.#cache.peek(this.#key(address, link));
  }

  /** @throws FetchFault for an answer that says nothing that may be relied on */
  async #judged(
    der: Uint8Array,
    nonce: Uint8Array,
    { certificate, issuer }: Link,
    policy: PathPolicy,
  ): Promise<Kept<OcspResponse>> {
    const response = readable(der);
    const now = this.#chance.clock();
    const said = await judgeOcsp(response, {
      ...{ certificate, issuer, policy, nonce, crypto: this.#needs.crypto },
      ...{ at: instant(now), until: null, isAgeing: true },
      // whether a delegated responder is revoked is asked each time that the answer is used
      isUnrevoked: () => Promise.resolve(true),
    });
    if (said.status === 'unknown') throw new FetchFault(said.why);
    const ends = response.answer?.singles.flatMap(({ nextUpdate }) => nextUpdate ?? []) ?? [];
    const endsAt = Math.min(...ends.map((end) => Date.parse(end)));
    const { ocspMs, leastMs } = this.#limits;
    const refreshAt = refreshTime(now.getTime(), endsAt, { mostMs: ocspMs, leastMs });
    return { value: response, endsAt, refreshAt };
  }

  #key(address: string, { certificate, issuer }: Link): string {
    const digest = ({ der }: Certificate) => base64url(this.#needs.crypto.sha256(der));
    return [address, digest(certificate), digest(issuer)].join(' ');
  }
}

/** @throws FetchFault */
function readable(der: Uint8Array): OcspResponse {
  try {
    return readOcspResponse(new Uint8Array(der));
  } catch (error) {
    if (isRefusal(error)) throw new FetchFault('no OCSP answer');
    throw error;
  }
}

import { base64url } from '#core/bytes';
import { instant } from '#core/dates';
import { isRefusal } from '#core/refusal';
import type { Crypto } from '#verifier/crypto-port';
import type { Certificate } from '#verifier/der/certificate';
import { readOcspResponse, type OcspResponse, type SingleResponse } from '#verifier/der/ocsp';
import type { PathPolicy } from '#verifier/path/path-policy';
import { isAbout, judgeOcsp } from '#verifier/revocation/judge-ocsp';
import { AnswerCache, type Kept } from './answer-cache.ts';
import { tryAgain, type Chance } from './back-off.ts';
import { FetchFault } from './fetch-bytes.ts';
import { HostBackOff } from './host-back-off.ts';
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

/**
 * OCSP answers by address and certificate. Only what is properly signed, in force and says good or revoked is kept. An answer need not bear
 * the nonce, so one from before may be sent again by anybody: none takes the place of a newer one, or of one that says revoked for good.
 */
export class FetchedOcsp {
  readonly #cache: AnswerCache<OcspResponse>;
  readonly #chance: Chance;
  readonly #hosts: HostBackOff;
  readonly #limits: RevocationLimits;
  readonly #needs: OcspNeeds;

  constructor(needs: OcspNeeds, limits: RevocationLimits, chance: Chance) {
    this.#needs = needs;
    this.#limits = limits;
    this.#chance = chance;
    this.#hosts = new HostBackOff(chance);
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
    const fetch = async (before: OcspResponse | null) => {
      const kept = await this.#hosts.ask(new URL(address).host, () => tryAgain(once, this.#chance));
      if (before) this.#checkAfter(before, kept.value, link);
      return kept;
    };
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
    const now = this.#chance.clock().getTime();
    const { ocspMs, leastMs, aheadMs } = this.#limits;
    const singles = this.#singlesOf(response, { certificate, issuer });
    const ahead = Math.min(issuedAt(singles), now + aheadMs);
    const said = await judgeOcsp(response, {
      ...{ certificate, issuer, policy, nonce, crypto: this.#needs.crypto },
      ...{ at: instant(new Date(Math.max(now, ahead))), until: null, isAgeing: true },
      // whether a delegated responder is revoked is asked each time that the answer is used
      isUnrevoked: () => Promise.resolve(true),
    });
    if (said.status === 'unknown') throw new FetchFault(said.why);
    const ends = singles.flatMap(({ nextUpdate }) => nextUpdate ?? []);
    const endsAt = Math.min(...ends.map((end) => Date.parse(end)));
    const refreshAt = refreshTime(now, endsAt, { mostMs: ocspMs, leastMs });
    return { value: response, usableFrom: issuedAt(singles), endsAt, refreshAt };
  }

  /** @throws FetchFault */
  #checkAfter(before: OcspResponse, fresh: OcspResponse, link: Link): void {
    const [held, given] = [this.#singlesOf(before, link), this.#singlesOf(fresh, link)];
    if (issuedAt(given) < issuedAt(held)) throw new FetchFault('older than the one before');
    const isRevoked = held.some(({ status, isOnHold }) => status === 'revoked' && !isOnHold);
    if (isRevoked && given.every(({ status }) => status === 'good'))
      throw new FetchFault('good after revoked');
  }

  #singlesOf({ answer }: OcspResponse, link: Link): SingleResponse[] {
    const { crypto } = this.#needs;
    return answer?.singles.filter((single) => isAbout(single, { ...link, crypto })) ?? [];
  }

  #key(address: string, { certificate, issuer }: Link): string {
    const digest = ({ der }: Certificate) => base64url(this.#needs.crypto.sha256(der));
    return [address, digest(certificate), digest(issuer)].join(' ');
  }
}

/** The newest of what one answer says of one certificate, in ms since 1970. */
function issuedAt(singles: readonly SingleResponse[]): number {
  return Math.max(...singles.map(({ thisUpdate }) => Date.parse(thisUpdate)));
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

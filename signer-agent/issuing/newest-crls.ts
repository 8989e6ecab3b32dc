import { base64url } from '#core/bytes';
import { isRefusal } from '#core/refusal';
import { sha256 } from '#verifier/crypto-node';
import type { Certificate } from '#verifier/der/certificate';
import { readCrl, type Crl } from '#verifier/der/crl';
import type { Trust } from '#verifier/trust/trust';
import type { IssuingApi } from './issuing-api.ts';

type Known = { readonly crl: Crl | null; readonly fetchedAt: Date };

/** an API that lies names no end of issuers */
const MAX_ISSUERS = 64;

/**
 * The newest CRLs of the issuers in evidence: what the evidence carries is as old as the collection, and a signer revoked since signs no
 * certificate. The API hands them in and is not believed: they hold only by their issuer's signature.
 */
export class NewestCrls {
  readonly #api: Pick<IssuingApi, 'crl'>;
  readonly #maxAgeMs: number;
  readonly #known = new Map<string, Known>();

  constructor(api: Pick<IssuingApi, 'crl'>, maxAgeMs: number) {
    this.#api = api;
    this.#maxAgeMs = maxAgeMs;
  }

  /** @param certificates of the evidence, issuers among them */
  async for(certificates: readonly Certificate[], trust: Trust, now: Date): Promise<Crl[]> {
    const roots = trust.roots.map(({ certificate }) => certificate);
    const issuers = certificates.filter(({ basicConstraints }) => basicConstraints?.ca === true);
    const crls: Crl[] = [];
    for (const issuer of new Set([...roots, ...issuers].map(keyOf))) {
      const crl = await this.#newest(issuer, now);
      if (crl) crls.push(crl);
    }
    return crls;
  }

  async #newest(issuer: string, now: Date): Promise<Crl | null> {
    const known = this.#known.get(issuer);
    if (known && now.getTime() - known.fetchedAt.getTime() < this.#maxAgeMs) return known.crl;
    const crl = await this.#fetch(issuer, known?.crl ?? null);
    this.#known.delete(issuer);
    this.#known.set(issuer, { crl, fetchedAt: now });
    if (this.#known.size > MAX_ISSUERS) this.#known.delete(this.#known.keys().next().value ?? '');
    return crl;
  }

  /** The same CRL stays the same object: judgements are remembered by it. */
  async #fetch(issuer: string, before: Crl | null): Promise<Crl | null> {
    try {
      const bytes = await this.#api.crl(issuer);
      if (bytes === null) return null;
      return before && Buffer.compare(before.der, bytes) === 0 ? before : readCrl(bytes);
    } catch (error) {
      if (isRefusal(error)) return before;
      throw error;
    }
  }
}

function keyOf({ spki }: Certificate): string {
  return base64url(sha256(spki));
}

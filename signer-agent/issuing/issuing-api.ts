import { createHash, randomUUID } from 'node:crypto';
import { isRefusal, Refusal } from '#core/refusal';
import { readShape } from '#core/shape';
import { MAX_STATUS_BYTES } from '#core/sign/status-list';
import * as wire from '#core/wire/issuing';
import { boundedBytes, boundedText, parsedJson, refusalIn } from '../api-answer.ts';
import { USER_AGENT } from '../api.ts';

/** The API as the Ministry's worker meets it. It is not believed: its answers are proved by the wire shapes, then judged. */

const ANSWER_MS = 60_000;
const MAX_ANSWER_BYTES = 1024 * 1024;
/** of jobs, whose evidence carries CRLs; a lease that has more is asked for again with fewer jobs */
export const MAX_LEASE_BYTES = 64 * 1024 * 1024;
const MAX_CRL_BYTES = 8 * 1024 * 1024;

type Ask = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
};

export type FetchedStatus = { readonly bytes: Uint8Array; readonly etag: string | null };

export class IssuingApi {
  readonly #origin: string;
  readonly #apiKey: string;

  /**
   * @param origin from apiOrigin
   * @param apiKey of an account with the role `ministry`
   */
  constructor(origin: string, apiKey: string) {
    this.#origin = origin;
    this.#apiKey = apiKey;
  }

  /**
   * @param signal ends the asking, not the lease
   * @throws Refusal API_UNREACHABLE, API_ANSWER_INVALID, or the API's own
   */
  async lease(asked: wire.NewLease, signal: AbortSignal): Promise<wire.Lease> {
    const body = JSON.stringify(asked);
    const response = await this.#post('/v1/issuing/leases', body, randomUUID(), signal);
    return readShape(
      wire.lease,
      parsedJson(await boundedText(response, MAX_LEASE_BYTES)),
      'API_ANSWER_INVALID',
    );
  }

  /** The same results sent again are the same request. @throws Refusal as lease */
  async deliver(leaseId: string, results: readonly wire.Result[]): Promise<wire.ResultsTaken> {
    const body = JSON.stringify({ results });
    const key = createHash('sha256').update(body).digest('base64url');
    const response = await this.#post(`/v1/issuing/leases/${leaseId}/results`, body, key);
    return readShape(
      wire.resultsTaken,
      parsedJson(await boundedText(response, MAX_ANSWER_BYTES)),
      'API_ANSWER_INVALID',
    );
  }

  /**
   * A district's status file; public.
   * @param etag of the one that is known
   * @returns null where it is still that one
   */
  async status(district: string, etag: string | null): Promise<FetchedStatus | null> {
    const headers = etag === null ? {} : { 'if-none-match': etag };
    const response = await this.#send({ method: 'GET', path: `/v1/status/${district}`, headers });
    if (response.status === 304) return null;
    return {
      bytes: await boundedBytes(response, MAX_STATUS_BYTES),
      etag: response.headers.get('etag'),
    };
  }

  /**
   * The newest CRL of an issuer, DER; null where the API has none. Public.
   * @param issuerKey SHA-256 of its SubjectPublicKeyInfo, base64url
   */
  async crl(issuerKey: string): Promise<Uint8Array | null> {
    try {
      const response = await this.#send({ method: 'GET', path: `/v1/crls/${issuerKey}` });
      return await boundedBytes(response, MAX_CRL_BYTES);
    } catch (error) {
      if (isRefusal(error, 'ISSUER_UNKNOWN') || isRefusal(error, 'REVOCATION_UNKNOWN')) return null;
      throw error;
    }
  }

  #post(path: string, body: string, idempotencyKey: string, signal?: AbortSignal): Promise<Response> {
    const headers = {
      authorization: `Bearer ${this.#apiKey}`,
      'content-type': 'application/json',
      'idempotency-key': idempotencyKey,
    };
    return this.#send({ method: 'POST', path, body, headers, ...(signal ? { signal } : {}) });
  }

  async #send({ method, path, body, headers = {}, signal }: Ask): Promise<Response> {
    const timeout = AbortSignal.timeout(ANSWER_MS);
    let response: Response;
    try {
      response = await fetch(this.#origin + path, {
        method,
        headers: { 'user-agent': USER_AGENT, ...headers },
        ...(body === undefined ? {} : { body }),
        // an origin is pinned: what it sends elsewhere is not followed
        redirect: 'error',
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
    } catch (cause) {
      throw new Refusal('API_UNREACHABLE', { detail: `${method} ${path} failed`, cause });
    }
    if (response.ok || response.status === 304) return response;
    throw refusalIn(response.status, await boundedText(response, MAX_ANSWER_BYTES));
  }
}

import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { isRefusal, Refusal } from '#core/refusal';
import { readShape } from '#core/shape';
import { device, type Device, type NewDevice } from '#core/wire/devices';
import * as wire from '#core/wire/signing-sessions';
import { boundedBytes, boundedText, parsedJson, refusalIn } from './api-answer.ts';
import { AGENT_VERSION } from './version.ts';

/** The API over the wire, as the signing session needs it. Its answers are proved by the wire shapes before they are used. */

const ANSWER_MS = 60_000;
const COLLECT_MS = 180_000;
const MAX_ANSWER_BYTES = 256 * 1024;
const MAX_CRL_BYTES = 8 * 1024 * 1024;
/** so that the API knows which agents it still has to understand */
export const USER_AGENT = `kyso-agent/${AGENT_VERSION}`;

type Ask = {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  /** a body that is JSON already */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  readonly secret?: string;
  /** of the same request sent again; else a new one */
  readonly idempotencyKey?: string;
  readonly timeoutMs?: number;
};

/** A session as later calls need it. */
export type SessionAddress = { readonly sessionId: string; readonly secret: string };

export class AgentApi {
  readonly #origin: string;

  /** @param origin from apiOrigin */
  constructor(origin: string) {
    this.#origin = origin;
  }

  async enrol(body: NewDevice): Promise<Device> {
    return this.#json(device, { method: 'POST', path: '/v1/devices', body });
  }

  async challenge(body: { deviceId: string; ticketSha256: string }): Promise<{ nonce: string }> {
    return this.#json(wire.challenge, { method: 'POST', path: '/v1/signing-sessions/challenges', body });
  }

  async openSession(body: wire.NewSession): Promise<wire.Session> {
    return this.#json(wire.session, { method: 'POST', path: '/v1/signing-sessions', body });
  }

  async heartbeat({
    sessionId,
    secret,
  }: SessionAddress): Promise<{ leaseSeconds: number; serverTime: string }> {
    return this.#json(wire.heartbeat, {
      method: 'POST',
      path: `/v1/signing-sessions/${sessionId}/heartbeats`,
      body: {},
      secret,
    });
  }

  /** The leaves as they come: chunks of NDJSON, of any size. */
  async *leaves({ sessionId, secret }: SessionAddress, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const response = await this.#send(
      { method: 'GET', path: `/v1/signing-sessions/${sessionId}/leaves`, secret },
      signal,
    );
    if (!response.body) throw new Refusal('API_ANSWER_INVALID', { detail: 'no leaves' });
    try {
      for await (const chunk of response.body) yield chunk;
    } catch (cause) {
      throw new Refusal('API_UNREACHABLE', { detail: 'the leaves broke off', cause });
    }
  }

  /** One stream line, as text without its end. */
  async leaf({ sessionId, secret }: SessionAddress, index: number): Promise<string> {
    const text = await this.#text({
      method: 'GET',
      path: `/v1/signing-sessions/${sessionId}/leaves/${index}`,
      secret,
    });
    return text.endsWith('\n') ? text.slice(0, -1) : text;
  }

  /** Handing in the same signature again is the same request: its key is the signature's digest. */
  async submit(
    { sessionId, secret }: SessionAddress,
    cms: string,
    cmsSha256: string,
  ): Promise<wire.Collected> {
    return this.#json(wire.collected, {
      method: 'POST',
      path: `/v1/signing-sessions/${sessionId}/signatures`,
      body: { cms },
      secret,
      idempotencyKey: cmsSha256,
      timeoutMs: COLLECT_MS,
    });
  }

  /**
   * @param bytes JSON of a wire `newSignature` with items
   * @param sha256 of those bytes: the same window is the same request
   */
  async submitItems(
    { sessionId, secret }: SessionAddress,
    bytes: Uint8Array<ArrayBuffer>,
    sha256: string,
  ): Promise<wire.ItemsCollected> {
    return this.#json(wire.itemsCollected, {
      method: 'POST',
      path: `/v1/signing-sessions/${sessionId}/signatures`,
      bytes,
      secret,
      idempotencyKey: sha256,
      timeoutMs: COLLECT_MS,
    });
  }

  /** Which items of the batch the API has signatures of, whoever made them. */
  async signedItems({ sessionId, secret }: SessionAddress): Promise<wire.SignedItems> {
    return this.#json(wire.signedItems, {
      method: 'GET',
      path: `/v1/signing-sessions/${sessionId}/signatures`,
      secret,
    });
  }

  /**
   * The newest CRL of an issuer, DER; null where the API has none.
   * @param issuerKey SHA-256 of its SubjectPublicKeyInfo, base64url
   */
  async crl(issuerKey: string): Promise<Uint8Array | null> {
    return this.#publicBytes(`/v1/crls/${issuerKey}`, MAX_CRL_BYTES);
  }

  /**
   * An issuer's certificate, DER; null where the API has none.
   * @param nameSha256 of its Name, base64url
   */
  async issuer(nameSha256: string): Promise<Uint8Array | null> {
    return this.#publicBytes(`/v1/issuers/${nameSha256}`, MAX_ANSWER_BYTES);
  }

  async endSession({ sessionId, secret }: SessionAddress): Promise<void> {
    const response = await this.#send({
      method: 'DELETE',
      path: `/v1/signing-sessions/${sessionId}`,
      secret,
    });
    await response.body?.cancel();
  }

  async #json<T extends z.ZodType>(shape: T, ask: Ask): Promise<z.infer<T>> {
    return readShape(shape, parsedJson(await this.#text(ask)), 'API_ANSWER_INVALID');
  }

  async #text(ask: Ask): Promise<string> {
    return boundedText(await this.#send(ask), MAX_ANSWER_BYTES);
  }

  async #publicBytes(path: string, max: number): Promise<Uint8Array | null> {
    try {
      return await boundedBytes(await this.#send({ method: 'GET', path }), max);
    } catch (error) {
      if (isRefusal(error, 'ISSUER_UNKNOWN') || isRefusal(error, 'REVOCATION_UNKNOWN')) return null;
      throw error;
    }
  }

  /** @throws Refusal API_UNREACHABLE, API_ANSWER_INVALID, or the API's own refusal */
  async #send(ask: Ask, signal?: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = { 'user-agent': USER_AGENT };
    if (ask.method === 'POST') headers['idempotency-key'] = ask.idempotencyKey ?? randomUUID();
    const body = ask.body === undefined ? ask.bytes : JSON.stringify(ask.body);
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (ask.secret !== undefined) headers['authorization'] = `Bearer ${ask.secret}`;
    let response: Response;
    try {
      response = await fetch(this.#origin + ask.path, {
        method: ask.method,
        headers,
        ...(body === undefined ? {} : { body }),
        // an origin is pinned: what it sends elsewhere is not followed
        redirect: 'error',
        signal: signal ?? AbortSignal.timeout(ask.timeoutMs ?? ANSWER_MS),
      });
    } catch (cause) {
      throw new Refusal('API_UNREACHABLE', { detail: `${ask.method} failed`, cause });
    }
    if (response.ok) return response;
    throw refusalIn(response.status, await boundedText(response, MAX_ANSWER_BYTES));
  }
}

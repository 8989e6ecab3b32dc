import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { refusals, type RefusalCode } from '#core/refusal';
import { readShape } from '#core/shape';
import { newLease, results, type Job, type NewLease, type Result } from '#core/wire/issuing';
import { base64, base64url } from '#core/bytes';
import { family, statusToday } from './signed-world.ts';

/** The issuing API over the wire, in memory, as far as the worker asks it; it says whatever a test has it say. */
export type LyingApi = {
  readonly origin: string;
  readonly apiKey: string;
  /** handed out in order, each once */
  readonly jobs: unknown[];
  /** jobs of one lease at most */
  perLease: number;
  /** members of the lease besides its own */
  more: Record<string, unknown>;
  /** what /v1/status/{district} gives; null: 404 */
  status: Uint8Array | null;
  /** by issuer key */
  readonly crls: Map<string, Uint8Array>;
  /** every result that was taken, in order */
  readonly taken: Result[];
  readonly leases: NewLease[];
  /** problems in place of answers, by path suffix, while they stand here */
  readonly refuse: Map<string, RefusalCode>;
  /** called before an answer, by path suffix */
  readonly before: Map<string, () => void>;
  /** waits until so many results were taken */
  readonly until: (count: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

export async function lyingApi(): Promise<LyingApi> {
  const waiting: (() => void)[] = [];
  const apiKey = randomBytes(24).toString('base64url');
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const api: LyingApi = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    apiKey,
    jobs: [],
    perLease: 256,
    more: {},
    status: statusToday(),
    crls: new Map(),
    taken: [],
    leases: [],
    refuse: new Map(),
    before: new Map(),
    until: async (count) => {
      while (api.taken.length < count) await new Promise<void>((wake) => waiting.push(wake));
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const named = <T>(by: ReadonlyMap<string, T>) => [...by].find(([suffix]) => path.endsWith(suffix))?.[1];
    named(api.before)?.();
    const refusal = named(api.refuse);
    if (refusal) return problem(response, refusal);
    if (request.method === 'GET') return publicAnswer(path, response);
    if (request.headers.authorization !== `Bearer ${apiKey}`) return problem(response, 'UNAUTHENTICATED');
    const body = JSON.parse(Buffer.concat(chunks).toString()) as unknown;
    if (path === '/v1/issuing/leases') return lease(readShape(newLease, body, 'REQUEST_MALFORMED'), response);
    const taken = readShape(results, body, 'REQUEST_MALFORMED').results;
    api.taken.push(...taken);
    for (const wake of waiting.splice(0)) wake();
    const signed = taken.filter((one) => 'signature' in one).length;
    json(response, 200, { stored: signed, refused: taken.length - signed, rejected: [] });
  }

  function publicAnswer(path: string, response: ServerResponse): void {
    const crl = api.crls.get(path.split('/').at(-1) ?? '');
    const bytes = path.startsWith('/v1/crls/') ? crl : (api.status ?? undefined);
    if (!bytes)
      return problem(response, path.startsWith('/v1/crls/') ? 'REVOCATION_UNKNOWN' : 'ROUTE_UNKNOWN');
    response.writeHead(200).end(bytes);
  }

  function lease(asked: NewLease, response: ServerResponse): void {
    api.leases.push(asked);
    const jobs = api.jobs.splice(0, Math.min(asked.max, api.perLease));
    const leaseId = '01800000-0000-7000-8000-00000000f001';
    const expiresAt = '2099-01-01T00:00:00Z';
    json(response, 201, { leaseId, expiresAt, jobs, waiting: api.jobs.length, ...api.more });
  }
  return api;
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function problem(response: ServerResponse, code: RefusalCode): void {
  const { http: status, fixable } = refusals[code];
  const texts = { type: 'about:blank', title: code, vi: code, en: code };
  json(response, status, { ...texts, status, code, fixable, requestId: 'test', errors: [] });
}

/** The name under which the API hands out the issuing CA's CRL. */
export const caName = base64url(createHash('sha256').update(family.ca.key.spki).digest());

let last = 0;
/** @param claims CBOR */
export function jobOf(kid: string, evidence: string, claims: Uint8Array, changes: Partial<Job> = {}): Job {
  const certificateId = `01800000-0000-7000-8000-${String(++last).padStart(12, '0')}`;
  return { certificateId, kid, renewal: 0, evidence, claims: base64(claims), ...changes };
}

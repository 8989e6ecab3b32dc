import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { concat, fromBase64, fromBase64url, utf8 } from '#core/bytes';
import { Refusal, refusals, type RefusalCode } from '#core/refusal';
import { readShape } from '#core/shape';
import { newDevice, type Device } from '#core/wire/devices';
import { newChallenge, newSession, newSignature } from '#core/wire/signing-sessions';
import { streamOf, type TestList } from './lists.ts';

/** The wire contract of the signing session over one list, in memory; faults are switched on by the tests. */
export type FakeApi = {
  readonly origin: string;
  /** the list that the next ticket names */
  list: TestList;
  /** what is streamed; the list's own stream unless a test changes it */
  stream: string | null;
  unit: Device['unit'];
  instance: string;
  sessionCertificate: string | null;
  /** refusals given instead of an answer, by path suffix, each once */
  readonly refuseOnce: Map<string, RefusalCode>;
  /** connections cut instead of an answer, by path suffix, as often as said */
  readonly cut: Map<string, number>;
  /** what was handed in, DER */
  readonly collected: Uint8Array[];
  readonly requests: {
    readonly line: string;
    readonly idempotencyKey: string | undefined;
    readonly body: string;
  }[];
  newTicket: () => string;
  close: () => Promise<void>;
};

const CODE = 'enrolment-code-0123456789';
export const enrolmentCode = CODE;
const ID = '01800000-0000-7000-9000-00000000000';

export async function startFakeApi(list: TestList): Promise<FakeApi> {
  let deviceKey: Uint8Array | null = null;
  let deviceCertificate = '';
  let nonce = new Uint8Array(0);
  let secret = '';
  const tickets = new Set<string>();
  const server: Server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const api: FakeApi = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    list,
    stream: null,
    unit: { kind: 'district', code: '760', name: 'Trung tâm Y tế Quận 1' },
    instance: 'test',
    sessionCertificate: null,
    refuseOnce: new Map(),
    cut: new Map(),
    collected: [],
    requests: [],
    newTicket: () => {
      const ticket = `T${randomBytes(31).toString('base64url')}`;
      tickets.add(ticket);
      return ticket;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return api;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const path = request.url ?? '';
    const key = request.headers['idempotency-key'];
    api.requests.push({
      line: `${request.method ?? ''} ${path}`,
      idempotencyKey: typeof key === 'string' ? key : undefined,
      body,
    });
    const suffix = '/' + (path.split('/').pop() ?? '');
    const cuts = api.cut.get(suffix) ?? 0;
    if (cuts > 0) {
      api.cut.set(suffix, cuts - 1);
      request.socket.destroy();
      return;
    }
    try {
      const refusal = api.refuseOnce.get(suffix);
      api.refuseOnce.delete(suffix);
      if (refusal) throw new Refusal(refusal);
      if (request.method === 'POST' && key === undefined) throw new Refusal('IDEMPOTENCY_KEY_MISSING');
      const text = route(request, path, body);
      response.writeHead(200, { 'content-type': 'application/json' }).end(text);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      response.writeHead(error.http, { 'content-type': 'application/problem+json' }).end(problemOf(error));
    }
  }

  function route(request: IncomingMessage, path: string, body: string): string {
    const session = `/v1/signing-sessions/${ID}2`;
    if (path === '/v1/devices') return enrol(body);
    if (path === '/v1/signing-sessions/challenges') {
      readShape(newChallenge, JSON.parse(body), 'REQUEST_MALFORMED');
      nonce = randomBytes(32);
      return JSON.stringify({ nonce: Buffer.from(nonce).toString('base64url') });
    }
    if (path === '/v1/signing-sessions') return open(body);
    if (request.headers.authorization !== `Bearer ${secret}`) throw new Refusal('UNAUTHENTICATED');
    if (path === `${session}/leaves`) return api.stream ?? streamOf(api.list);
    if (path.startsWith(`${session}/leaves/`))
      return (api.list.leaves[Number(path.split('/').pop())]?.line ?? '') + '\n';
    if (path === `${session}/heartbeats`)
      return JSON.stringify({ leaseSeconds: 30, serverTime: '2026-11-22T00:00:00Z' });
    if (path === `${session}/signatures`) return collect(request, body);
    if (path === session && request.method === 'DELETE') return '';
    throw new Refusal('ROUTE_UNKNOWN');
  }

  function enrol(body: string): string {
    const device = readShape(newDevice, JSON.parse(body), 'REQUEST_MALFORMED');
    if (device.code !== CODE) throw new Refusal('ENROLMENT_CODE_INVALID');
    const certificate = bytes(device.signerCertificate);
    const message = concat(utf8('kyso/enrol/v1\0'), utf8(device.code), Uint8Array.of(0), digest(certificate));
    if (!holds(bytes(device.deviceKey), message, bytes(device.proof)))
      throw new Refusal('ENROLMENT_CODE_INVALID', { detail: 'proof' });
    deviceKey = bytes(device.deviceKey);
    deviceCertificate = Buffer.from(digest(certificate)).toString('base64url');
    return JSON.stringify({
      deviceId: `${ID}3`,
      instance: api.instance,
      unit: api.unit,
      signerCertificateSha256: deviceCertificate,
    });
  }

  function open(body: string): string {
    const { ticket, proof } = readShape(newSession, JSON.parse(body), 'REQUEST_MALFORMED');
    if (!tickets.delete(ticket)) throw new Refusal('TICKET_USED');
    const message = concat(utf8('kyso/device/v1\0'), nonce, digest(utf8(ticket)));
    if (!deviceKey || !holds(deviceKey, message, bytes(proof))) throw new Refusal('TICKET_OF_OTHER_DEVICE');
    secret = randomBytes(32).toString('base64url');
    return JSON.stringify({
      sessionId: `${ID}2`,
      secret,
      leaseSeconds: 30,
      statement: api.list.statementText,
      statementSha256: Buffer.from(digest(utf8(api.list.statementText))).toString('base64url'),
      signerCertificateSha256: api.sessionCertificate ?? deviceCertificate,
    });
  }

  function collect(request: IncomingMessage, body: string): string {
    const { cms } = readShape(newSignature, JSON.parse(body), 'REQUEST_MALFORMED');
    const cmsSha256 = Buffer.from(digest(bytes(cms))).toString('base64url');
    if (request.headers['idempotency-key'] !== cmsSha256) throw new Refusal('IDEMPOTENCY_KEY_REUSED');
    api.collected.push(bytes(cms));
    return JSON.stringify({
      batchId: api.list.statement.batchId,
      cmsSha256,
      collectedAt: '2026-11-22T00:00:01Z',
    });
  }
}

function bytes(text: string): Uint8Array {
  return fromBase64(text) ?? fromBase64url(text) ?? new Uint8Array(0);
}

function digest(message: Uint8Array): Uint8Array {
  return createHash('sha256').update(message).digest();
}

function holds(spki: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return verify(
    'sha256',
    message,
    createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }),
    signature,
  );
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  return text;
}

function problemOf({ code, texts, fixable }: Refusal): string {
  return JSON.stringify({
    type: `https://example.invalid/${code}`,
    title: code,
    status: refusals[code].http,
    code,
    ...texts,
    fixable,
    requestId: 'r-1',
    errors: [],
  });
}

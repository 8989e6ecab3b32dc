import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { certificateParts } from '#certs-test/certificate';
import { bytesOfText, crlFile, type Pki } from '#certs-test/pki';
import { base64url, concat, fromBase64, fromBase64url, utf8 } from '#core/bytes';
import { instant } from '#core/dates';
import { Refusal, refusals, type RefusalCode } from '#core/refusal';
import { readShape } from '#core/shape';
import { itemWriter } from '#core/sign/item-statement';
import { leafHash } from '#core/tree/hash';
import { newDevice, type Device } from '#core/wire/devices';
import {
  newChallenge,
  newSession,
  newSignature,
  type ItemSignature,
  type Session,
} from '#core/wire/signing-sessions';
import { nodeCrypto, sha256 } from '#verifier/crypto-node';
import { demandOwnSignature } from '#verifier/verify-signature';
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
  /** whom the trust list maps the signer to; null: the unit itself */
  signerUnits: Session['signerUnits'] | null;
  /** whose issuers and CRLs it hands out */
  pki: Pki | null;
  leaseSeconds: number;
  /** how far its clock is ahead */
  aheadSeconds: number;
  /** refusals given instead of an answer, by path suffix or by method and path suffix ("POST /signatures"), each once */
  readonly refuseOnce: Map<string, RefusalCode>;
  /** connections cut instead of an answer, by the same, as often as said */
  readonly cut: Map<string, number>;
  /** called before the answer, by the same */
  readonly before: Map<string, () => void>;
  /** what was handed in, DER */
  readonly collected: Uint8Array[];
  /** items that have a signature: DER by index, as they were handed in first */
  readonly items: Map<number, Uint8Array>;
  /** every item signature ever handed in, with its SHA-256 */
  readonly received: { readonly index: number; readonly sha256: string }[];
  /** what it claims to have, where that is not what it has */
  claimed: [number, number][] | null;
  readonly requests: {
    readonly line: string;
    readonly userAgent: string | undefined;
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
  let deviceCertificateDer: Uint8Array = new Uint8Array(0);
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
    signerUnits: null,
    pki: null,
    leaseSeconds: 30,
    aheadSeconds: 0,
    refuseOnce: new Map(),
    cut: new Map(),
    before: new Map(),
    collected: [],
    items: new Map(),
    received: [],
    claimed: null,
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
      userAgent: request.headers['user-agent'],
      idempotencyKey: typeof key === 'string' ? key : undefined,
      body,
    });
    const suffix = '/' + (path.split('/').pop() ?? '');
    const names = [suffix, `${request.method ?? ''} ${suffix}`];
    for (const name of names) api.before.get(name)?.();
    for (const name of names) {
      const cuts = api.cut.get(name) ?? 0;
      if (cuts === 0) continue;
      api.cut.set(name, cuts - 1);
      request.socket.destroy();
      return;
    }
    try {
      for (const name of names) {
        const refusal = api.refuseOnce.get(name);
        api.refuseOnce.delete(name);
        if (refusal) throw new Refusal(refusal);
      }
      if (request.method === 'POST' && key === undefined) throw new Refusal('IDEMPOTENCY_KEY_MISSING');
      const answered = await route(request, path, body);
      response.writeHead(200, { 'content-type': 'application/json' }).end(answered);
    } catch (error) {
      if (!(error instanceof Refusal)) {
        // a fault of this fake: seen at once, not at a time-out
        request.socket.destroy();
        throw error;
      }
      response.writeHead(error.http, { 'content-type': 'application/problem+json' }).end(problemOf(error));
    }
  }

  async function route(request: IncomingMessage, path: string, body: string): Promise<string | Uint8Array> {
    const session = `/v1/signing-sessions/${ID}2`;
    if (path === '/v1/devices') return enrol(body);
    if (path === '/v1/signing-sessions/challenges') {
      readShape(newChallenge, JSON.parse(body), 'REQUEST_MALFORMED');
      nonce = randomBytes(32);
      return JSON.stringify({ nonce: Buffer.from(nonce).toString('base64url') });
    }
    if (path === '/v1/signing-sessions') return open(body);
    if (path.startsWith('/v1/crls/')) return crlOf(path.slice('/v1/crls/'.length));
    if (path.startsWith('/v1/issuers/')) throw new Refusal('ISSUER_UNKNOWN');
    if (request.headers.authorization !== `Bearer ${secret}`) throw new Refusal('UNAUTHENTICATED');
    if (path === `${session}/leaves`) return api.stream ?? streamOf(api.list);
    if (path.startsWith(`${session}/leaves/`))
      return (api.list.leaves[Number(path.split('/').pop())]?.line ?? '') + '\n';
    if (path === `${session}/heartbeats`)
      return JSON.stringify({ leaseSeconds: api.leaseSeconds, serverTime: serverTime() });
    if (path === `${session}/signatures`)
      return request.method === 'GET' ? signedItems() : collect(request, body);
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
    deviceCertificateDer = certificate;
    deviceCertificate = base64url(digest(certificate));
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
      leaseSeconds: api.leaseSeconds,
      statement: api.list.statementText,
      statementSha256: Buffer.from(digest(utf8(api.list.statementText))).toString('base64url'),
      signerCertificateSha256: api.sessionCertificate ?? deviceCertificate,
      signerUnits: api.signerUnits ?? [{ kind: api.unit.kind, code: api.unit.code }],
    });
  }

  function serverTime(): string {
    return instant(new Date(Date.now() + api.aheadSeconds * 1000));
  }

  function crlOf(issuerKey: string): Uint8Array {
    const { pki } = api;
    const issuer = pki?.description.authorities.find(({ certificate }) => {
      return base64url(digest(certificateParts(bytesOfText(certificate)).publicKey)) === issuerKey;
    });
    if (!pki || !issuer) throw new Refusal('ISSUER_UNKNOWN');
    return readFileSync(crlFile(pki.files, issuer.name));
  }

  async function collect(request: IncomingMessage, body: string): Promise<string> {
    const signature = readShape(newSignature, JSON.parse(body), 'REQUEST_MALFORMED');
    const key = request.headers['idempotency-key'];
    if ('items' in signature) {
      if (key !== base64url(digest(utf8(body)))) throw new Refusal('IDEMPOTENCY_KEY_REUSED');
      return collectItems(signature.items);
    }
    const cmsSha256 = base64url(digest(bytes(signature.cms)));
    if (key !== cmsSha256) throw new Refusal('IDEMPOTENCY_KEY_REUSED');
    api.collected.push(bytes(signature.cms));
    return JSON.stringify({ batchId: api.list.statement.batchId, cmsSha256, collectedAt: serverTime() });
  }

  /** All of a window or nothing, each verified; an item that has a signature keeps it. */
  async function collectItems(window: readonly ItemSignature[]): Promise<string> {
    const { statement, statementText, leaves } = api.list;
    const write = itemWriter(statement, base64url(digest(utf8(statementText))));
    for (const { index, cms } of window) {
      const leaf = utf8(leaves[index]?.text ?? '');
      await demandOwnSignature({
        statementBytes: write({ index, leafHash: base64url(leafHash(sha256, leaf)) }),
        cms: bytes(cms),
        signerCertificate: deviceCertificateDer,
        crypto: nodeCrypto,
      });
    }
    for (const { index, cms } of window) {
      api.received.push({ index, sha256: base64url(digest(bytes(cms))) });
      if (!api.items.has(index)) api.items.set(index, bytes(cms));
    }
    const { batchId, count } = statement;
    const isWhole = api.items.size === count;
    return JSON.stringify({
      batchId,
      items: api.items.size,
      count,
      ...(isWhole ? { collectedAt: serverTime() } : {}),
    });
  }

  function signedItems(): string {
    const { count } = api.list.statement;
    const stretches: [number, number][] = [];
    for (const index of [...api.items.keys()].sort((a, b) => a - b)) {
      const last = stretches.at(-1);
      if (last?.[1] === index - 1) last[1] = index;
      else stretches.push([index, index]);
    }
    const said = api.claimed ?? stretches;
    const items = said.reduce((sum, [first, last]) => sum + last - first + 1, 0);
    return JSON.stringify({ items, count, stretches: said });
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

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Refusal } from '#core/refusal';
import {
  boundedBody,
  demandHost,
  demandNavigation,
  demandOwnPage,
  forbid,
  type ContentType,
} from './guard.ts';
import { securityHeaders } from './headers.ts';
import type { PageKey } from './page-key.ts';
import { fromOwnUser } from './peer.ts';
import { problemBody, refusalOf } from './problem.ts';

/** The only address the door listens on: no other machine, and no name that could be made to mean this one. */
export const LOOPBACK = '127.0.0.1';

export type Action = {
  readonly contentType: ContentType;
  /** what it throws becomes a problem document */
  readonly answer: (body: Buffer, header: (name: string) => string | undefined) => unknown;
};

export type DoorPage = {
  /** the page, for one load of it */
  readonly shell: (key: string) => string;
  readonly script: string;
  readonly style: string;
  /** `POST /do/<name>` */
  readonly actions: Readonly<Record<string, Action>>;
  readonly onLoad: () => void;
};

export type Limits = { readonly headersMs: number; readonly requestMs: number; readonly connections: number };
const LIMITS: Limits = { headersMs: 5000, requestMs: 10_000, connections: 64 };
const MAX_HEADER_BYTES = 8 * 1024;

export type DoorServer = { readonly origin: string; readonly close: () => Promise<void> };

/**
 * @param port 0 for any
 * @throws Refusal AGENT_BUSY where the port is taken
 */
export async function openServer(
  port: number,
  key: PageKey,
  page: DoorPage,
  limits: Limits = LIMITS,
): Promise<DoorServer> {
  const server = createServer({
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: Math.min(1000, limits.headersMs),
    keepAliveTimeout: 5000,
    maxHeaderSize: MAX_HEADER_BYTES,
  });
  server.maxConnections = limits.connections;
  await bind(server, port);
  const host = `${LOOPBACK}:${(server.address() as AddressInfo).port}`;
  const headers = securityHeaders(page.script, page.style);
  server.on('request', (request, response) => void serve(request, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseRaw(error, socket, headers));
  return { origin: `http://${host}`, close: () => close(server) };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { type, text } = await answer(request);
      response.writeHead(200, { ...headers, 'content-type': type }).end(text);
    } catch (error) {
      const refusal = refusalOf(error);
      // what was not read of a refused request is not read any more
      if (!request.complete) response.setHeader('connection', 'close');
      response.writeHead(refusal.http, { ...headers, 'content-type': 'application/problem+json' });
      response.end(problemBody(refusal));
    }
  }

  async function answer(request: IncomingMessage): Promise<{ type: string; text: string }> {
    if (!fromOwnUser(request.socket)) forbid('the program belongs to another user of this machine');
    demandHost(request, host);
    const path = request.url ?? '';
    if (path === '/' || path === '/sign') {
      demandNavigation(request);
      page.onLoad();
      return { type: 'text/html; charset=utf-8', text: page.shell(key.issue()) };
    }
    const action = path.startsWith('/do/') ? actionNamed(page, path.slice('/do/'.length)) : undefined;
    if (!action) throw new Refusal('ROUTE_UNKNOWN');
    demandOwnPage(request, `http://${host}`, key, action.contentType);
    const body = await boundedBody(request);
    const said = (name: string) => {
      const value = request.headers[name];
      return typeof value === 'string' ? value : undefined;
    };
    return { type: 'application/json', text: JSON.stringify((await action.answer(body, said)) ?? {}) };
  }
}

function actionNamed({ actions }: DoorPage, name: string): Action | undefined {
  return Object.hasOwn(actions, name) ? actions[name] : undefined;
}

async function bind(server: Server, port: number): Promise<void> {
  try {
    server.listen(port, LOOPBACK);
    await once(server, 'listening');
  } catch (cause) {
    throw new Refusal('AGENT_BUSY', {
      detail: `port ${port}: ${(cause as NodeJS.ErrnoException).code}`,
      cause,
    });
  }
}

/** What never became a request: too slow, too large, or not HTTP at all. */
function refuseRaw(
  { code }: NodeJS.ErrnoException,
  socket: Duplex | Socket,
  headers: Readonly<Record<string, string>>,
): void {
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const slow = code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const detail = slow ? 'the request takes too long' : 'not an acceptable HTTP request';
  const body = problemBody(new Refusal('DOOR_FORBIDDEN', { detail }));
  const lines = Object.entries({
    ...headers,
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 403 Forbidden\r\n${lines.join('')}\r\n${body}`, () => socket.destroy());
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { FetchFault, fetchBytes, type Asked } from '#signing-api/outside/fetch-bytes';

/** Asks a server that answers so. */
async function ask(answer: RequestListener, changes: Partial<Asked> = {}): Promise<Buffer> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/a?b=c`);
  const signal = new AbortController().signal;
  try {
    return await fetchBytes({ url, maxBytes: 1000, timeoutMs: 20_000, signal, ...changes });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function faultOf(answer: RequestListener, changes: Partial<Asked> = {}): Promise<[string, boolean]> {
  try {
    await ask(answer, changes);
  } catch (error) {
    if (error instanceof FetchFault) return [error.message, error.isPassing];
    throw error;
  }
  throw new Error('no fault');
}

describe('one address asked once', () => {
  it('gives the bytes, to the last that is allowed', async () => {
    const bytes = await ask((request, response) => {
      response.end(`${request.method ?? ''} ${request.url ?? ''}`.padEnd(1000, '.'));
    });
    expect(bytes.toString()).toBe('GET /a?b=c'.padEnd(1000, '.'));
  });

  it('posts what it is given', async () => {
    const post = { type: 'application/ocsp-request', body: Uint8Array.of(1, 2, 3) };
    const answer: RequestListener = (request, response) => {
      void request.toArray().then((parts: Buffer[]) => {
        const { 'content-type': type, 'content-length': length } = request.headers;
        response.end(
          [request.method, type, length, Buffer.concat(parts).toString('hex'), request.headers.cookie].join(
            ' ',
          ),
        );
      });
    };
    expect((await ask(answer, { post })).toString()).toBe('POST application/ocsp-request 3 010203 ');
  });

  it.each<[string, boolean, RequestListener]>([
    ['status 204', false, (_, response) => response.writeHead(204).end()],
    ['status 301', false, (_, response) => response.writeHead(301, { location: '/b' }).end('x')],
    ['status 404', false, (_, response) => response.writeHead(404).end('x')],
    ['status 429', true, (_, response) => response.writeHead(429).end('x')],
    ['status 503', true, (_, response) => response.writeHead(503).end('x')],
    [
      'size limit',
      false,
      (_, response) => response.writeHead(200, { 'content-length': 1001 }).flushHeaders(),
    ],
    ['size limit', false, (_, response) => response.end('x'.repeat(1001))],
    ['no connection', true, (request) => request.destroy()],
    ['no connection', true, (request) => request.socket.end('HTTP/1.1 what\r\n\r\n')],
    [
      'connection broken',
      true,
      (_, response) => {
        response.writeHead(200, { 'content-length': 10 });
        response.write('x', () => response.destroy());
      },
    ],
  ])('says %s', async (reason, isPassing, answer) => {
    expect(await faultOf(answer)).toEqual([reason, isPassing]);
  });

  it('does not wait for headers or for bytes past its time', async () => {
    expect(await faultOf(() => undefined, { timeoutMs: 200 })).toEqual(['time limit', false]);
    const trickle: RequestListener = (request, response) => {
      const timer = setInterval(() => response.write('x'), 20);
      request.on('close', () => {
        clearInterval(timer);
      });
    };
    expect(await faultOf(trickle, { timeoutMs: 200 })).toEqual(['time limit', false]);
  });

  it('is broken off where the service ends', async () => {
    const stop = new AbortController();
    const answer: RequestListener = () => {
      stop.abort();
    };
    expect((await faultOf(answer, { signal: stop.signal }))[0]).toBe('no connection');
  });

  it('finds nobody where nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    server.close();
    await once(server, 'close');
    expect(await faultOf(() => undefined, { url })).toEqual(['no connection', true]);
  });
});

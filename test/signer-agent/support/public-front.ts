import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Pki } from '#certs-test/pki';
import { bytesOfRequest } from './request-bytes.ts';

/** What anyone may read at an API, before a fake one: health, trust list, clock. Everything else goes on to the fake one. */
export type PublicFront = {
  readonly origin: string;
  instance: string;
  /** text of the trust list */
  trust: string;
  /** of its clock */
  aheadSeconds: number;
  minimumAgent: string | null;
  close: () => Promise<void>;
};

export async function startPublicFront(pki: Pki, behind: string): Promise<PublicFront> {
  const server = createServer((request, response) => {
    // what is behind is away: so is this
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const front: PublicFront = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    instance: 'test',
    trust: readFileSync(pki.files.trust, 'utf8'),
    aheadSeconds: 0,
    minimumAgent: null,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return front;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    response.setHeader('date', new Date(Date.now() + front.aheadSeconds * 1000).toUTCString());
    if (front.minimumAgent !== null) response.setHeader('kyso-minimum-agent', front.minimumAgent);
    if (path === '/healthz') return void response.end(JSON.stringify({ ok: true, instance: front.instance }));
    if (path === '/v1/trust') return void response.end(front.trust);
    const body = await bytesOfRequest(request);
    const { 'content-type': type, 'idempotency-key': key, authorization } = request.headers;
    const headers = Object.entries({ 'content-type': type, 'idempotency-key': key, authorization });
    const answered = await fetch(behind + path, {
      method: request.method ?? 'GET',
      headers: headers.flatMap(([name, value]) =>
        typeof value === 'string' ? [[name, value] as [string, string]] : [],
      ),
      ...(body.length > 0 ? { body } : {}),
    });
    response.writeHead(answered.status, { 'content-type': answered.headers.get('content-type') ?? '' });
    response.end(Buffer.from(await answered.arrayBuffer()));
  }
}

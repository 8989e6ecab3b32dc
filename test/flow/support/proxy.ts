import { once } from 'node:events';
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens at a moment of the conversation; `cut` drops the connection there. */
export type Hook = () => Promise<'cut' | undefined> | 'cut' | undefined;

/** Stands between agent and API. Untouched it hands everything on; tests make it lie, stall and cut, once each. */
export type Proxy = {
  readonly origin: string;
  /** where the API is now: it may come back on another port */
  target: string;
  /** by the end of the request's path: run when the request has come and is not yet handed on */
  readonly before: Map<string, Hook>;
  /** by the end of the request's path: run when the API has answered and the answer is not yet handed on */
  readonly after: Map<string, Hook>;
  /** the lines of the leaves stream, end line included, as the agent is to receive them */
  lie: ((lines: readonly string[]) => readonly string[]) | null;
  /** told of every answer that was handed on whole: `METHOD /path`, what was asked, the status */
  heard: ((request: string, asked: Buffer, status: number) => void) | null;
  /** run when the first bytes of the leaves stream have been handed on */
  amidLeaves: Hook | null;
  /** `METHOD /path` as they came */
  readonly requests: string[];
  readonly close: () => Promise<void>;
};

export async function startProxy(target: string): Promise<Proxy> {
  const server = createServer((request, response) => {
    handOn(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: Proxy = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target,
    before: new Map(),
    after: new Map(),
    lie: null,
    heard: null,
    amidLeaves: null,
    requests: [],
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;

  async function handOn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const line = `${request.method ?? ''} ${path}`;
    proxy.requests.push(line);
    const body = await bytesOf(request);
    if ((await moment(proxy.before, path)) === 'cut') return void response.destroy();
    const answer = await forward(request, body);
    if ((await moment(proxy.after, path)) === 'cut') return void response.destroy();
    const isWhole = !path.endsWith('/leaves');
    const answered = isWhole ? await bytesOf(answer) : null;
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    if (answered) {
      proxy.heard?.(line, body, answer.statusCode ?? 502);
      return void response.end(answered);
    }
    if (proxy.lie) return void response.end(lied(await bytesOf(answer), proxy.lie));
    await streamOn(answer, response);
  }

  async function forward(request: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    const { host, port } = new URL(proxy.target);
    const headers = { ...request.headers, host };
    const upstream = ask({
      host: '127.0.0.1',
      port,
      method: request.method,
      path: request.url,
      headers,
      agent: false,
    });
    upstream.end(body);
    const [answer] = (await once(upstream, 'response')) as [IncomingMessage];
    // leaves may become fewer or more; other answers keep their length
    delete answer.headers['transfer-encoding'];
    delete answer.headers['connection'];
    return answer;
  }

  async function streamOn(answer: IncomingMessage, response: ServerResponse): Promise<void> {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      response.write(chunk);
      const hook = proxy.amidLeaves;
      proxy.amidLeaves = null;
      if ((await hook?.()) === 'cut') return void response.destroy();
    }
    response.end();
  }
}

async function moment(hooks: Map<string, Hook>, path: string): Promise<'cut' | undefined> {
  const found = [...hooks].find(([ending]) => path.endsWith(ending));
  if (!found) return undefined;
  hooks.delete(found[0]);
  return found[1]();
}

function lied(stream: Buffer, lie: (lines: readonly string[]) => readonly string[]): string {
  const lines = stream.toString('utf8').split('\n').slice(0, -1);
  return lie(lines)
    .map((line) => line + '\n')
    .join('');
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

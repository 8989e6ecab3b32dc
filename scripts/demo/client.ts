import { randomUUID } from 'node:crypto';

export type Reply = {
  readonly status: number;
  readonly text: string;
  readonly json: Record<string, unknown>;
};

/** The API as a unit's system would call it. */
export class Client {
  readonly #url: string;
  readonly #key: string;

  constructor(url: string, key: string) {
    this.#url = url;
    this.#key = key;
  }

  get(path: string): Promise<Reply> {
    return this.#call('GET', path, {});
  }

  post(path: string, body: object): Promise<Reply> {
    return this.#call('POST', path, { 'content-type': 'application/json' }, JSON.stringify(body));
  }

  send(path: string, type: string, body: ReadableStream): Promise<Reply> {
    return this.#call('POST', path, { 'content-type': type }, body);
  }

  /** @returns the answer's bytes; anything else than success ends the demo */
  async bytes(path: string, body: object): Promise<Uint8Array> {
    const response = await this.#fetch(
      'POST',
      path,
      { 'content-type': 'application/json' },
      JSON.stringify(body),
    );
    if (!response.ok) throw new Error(`the API answered ${response.status}: ${await response.text()}`);
    return new Uint8Array(await response.arrayBuffer());
  }

  /** As `get` or `post`, but anything else than success ends the demo. */
  async must(reply: Promise<Reply>): Promise<Record<string, unknown>> {
    const { status, text, json } = await reply;
    if (status >= 400) throw new Error(`the API answered ${status}: ${text.slice(0, 500)}`);
    return json;
  }

  async #call(
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: string | ReadableStream,
  ): Promise<Reply> {
    const response = await this.#fetch(method, path, headers, body);
    const text = await response.text();
    let json: Record<string, unknown> = {};
    if (/json/.test(response.headers.get('content-type') ?? ''))
      json = JSON.parse(text) as Record<string, unknown>;
    return { status: response.status, text, json };
  }

  #fetch(
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: string | ReadableStream,
  ): Promise<Response> {
    return fetch(this.#url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.#key}`,
        ...(method === 'POST' ? { 'idempotency-key': randomUUID() } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body, duplex: 'half' }),
    });
  }
}

/** Asks again until the answer is no longer in one of the waiting states. */
export async function untilSettled(
  ask: () => Promise<Record<string, unknown>>,
  waiting: readonly string[],
  say: (state: Record<string, unknown>) => void,
): Promise<Record<string, unknown>> {
  let saidAt = Date.now();
  for (;;) {
    const state = await ask();
    if (!waiting.includes(String(state['state']))) return state;
    if (Date.now() - saidAt > 5000) {
      say(state);
      saidAt = Date.now();
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

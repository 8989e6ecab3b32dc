import type { FastifyInstance } from 'fastify';

type Declared = {
  readonly querystring?: unknown;
  readonly body?: unknown;
  readonly consumes?: readonly string[];
};

/** Every route says what it takes, also where that is nothing, so that what it does not know is refused; else the program does not start. */
export function addStrictness(app: FastifyInstance): void {
  app.addHook('onRoute', ({ method, url, schema }) => {
    const { querystring, body, consumes } = (schema ?? {}) as Declared;
    if (querystring === undefined)
      throw new Error(`${String(method)} ${url} does not say which query it takes`);
    if (method !== 'GET' && body === undefined && consumes === undefined)
      throw new Error(`${String(method)} ${url} does not say which body it takes`);
  });
}

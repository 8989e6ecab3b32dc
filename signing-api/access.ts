import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Refusal } from '#core/refusal';
import type { Caller, Role } from './caller.ts';
import type { Service } from './service.ts';
import { authenticateSession } from './steps/keep-session.ts';
import { authenticateKey } from './steps/authenticate-key.ts';

/** Who may call a route. Every route says it; one that does not stops the program at start. */
export type Access =
  /** anyone: public lists, and calls that carry their own one-time proof */
  | 'public'
  /** the holder of a signing session's secret, for that session only */
  | 'session'
  | { readonly roles: readonly Role[] };

type SessionRow = Awaited<ReturnType<typeof authenticateSession>>;

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    caller: Caller | null;
    session: SessionRow | null;
  }
}

export function addAccess(app: FastifyInstance, service: Service): void {
  app.decorateRequest('caller', null);
  app.decorateRequest('session', null);
  app.addHook('onRoute', (route) => {
    if (route.config?.access === undefined)
      throw new Error(`${String(route.method)} ${route.url} does not say who may call it`);
  });
  app.addHook('onRequest', async (request) => {
    const access = request.routeOptions.config.access;
    if (request.is404 || access === 'public') return;
    const secret = bearer(request);
    if (access === 'session') await admitSession(service, request, secret);
    else request.caller = await authenticateKey(service, secret);
    if (typeof access === 'object' && !access.roles.includes(callerOf(request).role))
      throw new Refusal('FORBIDDEN');
  });
}

async function admitSession(service: Service, request: FastifyRequest, secret: string): Promise<void> {
  const session = await authenticateSession(service, secret);
  const { sessionId } = request.params as { sessionId?: string };
  if (session.sessionId !== sessionId) throw new Refusal('UNAUTHENTICATED');
  request.session = session;
}

function bearer(request: FastifyRequest): string {
  const secret = /^Bearer ([A-Za-z0-9_-]{20,100})$/.exec(request.headers.authorization ?? '')?.[1];
  if (!secret) throw new Refusal('UNAUTHENTICATED');
  return secret;
}

export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw new Refusal('UNAUTHENTICATED');
  return request.caller;
}

export function sessionOf(request: FastifyRequest): SessionRow {
  if (!request.session) throw new Refusal('UNAUTHENTICATED');
  return request.session;
}

import { randomUUID } from 'node:crypto';
import swagger from '@fastify/swagger';
import fastify, { LogController, type FastifyBaseLogger } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { pino, type DestinationStream } from 'pino';
import { Refusal } from '#core/refusal';
import { addAccess } from './access.ts';
import { describeRoute, withProblems } from './describe-route.ts';
import { answerError } from './errors.ts';
import { addIdempotency } from './idempotency.ts';
import { addRateLimits } from './rate-limits.ts';
import type { App } from './routes/app-type.ts';
import { authorityRoutes } from './routes/authorities.ts';
import { batchRoutes } from './routes/batches.ts';
import { certificateRoutes } from './routes/certificates.ts';
import { deviceRoutes } from './routes/devices.ts';
import { evidenceRoutes } from './routes/evidence.ts';
import { importRoutes } from './routes/imports.ts';
import { issuingRoutes } from './routes/issuing.ts';
import { paperRoutes } from './routes/papers.ts';
import { publicListRoutes } from './routes/public-lists.ts';
import { recordRoutes } from './routes/records.ts';
import { signingSessionRoutes } from './routes/signing-sessions.ts';
import type { Service } from './service.ts';
import { addStrictness } from './strict-routes.ts';
import { REQUEST_TIMEOUT_MS } from './timeouts.ts';

const BODY_LIMIT = 1024 * 1024;
const HEADERS_TIMEOUT_MS = 20_000;

/**
 * Builds the API; `server.ts` listens.
 * @param logTo where log lines go, standard output by default
 */
export async function buildApp(service: Service, logTo?: DestinationStream): Promise<App> {
  const app: App = fastify({
    loggerInstance: logger(service.config.logLevel, logTo),
    // Fastify's own request lines carry raw URLs: ours below names the route instead
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    // only a reverse proxy on this machine is believed about whom it asks for
    trustProxy: 'loopback',
    // what the router refuses before there is a route, such as a broken URL, whose own answer would repeat it
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS },
    exposeHeadRoutes: false,
    return503OnClosing: true,
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request, reply) => answerError(new Refusal('ROUTE_UNKNOWN'), request, reply));
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    const by = request.caller?.keyId ?? request.session?.sessionId;
    request.log.info(
      { method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime), by },
      'answered',
    );
  });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'kyso', description: 'Signing service for vaccination records', version: '1' },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    },
    transform: describeRoute,
    transformObject: (document) => withProblems(document),
  });
  service.fetcher.onFault((fault) => {
    app.log.warn(fault, 'no answer on revocation');
  });
  addAccess(app, service);
  addStrictness(app);
  addIdempotency(app, service);
  await addRateLimits(app);
  for (const routes of [
    importRoutes,
    recordRoutes,
    batchRoutes,
    deviceRoutes,
    signingSessionRoutes,
    evidenceRoutes,
    publicListRoutes,
    paperRoutes,
    authorityRoutes,
    issuingRoutes,
    certificateRoutes,
  ])
    routes(app, service);
  await app.ready();
  return app;
}

/** By allow-list: request and error objects are never written as they are. */
function logger(level: string, logTo: DestinationStream | undefined): FastifyBaseLogger {
  const serializers = {
    req: ({ id }: { id: string }) => ({ id }),
    res: () => undefined,
    err: (error: unknown) => error,
  };
  return logTo ? pino({ level, serializers }, logTo) : pino({ level, serializers });
}

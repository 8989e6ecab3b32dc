import { z } from 'zod';
import { found, lookup, newVerification, verification } from '#core/wire/certificates';
import * as f from '#core/sign/fields';
import { boundOnAll, MINUTE_MS } from '../rate-limits.ts';
import type { Service } from '../service.ts';
import { issueRevocations, revocationBatch } from '../steps/issuing/issue-revocations.ts';
import { lookUpCertificate } from '../steps/issuing/look-up-certificate.ts';
import { verify } from '../steps/issuing/verify.ts';
import type { App } from './app-type.ts';
import { sendCached } from './cached.ts';
import { nothing } from './nothing.ts';

/** Of all who look certificates up together, so that codes cannot be guessed from many addresses. */
const LOOKUPS_OF_ALL_PER_MINUTE = 3_000;
/** Evidence of the largest size, in JSON, where each of its quotes takes two characters. */
const VERIFY_BODY_LIMIT = 3 * 1024 * 1024;
const JSON_TYPE = 'application/json; charset=utf-8';

/** What anyone may ask: the lists that verify certificates offline, a certificate by its code, and a verdict. */
export function certificateRoutes(app: App, service: Service): void {
  const { lookupsPerMinute, verificationsPerMinute } = service.config;
  const ofAll = boundOnAll(app, LOOKUPS_OF_ALL_PER_MINUTE);

  app.get(
    '/v1/document-signers',
    { config: { access: 'public' }, schema: { querystring: nothing, produces: ['application/json'] } },
    async (request, reply) => {
      const { bytes, sha256 } = await service.documentSigners.file();
      await sendCached(request, reply, {
        bytes,
        sha256,
        type: JSON_TYPE,
        cacheControl: 'public, max-age=3600',
      });
    },
  );

  app.get(
    '/v1/certificate-revocations',
    { config: { access: 'public' }, schema: { querystring: nothing, produces: ['application/json'] } },
    async (request, reply) => {
      const { text, sha256 } = await issueRevocations(service);
      await sendCached(request, reply, {
        bytes: text,
        sha256,
        type: JSON_TYPE,
        cacheControl: 'public, max-age=300',
      });
    },
  );

  app.get(
    '/v1/certificate-revocations/:sha256',
    {
      config: { access: 'public' },
      schema: {
        params: z.strictObject({ sha256: f.digest }),
        querystring: nothing,
        produces: ['application/json'],
      },
    },
    async (request, reply) => {
      const { sha256 } = request.params;
      const bytes = await revocationBatch(service, sha256);
      const cacheControl = 'public, max-age=31536000, immutable';
      await sendCached(request, reply, { bytes, sha256, type: JSON_TYPE, cacheControl });
    },
  );

  app.post(
    '/v1/certificates/lookup',
    {
      config: { access: 'public', rateLimit: { max: lookupsPerMinute, timeWindow: MINUTE_MS } },
      // after the count by address, so that one address does not use up what all have
      preHandler: ofAll,
      schema: { querystring: nothing, body: lookup, response: { 200: found } },
    },
    async (request, reply) => {
      await reply.header('cache-control', 'no-store').send(await lookUpCertificate(service, request.body));
    },
  );

  app.post(
    '/v1/verify',
    {
      config: { access: 'public', rateLimit: { max: verificationsPerMinute, timeWindow: MINUTE_MS } },
      bodyLimit: VERIFY_BODY_LIMIT,
      schema: { querystring: nothing, body: newVerification, response: { 200: verification } },
    },
    async (request, reply) => {
      await reply.header('cache-control', 'no-store').send(await verify(service, request.body));
    },
  );
}

import { z } from 'zod';
import * as f from '#core/sign/fields';
import type { Service } from '../service.ts';
import { issuerCertificate, newestCrl } from '../steps/public-authorities.ts';
import type { App } from './app-type.ts';
import { nothing } from './nothing.ts';

/** RFC 2585 §4 */
const CRL_MEDIA_TYPE = 'application/pkix-crl';
const CERTIFICATE_MEDIA_TYPE = 'application/pkix-cert';

/** Issuers of signers and what they took back, as the API itself judges by them; public, as they are at the issuers'. */
export function authorityRoutes(app: App, service: Service): void {
  app.get(
    '/v1/crls/:issuerKey',
    {
      config: { access: 'public' },
      schema: {
        params: z.strictObject({ issuerKey: f.digest }),
        querystring: nothing,
        produces: [CRL_MEDIA_TYPE],
      },
    },
    async (request, reply) =>
      reply.type(CRL_MEDIA_TYPE).send(Buffer.from(await newestCrl(service, request.params.issuerKey))),
  );

  app.get(
    '/v1/issuers/:nameSha256',
    {
      config: { access: 'public' },
      schema: {
        params: z.strictObject({ nameSha256: f.digest }),
        querystring: nothing,
        produces: [CERTIFICATE_MEDIA_TYPE],
      },
    },
    async (request, reply) =>
      reply
        .type(CERTIFICATE_MEDIA_TYPE)
        .send(Buffer.from(await issuerCertificate(service, request.params.nameSha256))),
  );
}

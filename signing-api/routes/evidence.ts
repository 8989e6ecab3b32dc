import { z } from 'zod';
import * as f from '#core/sign/fields';
import { EVIDENCE_MEDIA_TYPE } from '#core/sign/evidence';
import { callerOf } from '../access.ts';
import type { Service } from '../service.ts';
import { makeEvidence } from '../steps/make-evidence.ts';
import type { App } from './app-type.ts';

export function evidenceRoutes(app: App, service: Service): void {
  app.get(
    '/v1/evidence/:district/:recordId',
    {
      config: { access: { roles: ['ward', 'facility', 'district', 'cdc', 'ministry'] } },
      schema: {
        params: z.strictObject({ district: f.district, recordId: f.recordId }),
        querystring: z.strictObject({ copy: z.enum(['holder', 'other']).default('other') }),
        produces: [EVIDENCE_MEDIA_TYPE],
      },
    },
    async (request, reply) => {
      const { district, recordId } = request.params;
      const bytes = await makeEvidence(service, callerOf(request), district, recordId, request.query.copy);
      return reply.type(EVIDENCE_MEDIA_TYPE).send(Buffer.from(bytes));
    },
  );
}

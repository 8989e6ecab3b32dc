import { z } from 'zod';
import { districts } from '#core/record/places';
import { envelopeShape } from '#core/sign/envelope';
import * as f from '#core/sign/fields';
import { newUnits, unitList } from '#core/wire/records';
import { ROLES } from '../caller.ts';
import type { Service } from '../service.ts';
import { issueStatus } from '../steps/issue-status.ts';
import { addUnits, allUnits } from '../steps/units.ts';
import type { App } from './app-type.ts';

/** What anyone may read to verify offline, and the list of units. */
export function publicListRoutes(app: App, service: Service): void {
  app.get(
    '/v1/trust',
    { config: { access: 'public' }, schema: { response: { 200: envelopeShape } } },
    async () => service.trust.envelope(),
  );

  app.get(
    '/v1/status',
    { config: { access: 'public' }, schema: { response: { 200: z.array(envelopeShape) } } },
    async () => Promise.all([...districts.keys()].map((district) => issueStatus(service, district))),
  );

  app.get(
    '/v1/status/:district',
    {
      config: { access: 'public' },
      schema: { params: z.strictObject({ district: f.district }), response: { 200: z.array(envelopeShape) } },
    },
    async (request) => [await issueStatus(service, request.params.district)],
  );

  app.get(
    '/v1/units',
    { config: { access: { roles: ROLES } }, schema: { response: { 200: unitList } } },
    async () => ({
      units: await allUnits(service),
    }),
  );

  app.post(
    '/v1/units',
    {
      config: { access: { roles: ['operator'] }, idempotency: 'answer' },
      schema: { body: newUnits, response: { 201: z.strictObject({ added: f.index }) } },
    },
    async (request, reply) => {
      await reply.code(201).send({ added: await addUnits(service, request.body.units) });
    },
  );

  app.get(
    '/healthz',
    {
      config: { access: 'public' },
      schema: { response: { 200: z.strictObject({ ok: z.literal(true), instance: f.instance }) } },
    },
    () => ({ ok: true as const, instance: service.config.instance }),
  );
}

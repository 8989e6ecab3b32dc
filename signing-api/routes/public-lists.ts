import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { envelopeShape } from '#core/sign/envelope';
import * as f from '#core/sign/fields';
import { statusEnvelopeShape } from '#core/sign/status-list';
import { MINIMUM_AGENT_HEADER } from '#core/wire/agent-version';
import { newUnits, unitList } from '#core/wire/records';
import { ROLES } from '../caller.ts';
import type { Service } from '../service.ts';
import { allStatus, publicStatus, statusDigest } from '../steps/issue-status.ts';
import { addUnits, allUnits } from '../steps/units.ts';
import type { App } from './app-type.ts';
import { isHeld } from './cached.ts';
import { nothing } from './nothing.ts';

/** What anyone may read to verify offline, and the list of units. */
export function publicListRoutes(app: App, service: Service): void {
  app.get(
    '/v1/trust',
    { config: { access: 'public' }, schema: { querystring: nothing, response: { 200: envelopeShape } } },
    async () => service.trust.envelope(),
  );

  app.get(
    '/v1/status',
    {
      config: { access: 'public' },
      schema: { querystring: nothing, response: { 200: z.array(statusEnvelopeShape) } },
    },
    async (_request, reply) => sendArray(reply, await allStatus(service)),
  );

  app.get(
    '/v1/status/:district',
    {
      config: { access: 'public' },
      schema: {
        params: z.strictObject({ district: f.district }),
        querystring: nothing,
        response: { 200: z.array(statusEnvelopeShape), 304: z.null() },
      },
    },
    async (request, reply) => {
      const list = await publicStatus(service, request.params.district);
      if (isHeld(request, reply, statusDigest(service, list))) await reply.code(304).send(null);
      else await sendArray(reply, [list.envelope]);
    },
  );

  app.get(
    '/v1/units',
    { config: { access: { roles: ROLES } }, schema: { querystring: nothing, response: { 200: unitList } } },
    async () => ({
      units: await allUnits(service),
    }),
  );

  app.post(
    '/v1/units',
    {
      config: { access: { roles: ['operator'] }, idempotency: 'answer' },
      schema: { querystring: nothing, body: newUnits, response: { 201: z.strictObject({ added: f.index }) } },
    },
    async (request, reply) => {
      await reply.code(201).send({ added: await addUnits(service, request.body.units) });
    },
  );

  app.get(
    '/healthz',
    {
      config: { access: 'public' },
      schema: {
        querystring: nothing,
        response: { 200: z.strictObject({ ok: z.literal(true), instance: f.instance }) },
      },
    },
    async (_request, reply) => {
      const { instance, minimumAgent } = service.config;
      if (minimumAgent) void reply.header(MINIMUM_AGENT_HEADER, minimumAgent.join('.'));
      return Promise.resolve({ ok: true as const, instance });
    },
  );
}

/** As the file status.json is: the envelopes' own canonical text, not parsed and written again, because a list may have 128 MiB. */
async function sendArray(reply: FastifyReply, texts: readonly string[]): Promise<void> {
  const pieces = texts.flatMap((text, i) => [i === 0 ? '[' : ',', text]);
  await reply.type('application/json; charset=utf-8').send(Readable.from([...pieces, ']']));
}

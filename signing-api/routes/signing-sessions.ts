import { Readable } from 'node:stream';
import { z } from 'zod';
import * as f from '#core/sign/fields';
import {
  challenge,
  collected,
  heartbeat as heartbeatShape,
  LEAVES_MEDIA_TYPE,
  newChallenge,
  newSession,
  newSignature,
  session,
} from '#core/wire/signing-sessions';
import { sessionOf } from '../access.ts';
import type { Service } from '../service.ts';
import { collectSignature } from '../steps/collect-signature.ts';
import { closeSession, heartbeat, requireLease } from '../steps/keep-session.ts';
import { challengeFor, openSession } from '../steps/open-session.ts';
import { oneLeaf, streamLeaves } from '../steps/stream-leaves.ts';
import type { App } from './app-type.ts';
import { nothing } from './nothing.ts';

const params = z.strictObject({ sessionId: f.uuid });

export function signingSessionRoutes(app: App, service: Service): void {
  // the ticket and the device key's proof are the permission
  app.post(
    '/v1/signing-sessions/challenges',
    {
      config: { access: 'public' },
      schema: { querystring: nothing, body: newChallenge, response: { 200: challenge } },
    },
    (request) => challengeFor(service, request.body.deviceId, request.body.ticketSha256),
  );

  app.post(
    '/v1/signing-sessions',
    {
      config: { access: 'public', idempotency: 'secret' },
      schema: { querystring: nothing, body: newSession, response: { 201: session } },
    },
    async (request, reply) => {
      await reply.code(201).send(await openSession(service, request.body));
    },
  );

  app.post(
    '/v1/signing-sessions/:sessionId/heartbeats',
    {
      config: { access: 'session' },
      schema: { params, querystring: nothing, body: nothing, response: { 200: heartbeatShape } },
    },
    (request) => heartbeat(service, sessionOf(request)),
  );

  app.get(
    '/v1/signing-sessions/:sessionId/leaves',
    {
      config: { access: 'session' },
      schema: { params, querystring: nothing, produces: [LEAVES_MEDIA_TYPE] },
    },
    async (request, reply) => {
      await requireLease(service, sessionOf(request));
      const lines = Readable.from(streamLeaves(service, sessionOf(request)), {
        objectMode: false,
        highWaterMark: 4 * 1024 * 1024,
      });
      return reply.type(LEAVES_MEDIA_TYPE).send(lines);
    },
  );

  app.get(
    '/v1/signing-sessions/:sessionId/leaves/:leafIndex',
    {
      config: { access: 'session' },
      schema: {
        params: z.strictObject({ sessionId: f.uuid, leafIndex: z.string().regex(/^\d{1,12}$/) }),
        querystring: nothing,
        produces: [LEAVES_MEDIA_TYPE],
      },
    },
    async (request, reply) => {
      await requireLease(service, sessionOf(request));
      return reply
        .type(LEAVES_MEDIA_TYPE)
        .send(await oneLeaf(service, sessionOf(request), Number(request.params.leafIndex)));
    },
  );

  app.post(
    '/v1/signing-sessions/:sessionId/signatures',
    {
      config: { access: 'session', idempotency: 'step' },
      schema: { params, querystring: nothing, body: newSignature, response: { 201: collected } },
    },
    async (request, reply) => {
      await reply.code(201).send(await collectSignature(service, sessionOf(request), request.body.cms));
    },
  );

  app.delete(
    '/v1/signing-sessions/:sessionId',
    {
      config: { access: 'session' },
      schema: { params, querystring: nothing, body: z.null(), response: { 204: z.null() } },
    },
    async (request, reply) => {
      await closeSession(service, sessionOf(request));
      await reply.code(204).send(null);
    },
  );
}

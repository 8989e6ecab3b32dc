import { Readable } from 'node:stream';
import { z } from 'zod';
import * as f from '#core/sign/fields';
import {
  challenge,
  collected,
  heartbeat as heartbeatShape,
  itemsCollected,
  LEAVES_MEDIA_TYPE,
  MAX_ITEM_CMS_BYTES,
  MAX_ITEMS,
  newChallenge,
  newSession,
  newSignature,
  session,
  signedItems,
} from '#core/wire/signing-sessions';
import { sessionOf } from '../access.ts';
import { demandAgent } from '../minimum-agent.ts';
import type { Service } from '../service.ts';
import { collectItems } from '../steps/collect-items.ts';
import { collectSignature } from '../steps/collect-signature.ts';
import { closeSession, heartbeat, requireLease } from '../steps/keep-session.ts';
import { challengeFor, openSession } from '../steps/open-session.ts';
import { showItems } from '../steps/show-items.ts';
import { oneLeaf, streamLeaves } from '../steps/stream-leaves.ts';
import type { App } from './app-type.ts';
import { nothing } from './nothing.ts';

const params = z.strictObject({ sessionId: f.uuid });
/** A full window: base64 and the JSON around it. */
const WINDOW_BODY_LIMIT = MAX_ITEMS * (Math.ceil(MAX_ITEM_CMS_BYTES / 3) * 4 + 64);

export function signingSessionRoutes(app: App, service: Service): void {
  // the ticket and the device key's proof are the permission
  app.post(
    '/v1/signing-sessions/challenges',
    {
      config: { access: 'public' },
      schema: { querystring: nothing, body: newChallenge, response: { 200: challenge } },
    },
    (request) => {
      demandAgent(request.headers['user-agent'], service.config.minimumAgent);
      return challengeFor(service, request.body.deviceId, request.body.ticketSha256);
    },
  );

  app.post(
    '/v1/signing-sessions',
    {
      config: { access: 'public', idempotency: 'secret' },
      schema: { querystring: nothing, body: newSession, response: { 201: session } },
    },
    async (request, reply) => {
      demandAgent(request.headers['user-agent'], service.config.minimumAgent);
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
      bodyLimit: WINDOW_BODY_LIMIT,
      schema: {
        params,
        querystring: nothing,
        body: newSignature,
        response: { 201: z.union([collected, itemsCollected]) },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const session = sessionOf(request);
      const answer =
        'cms' in body
          ? await collectSignature(service, session, body.cms)
          : await collectItems(service, session, body.items);
      await reply.code(201).send(answer);
    },
  );

  app.get(
    '/v1/signing-sessions/:sessionId/signatures',
    {
      config: { access: 'session' },
      schema: { params, querystring: nothing, response: { 200: signedItems } },
    },
    (request) => showItems(service, sessionOf(request)),
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

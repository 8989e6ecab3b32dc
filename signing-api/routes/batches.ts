import { z } from 'zod';
import * as f from '#core/sign/fields';
import { batch, newBatch, newWithdrawal } from '#core/wire/batches';
import { newTicket, ticket } from '#core/wire/signing-sessions';
import { callerOf } from '../access.ts';
import type { Service } from '../service.ts';
import { makeTicket } from '../steps/make-ticket.ts';
import { requestBatch } from '../steps/request-batch.ts';
import { listOwnBatches, showBatch } from '../steps/show-batches.ts';
import { withdrawBatch } from '../steps/withdraw-batch.ts';
import type { App } from './app-type.ts';
import { nothing } from './nothing.ts';

const SIGNERS = ['district', 'facility'] as const;
const params = z.strictObject({ batchId: f.uuid });

export function batchRoutes(app: App, service: Service): void {
  app.post(
    '/v1/batches',
    {
      config: { access: { roles: SIGNERS }, idempotency: 'answer' },
      schema: { querystring: nothing, body: newBatch, response: { 202: batch } },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const batchId = await requestBatch(service, caller, request.body.mode);
      await reply
        .code(202)
        .header('location', `/v1/batches/${batchId}`)
        .send(await showBatch(service, caller, batchId));
    },
  );

  app.get(
    '/v1/batches',
    {
      config: { access: { roles: SIGNERS } },
      schema: { querystring: nothing, response: { 200: z.strictObject({ batches: z.array(batch) }) } },
    },
    async (request) => ({ batches: await listOwnBatches(service, callerOf(request)) }),
  );

  app.get(
    '/v1/batches/:batchId',
    {
      config: { access: { roles: SIGNERS } },
      schema: { params, querystring: nothing, response: { 200: batch } },
    },
    (request) => showBatch(service, callerOf(request), request.params.batchId),
  );

  app.post(
    '/v1/batches/:batchId/withdrawals',
    {
      config: { access: { roles: SIGNERS }, idempotency: 'answer' },
      schema: { params, querystring: nothing, body: newWithdrawal, response: { 201: batch } },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      await withdrawBatch(service, caller, request.params.batchId, request.body.reason);
      await reply.code(201).send(await showBatch(service, caller, request.params.batchId));
    },
  );

  app.post(
    '/v1/batches/:batchId/tickets',
    {
      config: { access: { roles: SIGNERS }, idempotency: 'secret' },
      schema: { params, querystring: nothing, body: newTicket, response: { 201: ticket } },
    },
    async (request, reply) => {
      await reply
        .code(201)
        .send(await makeTicket(service, callerOf(request), request.params.batchId, request.body.deviceId));
    },
  );
}

import { z } from 'zod';
import { REASONS, STAGES } from '#core/record/stage';
import * as f from '#core/sign/fields';
import { accepted, job, newIdentityChecks, recordPage, recordStage, stageCounts } from '#core/wire/records';
import { callerOf } from '../access.ts';
import type { Service } from '../service.ts';
import { attestIdentity } from '../steps/attest-identity.ts';
import { requestIdentityChecks } from '../steps/request-identity-checks.ts';
import { ownJob } from '../steps/own-job.ts';
import { countOwnStages, listOwnStages, oneStage } from '../steps/show-stages.ts';
import { withdrawRecord } from '../steps/withdraw-record.ts';
import type { App } from './app-type.ts';
import { nothing } from './nothing.ts';

const READERS = ['ward', 'police', 'facility', 'district', 'cdc', 'doh', 'ministry', 'operator'] as const;
const recordParams = z.strictObject({ district: f.district, recordId: f.recordId });
const kindQuery = f.unitKind.default('district');

export function recordRoutes(app: App, service: Service): void {
  app.get(
    '/v1/districts/:district/records',
    {
      config: { access: { roles: READERS } },
      schema: {
        params: z.strictObject({ district: f.district }),
        querystring: z.strictObject({
          kind: kindQuery,
          stage: z.enum(STAGES).optional(),
          reason: z.enum(REASONS).optional(),
          after: f.recordId.optional(),
        }),
        response: { 200: recordPage },
      },
    },
    (request) => listOwnStages(service, callerOf(request), request.params.district, request.query),
  );

  app.get(
    '/v1/districts/:district/records/:recordId',
    {
      config: { access: { roles: READERS } },
      schema: {
        params: recordParams,
        querystring: z.strictObject({ kind: kindQuery }),
        response: { 200: recordStage },
      },
    },
    (request) =>
      oneStage(
        service,
        callerOf(request),
        request.params.district,
        request.params.recordId,
        request.query.kind,
      ),
  );

  app.post(
    '/v1/districts/:district/records/:recordId/attestations',
    {
      config: { access: { roles: ['facility'] }, idempotency: 'answer' },
      schema: { params: recordParams, querystring: nothing, body: nothing, response: { 201: recordStage } },
    },
    async (request, reply) => {
      const { district, recordId } = request.params;
      await attestIdentity(service, callerOf(request), district, recordId);
      await reply.code(201).send(await oneStage(service, callerOf(request), district, recordId, 'facility'));
    },
  );

  app.post(
    '/v1/districts/:district/records/:recordId/withdrawals',
    {
      config: { access: { roles: ['ward', 'facility', 'district'] }, idempotency: 'answer' },
      schema: {
        params: recordParams,
        querystring: nothing,
        body: z.strictObject({ reason: f.text(200) }),
        response: { 201: recordStage },
      },
    },
    async (request, reply) => {
      const { district, recordId } = request.params;
      await withdrawRecord(service, callerOf(request), district, recordId, request.body.reason);
      await reply.code(201).send(await oneStage(service, callerOf(request), district, recordId, 'district'));
    },
  );

  app.get(
    '/v1/reports/stages',
    {
      config: { access: { roles: READERS } },
      schema: {
        querystring: z.strictObject({ kind: kindQuery, district: f.district.optional() }),
        response: { 200: stageCounts },
      },
    },
    (request) =>
      countOwnStages(service, callerOf(request), request.query.kind, request.query.district ?? null),
  );

  app.post(
    '/v1/identity-checks',
    {
      config: {
        access: { roles: ['ward', 'facility', 'district', 'cdc', 'operator'] },
        idempotency: 'answer',
      },
      schema: { querystring: nothing, body: newIdentityChecks, response: { 202: accepted } },
    },
    async (request, reply) => {
      const jobId = await requestIdentityChecks(service, callerOf(request), request.body.again ?? false);
      await reply.code(202).header('location', `/v1/jobs/${jobId}`).send({ jobId });
    },
  );

  app.get(
    '/v1/jobs/:jobId',
    {
      config: { access: { roles: READERS } },
      schema: { params: z.strictObject({ jobId: f.uuid }), querystring: nothing, response: { 200: job } },
    },
    (request) => ownJob(service, callerOf(request), request.params.jobId),
  );
}

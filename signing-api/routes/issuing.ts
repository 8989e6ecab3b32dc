import { z } from 'zod';
import * as f from '#core/sign/fields';
import {
  certificateList,
  certificateView,
  issuingState,
  lease,
  MAX_JOBS,
  newLease,
  newOrders,
  newRevocation,
  refusalCode,
  refusedOrders,
  results,
  resultsTaken,
} from '#core/wire/issuing';
import { accepted } from '#core/wire/records';
import { callerOf } from '../access.ts';
import type { Service } from '../service.ts';
import { leaseJobs } from '../steps/issuing/lease-jobs.ts';
import { listRefusedOrders } from '../steps/issuing/list-refused.ts';
import { requestOrders } from '../steps/issuing/order-certificates.ts';
import { revokeCertificate } from '../steps/issuing/revoke-certificate.ts';
import { showCertificates, showIssuing } from '../steps/issuing/show-certificates.ts';
import { takeResults } from '../steps/issuing/take-results.ts';
import type { App } from './app-type.ts';
import { nothing } from './nothing.ts';

const MINISTRY = { roles: ['ministry'] } as const;
/** A full answer of a worker: a signature of RSA-4096 in base64 and the JSON around it. */
const RESULTS_BODY_LIMIT = MAX_JOBS * 1024;

/** Ordering, signing and taking back the certificates that people carry. */
export function issuingRoutes(app: App, service: Service): void {
  app.get(
    '/v1/issuing',
    {
      config: { access: { roles: ['ministry', 'operator', 'cdc', 'doh'] } },
      schema: { querystring: nothing, response: { 200: issuingState } },
    },
    () => showIssuing(service),
  );

  app.post(
    '/v1/issuing/orders',
    {
      config: { access: MINISTRY, idempotency: 'answer' },
      schema: { querystring: nothing, body: newOrders, response: { 202: accepted } },
    },
    async (request, reply) => {
      const jobId = await requestOrders(service, callerOf(request), request.body);
      await reply.code(202).header('location', `/v1/jobs/${jobId}`).send({ jobId });
    },
  );

  app.get(
    '/v1/issuing/refused',
    {
      config: { access: MINISTRY },
      schema: {
        querystring: z.strictObject({
          district: f.district,
          code: refusalCode.optional(),
          after: f.uuid.optional(),
        }),
        response: { 200: refusedOrders },
      },
    },
    (request) => listRefusedOrders(service, request.query),
  );

  // a lease is given once: who did not hear of it asks for another, and gets other jobs
  app.post(
    '/v1/issuing/leases',
    {
      config: { access: MINISTRY },
      schema: { querystring: nothing, body: newLease, response: { 201: lease } },
    },
    async (request, reply) => {
      await reply.code(201).send(await leaseJobs(service, callerOf(request), request.body));
    },
  );

  app.post(
    '/v1/issuing/leases/:leaseId/results',
    {
      config: { access: MINISTRY, idempotency: 'step' },
      bodyLimit: RESULTS_BODY_LIMIT,
      schema: {
        params: z.strictObject({ leaseId: f.uuid }),
        querystring: nothing,
        body: results,
        response: { 200: resultsTaken },
      },
    },
    (request) => takeResults(service, callerOf(request), request.params.leaseId, request.body.results),
  );

  app.post(
    '/v1/certificates/:certificateId/revocations',
    {
      config: { access: MINISTRY, idempotency: 'answer' },
      schema: {
        params: z.strictObject({ certificateId: f.uuid }),
        querystring: nothing,
        body: newRevocation,
        response: { 201: certificateView },
      },
    },
    async (request, reply) => {
      const { certificateId } = request.params;
      await reply
        .code(201)
        .send(await revokeCertificate(service, callerOf(request), certificateId, request.body.reason));
    },
  );

  app.get(
    '/v1/districts/:district/records/:recordId/certificates',
    {
      config: { access: { roles: ['ward', 'facility', 'district', 'cdc', 'ministry', 'operator'] } },
      schema: {
        params: z.strictObject({ district: f.district, recordId: f.recordId }),
        querystring: nothing,
        response: { 200: certificateList },
      },
    },
    (request) =>
      showCertificates(service, callerOf(request), request.params.district, request.params.recordId),
  );
}

import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import * as f from '#core/sign/fields';
import { newPaper, newPaperJob, paperFormat, paperJob, type PaperFormat } from '#core/wire/papers';
import { accepted } from '#core/wire/records';
import { callerOf } from '../access.ts';
import { PaperPress } from '../paper/press.ts';
import { MEDIA_TYPES } from '../paper/print.ts';
import { boundOnAll, MINUTE_MS } from '../rate-limits.ts';
import type { Service } from '../service.ts';
import { openPapers, showPaperJob } from '../steps/papers/own-papers.ts';
import { printHeld, printOwn } from '../steps/papers/print-paper.ts';
import { requestPapers } from '../steps/papers/request-papers.ts';
import type { App } from './app-type.ts';
import { nothing } from './nothing.ts';

/** Offices in front of which the holder stands. */
const PRINTERS = ['ward', 'facility', 'district'] as const;
const PAPERS = Object.values(MEDIA_TYPES);
/** Of all who print by a code together: a page takes some 30 ms of work. */
const PAPERS_OF_ALL_PER_MINUTE = 600;

export function paperRoutes(app: App, service: Service): void {
  const press = new PaperPress();
  const samples = new Map<PaperFormat, Promise<Buffer>>();
  const ofAll = boundOnAll(app, PAPERS_OF_ALL_PER_MINUTE);
  app.addHook('onClose', () => press.close());

  app.post(
    '/v1/certificates/paper',
    {
      config: {
        access: 'public',
        rateLimit: { max: service.config.lookupsPerMinute, timeWindow: MINUTE_MS },
      },
      preHandler: ofAll,
      schema: { querystring: nothing, body: newPaper, produces: PAPERS },
    },
    async (request, reply) => {
      const { format, ...asked } = request.body;
      return sendPaper(reply, format, await printHeld(service, press, asked, format));
    },
  );

  app.get(
    '/v1/certificates/sample',
    {
      config: { access: 'public' },
      schema: { querystring: z.strictObject({ format: paperFormat.default('pdf') }), produces: PAPERS },
    },
    async (request, reply) => {
      const { format } = request.query;
      const sample = samples.get(format) ?? press.print('sample', format);
      samples.set(format, sample);
      sample.catch(() => samples.delete(format));
      return sendPaper(reply, format, await sample);
    },
  );

  app.get(
    '/v1/certificates/:certificateId/paper',
    {
      config: { access: { roles: PRINTERS } },
      schema: {
        params: z.strictObject({ certificateId: f.uuid }),
        querystring: z.strictObject({ format: paperFormat.default('pdf') }),
        produces: PAPERS,
      },
    },
    async (request, reply) => {
      const { format } = request.query;
      const { certificateId } = request.params;
      const paper = await printOwn(service, callerOf(request), press, certificateId, format);
      return sendPaper(reply, format, paper);
    },
  );

  app.post(
    '/v1/paper-jobs',
    {
      config: { access: { roles: PRINTERS }, idempotency: 'answer' },
      schema: { querystring: nothing, body: newPaperJob, response: { 202: accepted } },
    },
    async (request, reply) => {
      const jobId = await requestPapers(service, callerOf(request), request.body);
      await reply.code(202).header('location', `/v1/paper-jobs/${jobId}`).send({ jobId });
    },
  );

  app.get(
    '/v1/paper-jobs/:jobId',
    {
      config: { access: { roles: PRINTERS } },
      schema: {
        params: z.strictObject({ jobId: f.uuid }),
        querystring: nothing,
        response: { 200: paperJob },
      },
    },
    (request) => showPaperJob(service, callerOf(request), request.params.jobId),
  );

  app.get(
    '/v1/paper-jobs/:jobId/zip',
    {
      config: { access: { roles: PRINTERS } },
      schema: {
        params: z.strictObject({ jobId: f.uuid }),
        querystring: nothing,
        produces: ['application/zip'],
      },
    },
    async (request, reply) => {
      const { jobId } = request.params;
      const { bytes, content } = await openPapers(service, callerOf(request), jobId);
      return reply
        .type('application/zip')
        .header('content-length', bytes)
        .header('content-disposition', `attachment; filename="${jobId}.zip"`)
        .header('cache-control', 'no-store')
        .send(content);
    },
  );
}

/** Its name says nothing of the holder. */
function sendPaper(reply: FastifyReply, format: PaperFormat, bytes: Buffer) {
  return reply
    .type(MEDIA_TYPES[format])
    .header('content-disposition', `attachment; filename="certificate.${format}"`)
    .header('cache-control', 'no-store')
    .header('x-content-type-options', 'nosniff')
    .send(bytes);
}

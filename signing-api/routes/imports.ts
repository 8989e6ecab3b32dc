import { z } from 'zod';
import { base64url, fromBase64url, sameBytes } from '#core/bytes';
import { Refusal } from '#core/refusal';
import * as f from '#core/sign/fields';
import { importAnswer, importRows, type ImportAnswer } from '#core/wire/imports';
import { Readable } from 'node:stream';
import { callerOf } from '../access.ts';
import { readCsv } from '../files/read-csv.ts';
import { readNdjson } from '../files/read-ndjson.ts';
import { SourceText } from '../files/source.ts';
import { ImportQueue } from '../import-queue.ts';
import type { Service } from '../service.ts';
import { beginIdempotent, endIdempotent, type IdempotencySlot } from '../steps/idempotent.ts';
import { importSource } from '../steps/import-source.ts';
import { importedRows, ownImport } from '../steps/list-imports.ts';
import type { App } from './app-type.ts';
import { nothing } from './nothing.ts';

const MAX_SOURCE_BYTES = 2 * 1024 ** 3;
const IMPORTERS = ['ward', 'district', 'facility', 'cdc', 'operator'] as const;

export function importRoutes(app: App, service: Service): void {
  const queue = new ImportQueue();
  // a source is read as it arrives and never held whole
  app.addContentTypeParser(['text/csv', 'application/x-ndjson'], (_request, payload, done) =>
    done(null, payload),
  );

  app.post(
    '/v1/imports',
    {
      config: { access: { roles: IMPORTERS } },
      schema: {
        consumes: ['text/csv', 'application/x-ndjson'],
        querystring: nothing,
        response: { 201: importAnswer },
      },
    },
    async (request, reply) => {
      if (!(request.body instanceof Readable))
        throw new Refusal('REQUEST_MALFORMED', { faults: [{ at: 'content-type', code: 'UNSUPPORTED' }] });
      const caller = callerOf(request);
      const source = new SourceText(request.body, MAX_SOURCE_BYTES);
      const isCsv = request.headers['content-type']?.startsWith('text/csv') ?? false;
      const run = async () => {
        const rows = isCsv ? readCsv(source) : readNdjson(source);
        const answer = await queue.run(() => importSource(service, caller, rows, () => source.sha256()));
        return { ...answer, fileSha256: base64url(answer.fileSha256) };
      };
      const answer = await once(
        service,
        importSlot(caller.keyId, request.headers['idempotency-key']),
        source,
        run,
      );
      await reply.code(201).send(answer);
    },
  );

  app.get(
    '/v1/imports/:importId/rows',
    {
      config: { access: { roles: IMPORTERS } },
      schema: {
        params: z.strictObject({ importId: f.uuid }),
        querystring: z.strictObject({
          outcome: z.enum(['new', 'changed', 'unchanged', 'refused']).optional(),
          after: z
            .string()
            .regex(/^\d{1,9}$/)
            .optional(),
        }),
        response: { 200: importRows },
      },
    },
    async (request) => {
      const found = await ownImport(service, callerOf(request), request.params.importId);
      return importedRows(service, found, request.query.outcome ?? null, Number(request.query.after ?? 0));
    },
  );
}

function importSlot(caller: string, key: string | string[] | undefined): IdempotencySlot {
  if (typeof key !== 'string' || !/^[\x21-\x7e]{8,100}$/.test(key))
    throw new Refusal('IDEMPOTENCY_KEY_MISSING');
  // the body's digest is not known before it was read; the kept answer carries it
  return { caller, route: 'POST /v1/imports', key, bodySha256: Buffer.alloc(0) };
}

async function once(
  service: Service,
  slot: IdempotencySlot,
  source: SourceText,
  run: () => Promise<ImportAnswer>,
): Promise<ImportAnswer> {
  const earlier = await beginIdempotent(service, slot);
  if (!earlier) {
    try {
      const answer = await run();
      await endIdempotent(service, slot, { status: 201, answer: JSON.stringify(answer), location: null });
      return answer;
    } catch (error) {
      await endIdempotent(service, slot, null);
      throw error;
    }
  }
  if (earlier.answer === null) throw new Refusal('IDEMPOTENCY_IN_PROGRESS');
  const answer = JSON.parse(earlier.answer) as ImportAnswer;
  const parts = source.text();
  while (!(await parts.next()).done);
  if (!sameBytes(source.sha256(), fromBase64url(answer.fileSha256) ?? new Uint8Array()))
    throw new Refusal('IDEMPOTENCY_KEY_REUSED');
  return answer;
}

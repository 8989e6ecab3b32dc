import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sameBytes, utf8 } from '#core/bytes';
import { isRefusal, Refusal } from '#core/refusal';
import type { Service } from './service.ts';
import { beginIdempotent, endIdempotent, type IdempotencySlot } from './steps/idempotent.ts';

/**
 * `Idempotency-Key` on every POST that creates or signs: the same key and body give the same answer again; another body under the
 * key is refused, as is a key whose request still runs. Answers that carry a secret are never kept, so a repeat of those is refused.
 */
export type Idempotency =
  | 'answer'
  /** the answer carries a secret */
  | 'secret'
  /** the step itself gives the same answer on a repeat, so one whose first request runs, or died with its process, is not sent away */
  | 'step';

declare module 'fastify' {
  interface FastifyContextConfig {
    idempotency?: Idempotency;
  }
  interface FastifyRequest {
    idempotencySlot: IdempotencySlot | null;
  }
}

const KEY = /^[\x21-\x7e]{8,100}$/;

export function addIdempotency(app: FastifyInstance, service: Service): void {
  app.decorateRequest('idempotencySlot', null);
  app.addHook('preHandler', async (request, reply) => {
    const kind = request.routeOptions.config.idempotency;
    if (kind === undefined) return;
    const slot = slotOf(service, request);
    const earlier = await beginIdempotent(service, slot);
    if (earlier && !sameBytes(earlier.bodySha256, slot.bodySha256))
      throw new Refusal('IDEMPOTENCY_KEY_REUSED');
    if (!earlier || (earlier.status === null && kind === 'step')) {
      request.idempotencySlot = slot;
      return;
    }
    if (earlier.status === null) throw new Refusal('IDEMPOTENCY_IN_PROGRESS');
    if (earlier.answer === null)
      throw new Refusal('IDEMPOTENCY_KEY_REUSED', { detail: 'answers with a secret are not repeated' });
    await replay(reply, earlier.status, earlier.answer, earlier.location);
  });
  app.addHook('onSend', async (request, reply, payload) => {
    const slot = request.idempotencySlot;
    if (!slot) return payload;
    request.idempotencySlot = null;
    const isGood = reply.statusCode < 400;
    const isKept =
      isGood && request.routeOptions.config.idempotency !== 'secret' && typeof payload === 'string';
    const location = reply.getHeader('location');
    const outcome = isGood
      ? {
          status: reply.statusCode,
          answer: isKept ? payload : null,
          location: typeof location === 'string' ? location : null,
        }
      : null;
    // what was answered stands, also where the database went away before it could be noted
    await endIdempotent(service, slot, outcome).catch((error: unknown) => {
      request.log.error({ code: isRefusal(error) ? error.code : 'INTERNAL' }, 'idempotency key');
    });
    return payload;
  });
}

function slotOf(service: Service, request: FastifyRequest): IdempotencySlot {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string' || !KEY.test(key)) throw new Refusal('IDEMPOTENCY_KEY_MISSING');
  return {
    caller: request.caller?.keyId ?? request.session?.sessionId ?? 'public',
    route: `${request.method} ${request.url.split('?', 1)[0] ?? ''}`,
    key,
    bodySha256: Buffer.from(service.crypto.sha256(utf8(JSON.stringify(request.body ?? null)))),
  };
}

async function replay(
  reply: FastifyReply,
  status: number,
  answer: string,
  location: string | null,
): Promise<void> {
  if (location !== null) reply.header('location', location);
  await reply
    .code(status)
    .header('content-type', 'application/json; charset=utf-8')
    .serializer((text: unknown) => String(text))
    .send(answer);
}

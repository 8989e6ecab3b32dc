import { hasZodFastifySchemaValidationErrors, isResponseSerializationError } from 'fastify-type-provider-zod';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Refusal, type Fault } from '#core/refusal';
import type { Problem } from '#core/wire/problem';

/** The one place where an error becomes an answer: a refusal keeps its code, anything else is "internal" and goes to the log. */
export async function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const refusal = toRefusal(error);
  if (refusal.http >= 500)
    request.log.error({ code: refusal.code, detail: refusal.detail, err: causeOf(refusal) }, 'failed');
  else request.log.info({ code: refusal.code, detail: refusal.detail }, 'refused');
  await reply
    .code(refusal.http)
    .type('application/problem+json')
    // sent as text: a problem document fits no route's own response schema
    .serializer((body: unknown) => JSON.stringify(body))
    .send(toProblem(refusal, request.id));
}

export function toProblem(refusal: Refusal, requestId: string): Problem {
  return {
    type: `urn:kyso:refusal:${refusal.code}`,
    title: refusal.texts.en,
    status: refusal.http,
    code: refusal.code,
    vi: refusal.texts.vi,
    en: refusal.texts.en,
    fixable: refusal.fixable,
    requestId,
    errors: refusal.faults.map(({ at, code }) => ({ at, code })),
  };
}

function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const faults = error.validation.map((issue): Fault => ({ at: issue.instancePath, code: issue.keyword }));
    return new Refusal('REQUEST_MALFORMED', { faults, detail: error.validationContext ?? 'request' });
  }
  if (isResponseSerializationError(error))
    return new Refusal('INTERNAL', { detail: 'the answer does not fit its schema', cause: error });
  const { statusCode, code } = error as Partial<FastifyError>;
  if (statusCode === 413) return new Refusal('INPUT_TOO_LARGE', { cause: error });
  if (statusCode === 415)
    return new Refusal('REQUEST_MALFORMED', {
      faults: [{ at: 'content-type', code: 'UNSUPPORTED' }],
      cause: error,
    });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new Refusal('REQUEST_MALFORMED', {
      faults: [{ at: 'body', code: code ?? 'INVALID' }],
      cause: error,
    });
  return new Refusal('INTERNAL', { cause: error });
}

/** Of an unknown error only kind, code and place are logged: its message may carry a value. */
function causeOf(refusal: Refusal): unknown {
  const cause = refusal.cause;
  if (!(cause instanceof Error)) return undefined;
  const { code } = cause as { code?: unknown };
  return { type: cause.name, code, stack: placesOf(cause) };
}

/** Where an error came from, without its message: that may have many lines and carry a value. */
export function placesOf(error: Error): string | undefined {
  const places = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return places?.slice(0, 7).join('\n');
}

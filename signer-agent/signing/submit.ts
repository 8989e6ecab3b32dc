import { setTimeout as wait } from 'node:timers/promises';
import { isRefusal, Refusal, type RefusalCode } from '#core/refusal';
import type { Collected } from '#core/wire/signing-sessions';
import type { AgentApi } from '../api.ts';
import type { SigningSession } from '../session.ts';

/** In milliseconds; after the last the signature stays in the journal and is handed in with the next ticket. */
const PAUSES = [500, 1000, 2000, 4000, 8000] as const;

const PASSING: readonly RefusalCode[] = [
  'API_UNREACHABLE',
  'OVERLOADED',
  'UNAVAILABLE',
  'IDEMPOTENCY_IN_PROGRESS',
];

/**
 * Hands a signature in, again where the server was away: the same signature is the same request.
 * @param cms base64
 * @throws Refusal of the API; API_ANSWER_INVALID where it collected something else
 */
export async function submitSignature(
  api: AgentApi,
  session: SigningSession,
  cms: string,
  cmsSha256: string,
): Promise<Collected> {
  for (const pause of [...PAUSES, null]) {
    try {
      const collected = await api.submit(session.address, cms, cmsSha256);
      if (collected.cmsSha256 !== cmsSha256 || collected.batchId !== session.statement.batchId)
        throw new Refusal('API_ANSWER_INVALID', { detail: 'another signature or batch was collected' });
      return collected;
    } catch (error) {
      if (pause === null || !(isRefusal(error) && PASSING.includes(error.code))) throw error;
      await wait(pause);
    }
  }
  throw new Refusal('API_UNREACHABLE');
}

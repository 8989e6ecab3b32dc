import { setTimeout as wait } from 'node:timers/promises';
import { base64url } from '#core/bytes';
import { isRefusal, Refusal, type RefusalCode } from '#core/refusal';
import type { Collected, ItemsCollected, ItemSignature } from '#core/wire/signing-sessions';
import { sha256 } from '#verifier/crypto-node';
import type { AgentApi } from '../api.ts';
import type { SigningSession } from '../session.ts';

/** In milliseconds. */
const PAUSES = [500, 1000, 2000, 4000, 8000] as const;
const LONGEST_PAUSE = 8000;

const PASSING: readonly RefusalCode[] = [
  'API_UNREACHABLE',
  'OVERLOADED',
  'UNAVAILABLE',
  'IDEMPOTENCY_IN_PROGRESS',
];

/**
 * Hands a signature in, again where the server was away: the same signature is the same request. After the last try it stays in the
 * journal and is handed in with the next ticket.
 * @param cms base64
 * @throws Refusal of the API; API_ANSWER_INVALID where it collected something else
 */
export async function submitSignature(
  api: AgentApi,
  session: SigningSession,
  cms: string,
  cmsSha256: string,
): Promise<Collected> {
  const collected = await again(
    () => api.submit(session.address, cms, cmsSha256),
    (tries) => PAUSES[tries] ?? null,
  );
  if (collected.cmsSha256 !== cmsSha256 || collected.batchId !== session.statement.batchId)
    throw new Refusal('API_ANSWER_INVALID', { detail: 'another signature or batch was collected' });
  return collected;
}

/**
 * Hands a window of items in, again where the server was away: as long as the lease may hold, because signing goes on meanwhile.
 * @param hurried nothing more is signed: after the usual few tries the window stays in the journal
 * @throws Refusal of the API; API_ANSWER_INVALID where it collected something else
 */
export async function submitItems(
  api: AgentApi,
  session: SigningSession,
  items: readonly ItemSignature[],
  hurried: () => boolean,
): Promise<ItemsCollected> {
  // base64 and digits: one byte a character
  const body = Buffer.from(JSON.stringify({ items }), 'latin1');
  const bodySha256 = base64url(sha256(body));
  let hurriedTries = 0;
  const collected = await again(
    () => api.submitItems(session.address, body, bodySha256),
    (tries) => {
      if (session.ended.aborted || (hurried() && PAUSES[hurriedTries++] === undefined)) return null;
      return PAUSES[tries] ?? LONGEST_PAUSE;
    },
  );
  const { batchId, count } = session.statement;
  if (collected.batchId !== batchId || collected.count !== count || collected.items > count)
    throw new Refusal('API_ANSWER_INVALID', { detail: 'items of another batch were collected' });
  return collected;
}

/** @param pauseAfter how many tries → milliseconds to the next one, or null where there is none */
async function again<T>(action: () => Promise<T>, pauseAfter: (tries: number) => number | null): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await action();
    } catch (error) {
      const pause = isRefusal(error) && PASSING.includes(error.code) ? pauseAfter(tries) : null;
      if (pause === null) throw error;
      await wait(pause);
    }
  }
}

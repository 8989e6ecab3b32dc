import type { Service } from '../service.ts';
import {
  freeIdempotencyKey,
  keepAnswer,
  takeIdempotencyKey,
  type IdempotencyRow,
  type KeptAnswer,
} from '../store/idempotency.ts';

/** Whose key this is: scoped by caller and route. */
export type IdempotencySlot = {
  readonly caller: string;
  readonly route: string;
  readonly key: string;
  readonly bodySha256: Buffer;
};

/** @returns null where this request is the first under its key, else what stands there */
export async function beginIdempotent(
  service: Service,
  slot: IdempotencySlot,
): Promise<IdempotencyRow | null> {
  return takeIdempotencyKey(service.db, { ...slot, at: service.clock() });
}

/** Keeps the answer of a request that went well; frees the key of one that did not. */
export async function endIdempotent(
  service: Service,
  slot: IdempotencySlot,
  outcome: KeptAnswer | null,
): Promise<void> {
  if (outcome) await keepAnswer(service.db, { ...slot, at: service.clock() }, outcome);
  else await freeIdempotencyKey(service.db, slot.caller, slot.route, slot.key);
}

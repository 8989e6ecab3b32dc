import { Refusal } from '#core/refusal';
import type { SignedItems } from '#core/wire/signing-sessions';
import type { Service } from '../service.ts';
import { findBatch } from '../store/batches.ts';
import { signedStretches } from '../store/item-signatures.ts';
import type { SessionRow } from '../store/sessions.ts';
import { demandMode } from './collect-signature.ts';

/** Which items of the session's batch are signed, for whoever signs the rest. @throws Refusal BATCH_OF_OTHER_MODE */
export async function showItems(service: Service, session: SessionRow): Promise<SignedItems> {
  const batch = await findBatch(service.db, session.batchId);
  if (!batch) throw new Refusal('BATCH_UNKNOWN');
  demandMode(batch, 'each');
  const stretches = await signedStretches(service.db, batch.district, batch.batchId);
  const items = stretches.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  return { items, count: batch.count, stretches };
}

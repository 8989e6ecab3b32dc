import { isRefusal, Refusal } from '#core/refusal';
import type { Caller } from '../caller.ts';
import type { Service } from '../service.ts';
import { abandonedBatches, findBatch, insertBatchWithdrawal, type BatchRow } from '../store/batches.ts';
import { kindsOf } from '../issuing-policy.ts';
import { revokeOfBatch } from '../store/certificate-revocations.ts';
import { countItems } from '../store/item-signatures.ts';
import { dropLease, lockLease } from '../store/leases.ts';
import { lockStatus, withdrawLeavesOfBatch } from '../store/status.ts';
import { openLease } from './request-batch.ts';

const ABANDONED_MS = 24 * 3_600_000;

/**
 * Ends an open batch; its records are free again, and its id goes into the status lists, so that a signature made all the same counts
 * for nothing. Where items were signed, they go with it.
 * @throws Refusal BATCH_UNKNOWN, BATCH_ALREADY_SIGNED, BATCH_WITHDRAWN
 */
export async function withdrawBatch(
  service: Service,
  caller: Caller,
  batchId: string,
  reason: string,
): Promise<void> {
  const batch = await ownBatch(service, caller, batchId);
  await withdraw(service, batch, caller.keyId, reason);
}

/**
 * Withdraws what nobody has been signing for 24 hours; one batch that cannot be withdrawn (it was just collected, say) does not keep the
 * others. @returns the batches withdrawn
 */
export async function withdrawAbandoned(service: Service): Promise<string[]> {
  const batches = await abandonedBatches(service.db, new Date(service.clock().getTime() - ABANDONED_MS));
  const withdrawn: string[] = [];
  for (const batch of batches) {
    try {
      await withdraw(service, batch, null, 'abandoned for 24 hours');
      withdrawn.push(batch.batchId);
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  }
  return withdrawn;
}

/** @throws Refusal BATCH_UNKNOWN, also where the batch is another unit's */
export async function ownBatch(service: Service, caller: Caller, batchId: string): Promise<BatchRow> {
  const batch = await findBatch(service.db, batchId);
  if (!batch || batch.kind !== caller.role || batch.unit !== caller.unit) throw new Refusal('BATCH_UNKNOWN');
  return batch;
}

async function withdraw(service: Service, batch: BatchRow, by: string | null, reason: string): Promise<void> {
  const lease = openLease({ kind: batch.kind, code: batch.unit });
  await service.db.transaction(async (tx) => {
    if (!(await lockLease(tx, lease, batch.batchId)))
      throw new Refusal(await whyNotOpen(service, batch.batchId));
    // items may have come in since it was found abandoned
    if (by === null && (await countItems(tx, batch.district, batch.batchId)) > 0)
      throw new Refusal('BATCH_BEING_SIGNED');
    const at = service.clock();
    await insertBatchWithdrawal(tx, batch.district, batch.batchId, by, reason, at);
    await dropLease(tx, lease, batch.batchId);
    await lockStatus(tx);
    await withdrawLeavesOfBatch(tx, batch.batchId, at);
    if (by !== null && kindsOf(service.config.issuingPolicy).includes(batch.kind))
      await revokeOfBatch(tx, batch.batchId, by, at);
  });
}

/** What became of a batch that is not open any more. */
export async function whyNotOpen(
  service: Service,
  batchId: string,
): Promise<'BATCH_UNKNOWN' | 'BATCH_WITHDRAWN' | 'BATCH_ALREADY_SIGNED'> {
  const batch = await findBatch(service.db, batchId);
  if (!batch) return 'BATCH_UNKNOWN';
  return batch.withdrawnAt ? 'BATCH_WITHDRAWN' : 'BATCH_ALREADY_SIGNED';
}

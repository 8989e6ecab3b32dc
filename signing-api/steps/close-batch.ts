import type { Tx } from '../store/database.ts';
import { insertBatchCollection, type BatchRow } from '../store/batches.ts';
import { dropLease } from '../store/leases.ts';
import { openLease } from './request-batch.ts';

/** Everything in the batch is signed: the unit may open its next one, which follows this one. Hold the unit's open lease. */
export async function closeBatch(tx: Tx, batch: BatchRow, at: Date): Promise<void> {
  await insertBatchCollection(tx, batch.district, batch.batchId, at);
  await dropLease(tx, openLease({ kind: batch.kind, code: batch.unit }), batch.batchId);
}

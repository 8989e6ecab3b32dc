import { Refusal, type RefusalCode } from '#core/refusal';
import type { Service } from '../service.ts';
import { openLease, type SigningUnit } from '../steps/request-batch.ts';
import { findBatch } from '../store/batches.ts';
import { endJob, type ClaimedJob, type Job } from '../store/jobs.ts';
import { dropLease, lockLease } from '../store/leases.ts';

/**
 * Ends a job that went wrong. A freeze gives its unit's open lease back in the same transaction, but only where no batch was made: a
 * batch that another process finished meanwhile is open, and the job is done.
 */
export async function failJob(service: Service, job: ClaimedJob, reason: RefusalCode): Promise<void> {
  const { db, clock } = service;
  const failed = { state: 'failed', result: null, reason, at: clock() } as const;
  if (job.kind !== 'freeze') {
    await endJob(db, job, failed);
    return;
  }
  const lease = openLease(freezeUnit(job));
  await db.transaction(async (tx) => {
    // whoever freezes holds the lease to its commit: asked after it, the batch is seen
    await lockLease(tx, lease, job.jobId);
    const batch = await findBatch(tx, job.jobId);
    const end = batch
      ? ({ ...failed, state: 'done', result: { count: batch.count }, reason: null } as const)
      : failed;
    if ((await endJob(tx, job, end)) && !batch) await dropLease(tx, lease, job.jobId);
  });
}

/** @throws Refusal INTERNAL where the job has no unit that signs */
export function freezeUnit(job: Job): SigningUnit {
  if ((job.unitKind !== 'district' && job.unitKind !== 'facility') || job.unit === null)
    throw new Refusal('INTERNAL', { detail: 'a freeze without a unit' });
  return { kind: job.unitKind, code: job.unit };
}

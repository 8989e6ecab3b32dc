import { Refusal } from '#core/refusal';
import type { Caller } from '../caller.ts';
import type { Service } from '../service.ts';
import { findJob, type Job } from '../store/jobs.ts';

/** @throws Refusal FORBIDDEN where the job is another unit's or does not exist */
export async function findOwnJob(service: Service, caller: Caller, jobId: string): Promise<Job> {
  const job = await findJob(service.db, jobId);
  if (!job || job.unitKind !== caller.role || job.unit !== caller.unit) throw new Refusal('FORBIDDEN');
  return job;
}

/** @throws Refusal FORBIDDEN where the job is another unit's or does not exist */
export async function ownJob(
  service: Service,
  caller: Caller,
  jobId: string,
): Promise<Pick<Job, 'jobId' | 'kind' | 'state' | 'done' | 'total' | 'reason'>> {
  const { kind, state, done, total, reason } = await findOwnJob(service, caller, jobId);
  return { jobId, kind, state, done, total, reason };
}

import type { Readable } from 'node:stream';
import { z } from 'zod';
import { instant } from '#core/dates';
import { Refusal } from '#core/refusal';
import type { PaperJob } from '#core/wire/papers';
import type { Caller } from '../../caller.ts';
import { readSealed } from '../../files/sealed-file.ts';
import type { Service } from '../../service.ts';
import type { Job } from '../../store/jobs.ts';
import { findOwnJob } from '../own-job.ts';
import { keptUntil, paperFile } from './paper-folder.ts';

const result = z.object({ printed: z.number(), leftOut: z.array(z.string()), next: z.string().nullable() });

/** @throws Refusal FORBIDDEN where the job is another unit's, of another kind, or does not exist */
export async function showPaperJob(service: Service, caller: Caller, jobId: string): Promise<PaperJob> {
  const job = await ownPaperJob(service, caller, jobId);
  const { state, done, total, reason, endedAt } = job;
  const made = state === 'done' ? result.parse(job.result) : null;
  return {
    jobId,
    state,
    done,
    total,
    reason,
    printed: made?.printed ?? null,
    leftOut: made?.leftOut ?? null,
    next: made?.next ?? null,
    availableUntil: made && endedAt ? instant(keptUntil(endedAt)) : null,
  };
}

/** @throws Refusal FORBIDDEN, PAPERS_NOT_READY, PAPERS_GONE (also where the job failed: there is nothing to wait for) */
export async function openPapers(
  service: Service,
  caller: Caller,
  jobId: string,
): Promise<{ readonly bytes: number; readonly content: Readable }> {
  const { state, endedAt } = await ownPaperJob(service, caller, jobId);
  if (state === 'queued' || state === 'running') throw new Refusal('PAPERS_NOT_READY');
  const isKept = state === 'done' && endedAt !== null && keptUntil(endedAt) > service.clock();
  const file = isKept ? await readSealed(service.sealer, jobId, paperFile(service, jobId)) : null;
  if (!file) throw new Refusal('PAPERS_GONE');
  return file;
}

async function ownPaperJob(service: Service, caller: Caller, jobId: string): Promise<Job> {
  const job = await findOwnJob(service, caller, jobId);
  if (job.kind !== 'papers') throw new Refusal('FORBIDDEN');
  return job;
}

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Service } from '../../service.ts';
import { findJob, type ClaimedJob } from '../../store/jobs.ts';

const KEPT_MS = 24 * 3_600_000;
const FILE = /^([0-9a-f-]{36})\.(?:zip|([0-9a-f-]{36})\.part)$/;

/** Where ZIPs of papers lie, sealed, for a day after their job. */
export function paperFolder(service: Service): string {
  return join(service.config.dataDir, 'papers');
}

export function paperFile(service: Service, jobId: string): string {
  return join(paperFolder(service), `${jobId}.zip`);
}

/** Of one run of the job: a run that lost the job to another process does not write into that one's file. */
export function unfinishedFile(service: Service, { jobId, claim }: ClaimedJob): string {
  return join(paperFolder(service), `${jobId}.${claim}.part`);
}

export function keptUntil(endedAt: Date): Date {
  return new Date(endedAt.getTime() + KEPT_MS);
}

/** Removes what is older than a day, and what runs left behind that were cut off. */
export async function sweepPapers(service: Service): Promise<void> {
  const names = await readdir(paperFolder(service)).catch(() => []);
  for (const name of names) {
    const [, jobId, claim] = FILE.exec(name) ?? [];
    if (jobId === undefined) continue;
    const job = await findJob(service.db, jobId);
    const isWanted = claim === undefined ? isKept(service, job?.endedAt ?? null) : job?.claim === claim;
    if (!isWanted) await rm(join(paperFolder(service), name), { force: true });
  }
}

/** A file without an end is of a job that is just ending. */
function isKept(service: Service, endedAt: Date | null): boolean {
  return endedAt === null || keptUntil(endedAt) > service.clock();
}

import type { FastifyBaseLogger } from 'fastify';
import { isRefusal, Refusal } from '#core/refusal';
import { z } from 'zod';
import { placesOf } from '../errors.ts';
import type { Service } from '../service.ts';
import { dropLease } from '../store/leases.ts';
import { sweepIdempotencyKeys } from '../store/idempotency.ts';
import { claimJob, endJob, renewJob, reportJob, type Job } from '../store/jobs.ts';
import { completeVersions } from '../steps/complete-versions.ts';
import { makeBatch } from '../steps/make-batch.ts';
import { openLease } from '../steps/request-batch.ts';
import { verifyIdentities, type Progress } from '../steps/verify-identity.ts';
import { withdrawAbandoned } from '../steps/withdraw-batch.ts';

const POLL_MS = 200;
const LEASE_MS = 15_000;
const RENEW_MS = 4_000;
const SWEEP_MS = 60_000;
const DEAD_REQUEST_MS = 5 * 60_000;
const OLD_ANSWER_MS = 48 * 3_600_000;

/**
 * Works through the job table, one job at a time, and sweeps what time has ended. A job whose process dies is taken over when its
 * lease runs out; every step a job calls may be run again.
 */
export class JobRunner {
  readonly #service: Service;
  readonly #log: FastifyBaseLogger;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #sweptAt = 0;

  constructor(service: Service, log: FastifyBaseLogger) {
    this.#service = service;
    this.#log = log;
  }

  start(): void {
    this.#running = this.#loop();
  }

  /** Ends after the job in hand. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #loop(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#sweep();
        const now = this.#service.clock();
        const job = await claimJob(this.#service.db, now, new Date(now.getTime() + LEASE_MS));
        if (job) await this.#run(job);
        else await this.#wait(POLL_MS);
      } catch (error) {
        this.#log.error({ code: isRefusal(error) ? error.code : 'INTERNAL' }, 'job runner');
        await this.#wait(1000);
      }
    }
  }

  async #run(job: Job): Promise<void> {
    const { db, clock } = this.#service;
    const renewing = setInterval(() => {
      renewJob(db, job.jobId, new Date(clock().getTime() + LEASE_MS)).catch(() => undefined);
    }, RENEW_MS);
    try {
      const result = await work(this.#service, job, (done, total) => reportJob(db, job.jobId, done, total));
      await endJob(db, job.jobId, { state: 'done', result, reason: null, at: clock() });
      this.#log.info({ job: job.jobId, kind: job.kind }, 'job done');
    } catch (error) {
      // a lost database is nobody's verdict: the job keeps its lease, runs out, and is taken up again
      if (isRefusal(error, 'UNAVAILABLE')) throw error;
      const refusal = error instanceof Refusal ? error : new Refusal('INTERNAL', { cause: error });
      this.#log.error(
        { job: job.jobId, kind: job.kind, code: refusal.code, stack: stackOf(error) },
        'job failed',
      );
      if (job.kind === 'freeze' && job.unitKind !== null && job.unit !== null)
        await dropLease(db, openLease(freezeUnit(job)), job.jobId);
      await endJob(db, job.jobId, { state: 'failed', result: null, reason: refusal.code, at: clock() });
    } finally {
      clearInterval(renewing);
    }
  }

  async #sweep(): Promise<void> {
    const now = this.#service.clock().getTime();
    if (now - this.#sweptAt < SWEEP_MS) return;
    this.#sweptAt = now;
    const withdrawn = await withdrawAbandoned(this.#service);
    if (withdrawn.length > 0) this.#log.info({ batches: withdrawn }, 'withdrawn after 24 hours');
    await sweepIdempotencyKeys(
      this.#service.db,
      new Date(now - DEAD_REQUEST_MS),
      new Date(now - OLD_ANSWER_MS),
    );
  }

  async #wait(ms: number): Promise<void> {
    const { signal } = this.#stop;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener('abort', end);
    });
  }
}

const freezeArgs = z.strictObject({ mode: z.literal('list'), by: z.string() });
const identityArgs = z.strictObject({ district: z.string().nullable(), facility: z.string().nullable() });

async function work(service: Service, job: Job, progress: Progress): Promise<object> {
  if (job.kind === 'freeze') {
    const { mode, by } = freezeArgs.parse(job.args);
    return makeBatch(service, { batchId: job.jobId, unit: freezeUnit(job), mode, by }, progress);
  }
  const scope = identityArgs.parse(job.args);
  const asked = await verifyIdentities(service, scope, progress);
  return { asked, completed: await completeVersions(service, scope) };
}

function freezeUnit(job: Job): { kind: 'district' | 'facility'; code: string } {
  if ((job.unitKind !== 'district' && job.unitKind !== 'facility') || job.unit === null)
    throw new Refusal('INTERNAL', { detail: 'a freeze without a unit' });
  return { kind: job.unitKind, code: job.unit };
}

function stackOf(error: unknown): string | undefined {
  const cause = error instanceof Refusal ? error.cause : error;
  return cause instanceof Error ? placesOf(cause) : undefined;
}

import type { FastifyBaseLogger } from 'fastify';
import { isRefusal, Refusal } from '#core/refusal';
import { z } from 'zod';
import { placesOf } from '../errors.ts';
import type { Service } from '../service.ts';
import { sweepIdempotencyKeys } from '../store/idempotency.ts';
import {
  claimJob,
  endJob,
  JOB_KINDS,
  renewJob,
  reportJob,
  requeueJob,
  type ClaimedJob,
  type JobKind,
} from '../store/jobs.ts';
import { checkIdentities } from '../steps/check-identities.ts';
import { orderCertificates } from '../steps/issuing/order-certificates.ts';
import { makeBatch } from '../steps/make-batch.ts';
import { sweepPapers } from '../steps/papers/paper-folder.ts';
import { paperWish, printPapers } from '../steps/papers/print-papers.ts';
import type { Progress } from '../steps/verify-identity.ts';
import { withdrawAbandoned } from '../steps/withdraw-batch.ts';
import { DEAD_REQUEST_MS } from '../timeouts.ts';
import { failJob, freezeUnit } from './fail-job.ts';

const POLL_MS = 200;
const LEASE_MS = 15_000;
const RENEW_MS = 4_000;
const SWEEP_MS = 60_000;
const OLD_ANSWER_MS = 48 * 3_600_000;

/**
 * Works through the job table, one job of each kind at a time, so that no kind waits for a long run of another, and sweeps what time has
 * ended. A job whose process dies is taken over when its lease runs out; every step a job calls may be run again.
 */
export class JobRunner {
  readonly #service: Service;
  readonly #log: FastifyBaseLogger;
  readonly #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  #sweptAt = 0;

  constructor(service: Service, log: FastifyBaseLogger) {
    this.#service = service;
    this.#log = log;
  }

  start(): void {
    const loops = JOB_KINDS.map((kind) => this.#loop(() => this.#next(kind)));
    this.#running = Promise.all([...loops, this.#loop(() => this.#sweep())]);
  }

  /** Ends after the page that a job is at; the job goes back to the queue. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** @param turn says whether there may be more to do at once */
  async #loop(turn: () => Promise<boolean>): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        if (!(await turn())) await this.#wait(POLL_MS);
      } catch (error) {
        this.#log.error({ code: isRefusal(error) ? error.code : 'INTERNAL' }, 'job runner');
        await this.#wait(1000);
      }
    }
  }

  async #next(kind: JobKind): Promise<boolean> {
    const now = this.#service.clock();
    const job = await claimJob(this.#service.db, kind, now, new Date(now.getTime() + LEASE_MS));
    if (job) await this.#run(job);
    return job !== null;
  }

  async #run(job: ClaimedJob): Promise<void> {
    const { db, clock } = this.#service;
    const { signal } = this.#stop;
    const renewing = setInterval(() => {
      renewJob(db, job, new Date(clock().getTime() + LEASE_MS)).catch(() => undefined);
    }, RENEW_MS);
    const progress = async (done: number, total: number) => {
      await reportJob(db, job, done, total);
      signal.throwIfAborted();
    };
    try {
      const result = await work(this.#service, job, progress, signal);
      await endJob(db, job, { state: 'done', result, reason: null, at: clock() });
      this.#log.info({ job: job.jobId, kind: job.kind }, 'job done');
    } catch (error) {
      // a lost database is nobody's verdict: the job keeps its lease, runs out, and is taken up again
      if (isRefusal(error, 'UNAVAILABLE')) throw error;
      if (error === signal.reason) return await requeueJob(db, job);
      const refusal = error instanceof Refusal ? error : new Refusal('INTERNAL', { cause: error });
      this.#log.error(
        { job: job.jobId, kind: job.kind, code: refusal.code, stack: stackOf(error) },
        'job failed',
      );
      await failJob(this.#service, job, refusal.code);
    } finally {
      clearInterval(renewing);
    }
  }

  /** One thing that cannot be swept keeps nothing else from being swept. */
  async #sweep(): Promise<boolean> {
    const now = this.#service.clock().getTime();
    if (now - this.#sweptAt < SWEEP_MS) return false;
    this.#sweptAt = now;
    const swept = await Promise.allSettled([
      withdrawAbandoned(this.#service),
      sweepIdempotencyKeys(this.#service.db, new Date(now - DEAD_REQUEST_MS), new Date(now - OLD_ANSWER_MS)),
      sweepPapers(this.#service),
    ]);
    const [withdrawn] = swept;
    if (withdrawn.status === 'fulfilled' && withdrawn.value.length > 0)
      this.#log.info({ batches: withdrawn.value }, 'withdrawn after 24 hours');
    for (const { reason } of swept.filter((one) => one.status === 'rejected'))
      this.#log.error(
        { code: isRefusal(reason) ? reason.code : 'INTERNAL', stack: stackOf(reason) },
        'sweep',
      );
    return false;
  }

  async #wait(ms: number): Promise<void> {
    const { signal } = this.#stop;
    if (signal.aborted) return;
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

const freezeArgs = z.strictObject({ mode: z.enum(['list', 'each']), by: z.string() });
const identityArgs = z.strictObject({
  district: z.string().nullable(),
  facility: z.string().nullable(),
  again: z.boolean().default(false),
});

async function work(
  service: Service,
  job: ClaimedJob,
  progress: Progress,
  signal: AbortSignal,
): Promise<object> {
  if (job.kind === 'freeze') {
    const { mode, by } = freezeArgs.parse(job.args);
    return makeBatch(service, { batchId: job.jobId, unit: freezeUnit(job), mode, by }, progress);
  }
  if (job.kind === 'order') return orderCertificates(service, job, progress);
  if (job.kind === 'papers') return printPapers(service, job, paperWish.parse(job.args), progress, signal);
  const { again, ...scope } = identityArgs.parse(job.args);
  return checkIdentities(service, scope, again ? job.madeAt : null, progress, signal);
}

function stackOf(error: unknown): string | undefined {
  const cause = error instanceof Refusal ? error.cause : error;
  return cause instanceof Error ? placesOf(cause) : undefined;
}

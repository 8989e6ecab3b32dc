import type { Db } from './database.ts';

/** Long work in an own table: claimed with FOR UPDATE SKIP LOCKED, kept by a lease, taken over when a process dies. */

export const JOB_KINDS = ['freeze', 'identity', 'order', 'papers'] as const;
export type JobKind = (typeof JOB_KINDS)[number];

export type Job = {
  readonly jobId: string;
  readonly kind: JobKind;
  readonly unitKind: string | null;
  readonly unit: string | null;
  readonly args: Readonly<Record<string, unknown>>;
  readonly state: 'queued' | 'running' | 'done' | 'failed';
  readonly done: number;
  readonly total: number | null;
  readonly result: Readonly<Record<string, unknown>> | null;
  readonly reason: string | null;
  readonly madeAt: Date;
  readonly endedAt: Date | null;
  /** of whoever works on it now */
  readonly claim: string | null;
};

const COLUMNS = `job_id as "jobId", kind, unit_kind as "unitKind", unit, args, state, done, total, result, reason, made_at as "madeAt",
  ended_at as "endedAt", claim`;

export type NewJob = Pick<Job, 'jobId' | 'kind' | 'unitKind' | 'unit' | 'args' | 'madeAt'>;

export async function insertJob(db: Db, job: NewJob): Promise<void> {
  await db.query(
    `insert into jobs (job_id, kind, unit_kind, unit, args, state, made_at) values ($1, $2, $3, $4, $5, 'queued', $6)`,
    [job.jobId, job.kind, job.unitKind, job.unit, job.args, job.madeAt],
  );
}

export async function findJob(db: Db, jobId: string): Promise<Job | null> {
  return (await db.query<Job>(`select ${COLUMNS} from jobs where job_id = $1`, [jobId]))[0] ?? null;
}

/** How many jobs of a kind a unit has that have not ended. */
export async function countUnendedJobs(
  db: Db,
  { kind, unitKind, unit }: Pick<Job, 'kind' | 'unitKind' | 'unit'>,
): Promise<number> {
  const rows = await db.query<{ count: number }>(
    `select count(*)::int as count from jobs
     where kind = $1 and unit_kind is not distinct from $2 and unit is not distinct from $3 and state in ('queued', 'running')`,
    [kind, unitKind, unit],
  );
  return rows[0]?.count ?? 0;
}

/** Queues a run of identity checks, or finds the one of the same unit and scope that has not ended. @returns the job's id */
export async function insertIdentityJob(db: Db, job: Omit<NewJob, 'kind'>): Promise<string> {
  for (;;) {
    const made = await db.query(
      `insert into jobs (job_id, kind, unit_kind, unit, args, state, made_at) values ($1, 'identity', $2, $3, $4, 'queued', $5)
       on conflict do nothing returning 1`,
      [job.jobId, job.unitKind, job.unit, job.args, job.madeAt],
    );
    if (made.length === 1) return job.jobId;
    const rows = await db.query<{ jobId: string }>(
      `select job_id as "jobId" from jobs
       where kind = 'identity' and state in ('queued', 'running') and unit_kind = $1 and unit is not distinct from $2 and args = $3`,
      [job.unitKind, job.unit, job.args],
    );
    // none: it ended between the two questions
    if (rows[0]) return rows[0].jobId;
  }
}

/** A job in the hands of one process. */
export type ClaimedJob = Job & { readonly claim: string };

/** Claims the oldest job of a kind that waits or whose process stopped renewing it. */
export async function claimJob(
  db: Db,
  kind: JobKind,
  now: Date,
  leaseUntil: Date,
): Promise<ClaimedJob | null> {
  const rows = await db.query<ClaimedJob>(
    `update jobs set state = 'running', claim = gen_random_uuid(), lease_until = $3
     where job_id = (
       select job_id from jobs where kind = $1 and (state = 'queued' or (state = 'running' and lease_until < $2))
       order by made_at limit 1 for update skip locked)
     returning ${COLUMNS}`,
    [kind, now, leaseUntil],
  );
  return rows[0] ?? null;
}

export async function renewJob(db: Db, { jobId, claim }: ClaimedJob, leaseUntil: Date): Promise<void> {
  await db.query(`update jobs set lease_until = $3 where job_id = $1 and claim = $2`, [
    jobId,
    claim,
    leaseUntil,
  ]);
}

export async function reportJob(
  db: Db,
  { jobId, claim }: ClaimedJob,
  done: number,
  total: number,
): Promise<void> {
  await db.query('update jobs set done = $3, total = $4 where job_id = $1 and claim = $2', [
    jobId,
    claim,
    done,
    total,
  ]);
}

/** Puts a job back for whoever comes next. */
export async function requeueJob(db: Db, { jobId, claim }: ClaimedJob): Promise<void> {
  await db.query(
    `update jobs set state = 'queued', claim = null, lease_until = null where job_id = $1 and claim = $2`,
    [jobId, claim],
  );
}

/** @returns false where another process has taken the job over: it is that one's to end */
export async function endJob(
  db: Db,
  { jobId, claim }: ClaimedJob,
  end: {
    readonly state: 'done' | 'failed';
    readonly result: object | null;
    readonly reason: string | null;
    readonly at: Date;
  },
): Promise<boolean> {
  const rows = await db.query(
    `update jobs set state = $3, result = $4, reason = $5, ended_at = $6, claim = null, lease_until = null
     where job_id = $1 and claim = $2 returning 1`,
    [jobId, claim, end.state, end.result, end.reason, end.at],
  );
  return rows.length === 1;
}

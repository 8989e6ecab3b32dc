import type { Db } from './database.ts';

/** Long work in an own table: claimed with FOR UPDATE SKIP LOCKED, kept by a lease, taken over when a process dies. */

export type JobKind = 'freeze' | 'identity';

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
};

const COLUMNS = `job_id as "jobId", kind, unit_kind as "unitKind", unit, args, state, done, total, result, reason, made_at as "madeAt"`;

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

/** Claims the oldest job that waits or whose process stopped renewing it. */
export async function claimJob(db: Db, now: Date, leaseUntil: Date): Promise<Job | null> {
  const rows = await db.query<Job>(
    `update jobs set state = 'running', lease_until = $2
     where job_id = (
       select job_id from jobs where state = 'queued' or (state = 'running' and lease_until < $1)
       order by made_at limit 1 for update skip locked)
     returning ${COLUMNS}`,
    [now, leaseUntil],
  );
  return rows[0] ?? null;
}

export async function renewJob(db: Db, jobId: string, leaseUntil: Date): Promise<void> {
  await db.query(`update jobs set lease_until = $2 where job_id = $1 and state = 'running'`, [
    jobId,
    leaseUntil,
  ]);
}

export async function reportJob(db: Db, jobId: string, done: number, total: number): Promise<void> {
  await db.query('update jobs set done = $2, total = $3 where job_id = $1', [jobId, done, total]);
}

export async function endJob(
  db: Db,
  jobId: string,
  end: {
    readonly state: 'done' | 'failed';
    readonly result: object | null;
    readonly reason: string | null;
    readonly at: Date;
  },
): Promise<void> {
  await db.query(
    `update jobs set state = $2, result = $3, reason = $4, ended_at = $5, lease_until = null where job_id = $1 and state = 'running'`,
    [jobId, end.state, end.result, end.reason, end.at],
  );
}

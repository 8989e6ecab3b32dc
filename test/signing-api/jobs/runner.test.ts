import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '#signing-api/config';
import { failJob } from '#signing-api/jobs/fail-job';
import { JobRunner } from '#signing-api/jobs/runner';
import { openService, type OpenService } from '#signing-api/open-service';
import type { Service } from '#signing-api/service';
import { makeApiKey, authenticateKey } from '#signing-api/steps/authenticate-key';
import { requestBatch } from '#signing-api/steps/request-batch';
import { requestIdentityChecks } from '#signing-api/steps/request-identity-checks';
import { importSource } from '#signing-api/steps/import-source';
import type { Caller, Role } from '#signing-api/caller';
import type { Row } from '#core/record/row';
import { claimJob, findJob, type ClaimedJob } from '#signing-api/store/jobs';
import { findLease, takeLease } from '#signing-api/store/leases';
import { freshDatabase, makeWorld, waitFor, type World } from '../../support/world.ts';
import { knownAs, personRow } from '../rows-in.ts';

let world: World;
let opened: OpenService;
let service: Service;
let runner: JobRunner;
/** closed: the register does not answer until it opens */
let gate: { open: () => void; passed: Promise<void> };

beforeAll(async () => {
  world = await makeWorld();
});
afterAll(() => world.close());
// a database of its own, so that no other runner takes its jobs
beforeEach(async () => {
  gate = { open: () => undefined, passed: Promise.resolve() };
  opened = await openService(readConfig({ ...world.env, DATABASE_URL: await freshDatabase() }));
  const { register } = opened.service;
  service = {
    ...opened.service,
    register: {
      ...register,
      check: async (people) => {
        await gate.passed;
        return register.check(people);
      },
    },
  };
  runner = new JobRunner(service, pino({ level: 'silent' }));
});
afterEach(async () => {
  gate.open();
  await runner.stop();
  await opened.close();
});

function closeGate(): void {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  gate = { open, passed };
}

async function callerOf(role: Role, unit: string | null = null): Promise<Caller> {
  return authenticateKey(service, await makeApiKey(service, role, unit));
}

async function bring(rows: readonly Row[]): Promise<void> {
  for (const row of rows) knownAs(world, row);
  const source = async function* () {
    for (const [i, row] of rows.entries()) yield await Promise.resolve({ rowNo: i + 1, raw: '{}', row });
  };
  const bytes = Buffer.from(randomUUID());
  await importSource(service, await callerOf('operator'), source(), () => Buffer.concat([bytes, bytes]));
}

const stateOf = async (jobId: string) => (await findJob(service.db, jobId))?.state;
const isDone = (jobId: string) => waitFor(async () => (await stateOf(jobId)) === 'done');

describe('the job runner', () => {
  it('freezes while a run of identity checks goes on', async () => {
    await bring([personRow()]);
    runner.start();
    await isDone(await requestIdentityChecks(service, await callerOf('operator'), false));
    await bring([personRow({ ward: '26794', district: '769' })]);
    closeGate();
    const run = await requestIdentityChecks(service, await callerOf('operator'), false);
    await waitFor(async () => (await stateOf(run)) === 'running');
    await isDone(await requestBatch(service, await callerOf('district', '760'), 'list'));
    expect(await stateOf(run)).toBe('running');
    gate.open();
    await isDone(run);
  });

  it('stops after the page in hand and puts the job back, and another process takes it up', async () => {
    await bring([personRow()]);
    closeGate();
    runner.start();
    const run = await requestIdentityChecks(service, await callerOf('operator'), false);
    await waitFor(async () => (await stateOf(run)) === 'running');
    const stopped = runner.stop();
    gate.open();
    await stopped;
    expect(await stateOf(run)).toBe('queued');
    runner = new JobRunner(service, pino({ level: 'silent' }));
    runner.start();
    await isDone(run);
  });

  it('asks also about those who came in while it ran', async () => {
    await bring([personRow()]);
    closeGate();
    runner.start();
    const operator = await callerOf('operator');
    const run = await requestIdentityChecks(service, operator, false);
    await waitFor(async () => (await stateOf(run)) === 'running');
    await bring([personRow()]);
    expect(await requestIdentityChecks(service, operator, false)).toBe(run);
    gate.open();
    await isDone(run);
    expect(await service.db.query('select from leaves')).toHaveLength(2);
  });

  it('sweeps what it can where one batch cannot be withdrawn', async () => {
    await service.db.query(
      `insert into batches (district, batch_id, kind, unit, mode, sequence, count, root, statement, statement_sha256, created_at, by)
       values ('760', gen_random_uuid(), 'district', '760', 'list', 1, 1, '', '', '', now() - interval '2 days', gen_random_uuid())`,
    );
    await service.db.query(
      `insert into idempotency_keys (caller, route, key, body_sha256, at) values ('a', 'b', 'c', '', now() - interval '3 days')`,
    );
    runner.start();
    await waitFor(async () => (await service.db.query('select from idempotency_keys')).length === 0);
  });
});

describe('a run of identity checks', () => {
  it('is one at a time for a unit and scope: a second request gets the same', async () => {
    const [district, other] = [await callerOf('district', '760'), await callerOf('district', '769')];
    const run = await requestIdentityChecks(service, district, false);
    expect(await requestIdentityChecks(service, district, false)).toBe(run);
    expect(await requestIdentityChecks(service, other, false)).not.toBe(run);
    expect(await requestIdentityChecks(service, district, true)).not.toBe(run);
    runner.start();
    await isDone(run);
    expect(await requestIdentityChecks(service, district, false)).not.toBe(run);
  });
});

describe('a freeze that fails', () => {
  const lease = 'open:district:760';

  async function claimed(jobId: string): Promise<ClaimedJob> {
    const now = new Date();
    expect(await takeLease(service.db, lease, jobId, now, null)).toBe(true);
    await service.db.query(
      `insert into jobs (job_id, kind, unit_kind, unit, args, state, made_at) values ($1, 'freeze', 'district', '760', '{}', 'queued', now())`,
      [jobId],
    );
    const job = await claimJob(service.db, 'freeze', now, new Date(now.getTime() + 60_000));
    if (!job) throw new Error('nothing was claimed');
    return job;
  }

  it("ends as failed and gives the unit's lease back", async () => {
    const job = await claimed(randomUUID());
    await failJob(service, job, 'INTERNAL');
    expect(await findJob(service.db, job.jobId)).toMatchObject({ state: 'failed', reason: 'INTERNAL' });
    expect(await findLease(service.db, lease)).toBeNull();
  });

  it('is done where the batch was made all the same, and the batch stays open', async () => {
    const job = await claimed(randomUUID());
    await service.db.query(
      `insert into batches (district, batch_id, kind, unit, mode, sequence, count, root, statement, statement_sha256, created_at, by)
       values ('760', $1, 'district', '760', 'list', 1, 7, '', '', '', now(), gen_random_uuid())`,
      [job.jobId],
    );
    await failJob(service, job, 'INTERNAL');
    expect(await findJob(service.db, job.jobId)).toMatchObject({ state: 'done', result: { count: 7 } });
    expect(await findLease(service.db, lease)).toMatchObject({ holder: job.jobId });
  });

  it('changes nothing where another process has taken the job over', async () => {
    const lost = await claimed(randomUUID());
    const later = new Date(Date.now() + 120_000);
    await claimJob(service.db, 'freeze', later, new Date(later.getTime() + 60_000));
    await failJob(service, lost, 'INTERNAL');
    expect(await stateOf(lost.jobId)).toBe('running');
    expect(await findLease(service.db, lease)).toMatchObject({ holder: lost.jobId });
  });
});

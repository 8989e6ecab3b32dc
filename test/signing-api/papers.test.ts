import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CertificateView } from '#core/wire/issuing';
import { sweepPapers } from '#signing-api/steps/papers/paper-folder';
import { printPapers } from '#signing-api/steps/papers/print-papers';
import type { ClaimedJob } from '#signing-api/store/jobs';
import { waitFor, type World } from '../support/world.ts';
import { IssuingWorld } from './issuing/support/issuing-world.ts';
import { textOf } from './paper/poppler.ts';
import { onlyCode } from './paper/qr-reader.ts';
import { unzip } from './paper/unzip.ts';
import { personRow } from './rows-in.ts';

const PER_MINUTE = 8;
const OTHER_FACILITY = '79-00208';
let issuing: IssuingWorld;
let world: World;
const keys: Record<string, string> = {};
/** Three at the one facility, then one at the other, all of one district and ward. */
const rows = [0, 1, 2, 3].map((n) =>
  personRow({ name: `Nguyễn Ngọc Ánh ${'ABCD'[n] ?? ''}`, ...(n === 3 ? { facility: OTHER_FACILITY } : {}) }),
);
let views: CertificateView[] = [];

beforeAll(async () => {
  issuing = await IssuingWorld.make({ KYSO_LOOKUPS_PER_MINUTE: String(PER_MINUTE) });
  world = issuing.world;
  const ids = await issuing.signed(rows);
  await issuing.order();
  await issuing.worker.run();
  views = await Promise.all(ids.map(async (id) => (await issuing.certificates(id))[0] as CertificateView));
  for (const [role, unit] of [
    ['district', '760'],
    ['facility', '79-00123'],
    ['ward', '26734'],
  ] as const)
    keys[role] = await world.key(role, unit);
  keys['other facility'] = await world.key('facility', OTHER_FACILITY);
  keys['other district'] = await world.key('district', '769');
});
afterAll(() => issuing.close());

const nth = (n: number) => views[n]?.certificateId ?? '';

async function get(path: string, key?: string): Promise<{ status: number; headers: Headers; bytes: Buffer }> {
  const answer = await fetch(
    world.url + path,
    key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } },
  );
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
}

let address = 0;
async function ask(body: object, from = `198.51.100.${++address}`) {
  const answer = await fetch(`${world.url}/v1/certificates/paper`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': from },
    body: JSON.stringify(body),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const code = answer.status < 400 ? null : (JSON.parse(bytes.toString()) as { code: string }).code;
  return { status: answer.status, headers: answer.headers, bytes, code };
}

describe('a holder', () => {
  it('prints by code and birth date what the lookup gives: as page and as picture', async () => {
    const held = { code: views[0]?.code, birthDate: rows[0]?.birthDate };
    const { body } = await world.call('POST', '/v1/certificates/lookup', { body: held });
    const page = await ask(held);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'application/pdf']);
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('content-disposition')).toBe('attachment; filename="certificate.pdf"');
    expect(textOf(page.bytes)).toContain('Nguyễn Ngọc Ánh A\n');
    expect(textOf(page.bytes)).toContain('Nationality\nViệt Nam\n');
    const picture = await ask({ ...held, format: 'png' });
    expect((await onlyCode(picture.bytes)).text).toBe(body['text']);
    expect((await ask({ ...held, format: 'svg' })).bytes.toString()).toContain('<title id="title">');
  });

  it('has the same answer for a wrong code as for a wrong date', async () => {
    const wrongCode = await ask({ code: '0000000000', birthDate: rows[0]?.birthDate });
    const wrongDate = await ask({ code: views[0]?.code, birthDate: '1971-01-01' });
    expect([wrongCode.status, wrongCode.code]).toEqual([404, 'CERTIFICATE_UNKNOWN']);
    expect([wrongDate.status, wrongDate.code]).toEqual([404, 'CERTIFICATE_UNKNOWN']);
  });

  it('is sent away who asks too often', async () => {
    const answers: (string | null)[] = [];
    for (let n = 0; n <= PER_MINUTE; n++)
      answers.push((await ask({ code: '0000000000', birthDate: '1980' }, '203.0.113.9')).code);
    expect(answers.slice(0, -1).every((code) => code === 'CERTIFICATE_UNKNOWN')).toBe(true);
    expect(answers.at(-1)).toBe('TOO_MANY_REQUESTS');
  });

  it('may look at a sample, which is no certificate', async () => {
    const { status, headers, bytes } = await get('/v1/certificates/sample');
    expect([status, headers.get('content-type')]).toEqual([200, 'application/pdf']);
    expect(textOf(bytes)).toContain('SAMPLE – not valid');
    const picture = await get('/v1/certificates/sample?format=png');
    expect((await onlyCode(picture.bytes)).text).not.toContain('HC1:');
  });
});

describe('an office', () => {
  it('prints what is its own', async () => {
    for (const role of ['district', 'facility', 'ward']) {
      const { status, bytes } = await get(`/v1/certificates/${nth(1)}/paper`, keys[role]);
      expect([role, status]).toEqual([role, 200]);
      expect(textOf(bytes)).toContain('Nguyễn Ngọc Ánh B');
    }
  });

  it("prints nothing of another unit's", async () => {
    for (const role of ['other facility', 'other district']) {
      const { status, bytes } = await get(`/v1/certificates/${nth(1)}/paper`, keys[role]);
      expect([role, status]).toEqual([role, 404]);
      expect(bytes.toString()).toContain('CERTIFICATE_UNKNOWN');
    }
  });
});

const startJob = (key: string | undefined, body: object) =>
  world.call('POST', '/v1/paper-jobs', { ...(key === undefined ? {} : { key }), body });

async function ended(key: string, jobId: string): Promise<Record<string, unknown>> {
  let job: Record<string, unknown> = {};
  await waitFor(async () => {
    job = (await world.call('GET', `/v1/paper-jobs/${jobId}`, { key })).body;
    return job['state'] === 'done' || job['state'] === 'failed';
  }, 60_000);
  return job;
}

describe('many at once', () => {
  it('come as a ZIP of the unit’s own, named by their ids, sealed on the disk, gone after a day', async () => {
    const key = keys['facility'] ?? '';
    const { status, body } = await startJob(key, { district: '760' });
    expect(status).toBe(202);
    const jobId = String(body['jobId']);
    const job = await ended(key, jobId);
    expect(job).toMatchObject({ state: 'done', done: 3, total: 3, printed: 3, leftOut: [], next: null });

    const { status: found, headers, bytes } = await get(`/v1/paper-jobs/${jobId}/zip`, key);
    expect([found, headers.get('content-length')]).toEqual([200, String(bytes.length)]);
    const files = unzip(bytes);
    expect([...files.keys()].sort()).toEqual([0, 1, 2].map((n) => `${nth(n)}.pdf`).sort());
    expect(textOf(files.get(`${nth(2)}.pdf`) ?? Buffer.alloc(0))).toContain('Nguyễn Ngọc Ánh C');

    const file = join(world.service.config.dataDir, 'papers', `${jobId}.zip`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file).includes(nth(0))).toBe(false);
    expect((await get(`/v1/paper-jobs/${jobId}/zip`, keys['other facility'])).status).toBe(403);
    expect((await world.call('GET', `/v1/paper-jobs/${jobId}`, { key: keys['district'] ?? '' })).status).toBe(
      403,
    );

    world.clock.offsetMs += 25 * 3_600_000;
    const late = await get(`/v1/paper-jobs/${jobId}/zip`, key);
    await sweepPapers(world.service);
    world.clock.offsetMs = 0;
    expect([late.status, late.bytes.toString()]).toEqual([410, expect.stringContaining('PAPERS_GONE')]);
    expect(existsSync(file)).toBe(false);
    expect((await get(`/v1/paper-jobs/${jobId}/zip`, key)).status).toBe(410);
  });

  it('are refused where one is not the caller’s own, and says which', async () => {
    const { status, body } = await startJob(keys['facility'], { certificateIds: [nth(0), nth(3), uuidv7()] });
    expect([status, body['code']]).toEqual([404, 'CERTIFICATE_UNKNOWN']);
    expect(body['errors']).toEqual(
      [1, 2].map((i) => ({ at: `/certificateIds/${i}`, code: 'CERTIFICATE_UNKNOWN' })),
    );
    expect((await startJob(keys['other district'], { district: '760' })).body['code']).toBe('FORBIDDEN');
  });

  it('leave out what was taken back since they were asked for', async () => {
    const job = await runningJob([nth(0), nth(3)]);
    await world.sql(
      `insert into certificate_revocations (district, certificate_id, reason, at, by) values ('760', $1, 'request', now(), $2)`,
      [nth(3), randomUUID()],
    );
    const wish = { certificateIds: [nth(0), nth(3)] };
    const made = await printPapers(world.service, job, wish, ignore, new AbortController().signal);
    expect(made).toEqual({ printed: 1, leftOut: [nth(3)], next: null });
    expect((await get(`/v1/certificates/${nth(3)}/paper`, keys['district'])).status).toBe(404);
  });

  it('begin anew after a run that was cut off, of which nothing stays', async () => {
    const job = await runningJob([nth(0), nth(1)]);
    const wish = { certificateIds: [nth(0), nth(1)] };
    const folder = join(world.service.config.dataDir, 'papers');
    const stop = new AbortController();
    const reason = new Error('stopped');
    // while the first page is drawn
    const cut = printPapers(world.service, job, wish, () => Promise.resolve(stop.abort(reason)), stop.signal);
    await expect(cut).rejects.toBe(reason);
    expect(readdirSync(folder).filter((name) => name.startsWith(job.jobId))).toEqual([]);
    // of a process that was killed
    writeFileSync(join(folder, `${job.jobId}.${randomUUID()}.part`), 'half');
    const made = await printPapers(world.service, job, wish, ignore, new AbortController().signal);
    expect(made.printed).toBe(2);
    await sweepPapers(world.service);
    expect(readdirSync(folder).filter((name) => name.startsWith(job.jobId))).toEqual([`${job.jobId}.zip`]);
  });

  it('wait: a unit has no more than three jobs that have not ended', async () => {
    const key = keys['ward'] ?? '';
    for (let n = 0; n < 3; n++)
      await world.sql(
        `insert into jobs (job_id, kind, unit_kind, unit, args, state, made_at, claim, lease_until)
         values ($1, 'papers', 'ward', '26734', '{}', 'running', now(), gen_random_uuid(), now() + interval '1 hour')`,
        [uuidv7()],
      );
    expect((await startJob(key, { district: '760' })).body['code']).toBe('TOO_MANY_REQUESTS');
    const [running] = await world.sql<{ id: string }>(
      `select job_id as id from jobs where unit_kind = 'ward' limit 1`,
    );
    const zip = await get(`/v1/paper-jobs/${running?.id ?? ''}/zip`, key);
    expect([zip.status, zip.bytes.toString()]).toEqual([409, expect.stringContaining('PAPERS_NOT_READY')]);
  });
});

const ignore = () => Promise.resolve();

/** A job that the test itself works on. */
async function runningJob(certificateIds: readonly string[]): Promise<ClaimedJob> {
  const [job] = await world.sql<ClaimedJob>(
    `insert into jobs (job_id, kind, unit_kind, unit, args, state, made_at, claim, lease_until)
     values ($1, 'papers', 'district', '760', $2, 'running', now(), gen_random_uuid(), now() + interval '1 hour')
     returning job_id as "jobId", claim`,
    [uuidv7(), { certificateIds }],
  );
  if (!job) throw new Error('no job');
  return job;
}

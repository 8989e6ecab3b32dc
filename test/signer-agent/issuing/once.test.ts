import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { base64url } from '#core/bytes';
import { claimsOf, encodeClaims } from '#core/certificate/claims';
import { revocationHash } from '#core/certificate/uvci';
import { sha256 } from '#verifier/crypto-node';
import type { Result } from '#core/wire/issuing';
import { jobOf, lyingApi } from './support/lying-api.ts';
import { evidenceOf, person, trustFolder } from './support/signed-world.ts';
import {
  claimsFor,
  dropMinistryTokens,
  issueNow,
  kidNamed,
  ministryTokens,
  newHome,
  placesOf,
  work,
  type Scene,
} from './support/worker.ts';

/** One certificate for each record version and renewal, over restarts. */

let scene: Scene;
let kid: string;
let home: string;
const record = person(1);
const evidence = evidenceOf(record);
beforeAll(async () => {
  scene = { pki: await ministryTokens(), api: await lyingApi(), trust: trustFolder() };
  kid = kidNamed(scene.pki, 'ministry-ec');
});
beforeEach(() => {
  home = newHome();
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
  scene.api.refuse.clear();
  scene.api.taken.splice(0);
  scene.api.jobs.splice(0);
});
afterAll(async () => {
  await scene.api.close();
  scene.trust.remove();
  dropMinistryTokens(scene.pki);
});

const journal = () =>
  readFileSync(join(home, 'issuing.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { type: string }).type);

/** Jobs of one run, and what was told of them. */
async function told(...jobs: readonly object[]): Promise<readonly Result[]> {
  const before = scene.api.taken.length;
  scene.api.jobs.push(...jobs);
  await work(scene, { onRefused: () => undefined }, home);
  return scene.api.taken.slice(before);
}

describe('a job that comes again', () => {
  it('gets the same signature, without the token, after a restart', async () => {
    const job = jobOf(kid, evidence, claimsFor(record));
    const [first] = await told(job);
    expect(first).toHaveProperty('signature');
    expect(await told(job)).toEqual([first]);
    // one intent: the token was asked once
    expect(journal()).toEqual(['intent', 'result', 'delivered', 'delivered']);
  });

  it('is refused with other claims or for another key, and the first stays', async () => {
    const job = jobOf(kid, evidence, claimsFor(record));
    const [first] = await told(job);
    const again = [
      jobOf(kid, evidence, claimsFor(record)),
      { ...job, kid: kidNamed(scene.pki, 'ministry-rsa') },
    ];
    const refusal = 'CERTIFICATE_ALREADY_ISSUED';
    expect(await told(...again)).toEqual(again.map(({ certificateId }) => ({ certificateId, refusal })));
    expect(await told(job)).toEqual([first]);
  });

  it('is refused with other claims in the same lease', async () => {
    const [one, other] = [jobOf(kid, evidence, claimsFor(record)), jobOf(kid, evidence, claimsFor(record))];
    const results = await told(one, other);
    expect(results).toContainEqual({
      certificateId: other.certificateId,
      refusal: 'CERTIFICATE_ALREADY_ISSUED',
    });
    expect(results.filter((result) => 'signature' in result)).toHaveLength(1);
  });

  it('is another certificate as a renewal, and of the next version of the record', async () => {
    const next = { ...record, version: 2 };
    for (const job of [
      jobOf(kid, evidence, claimsFor(record)),
      jobOf(kid, evidence, claimsFor(record), { renewal: 1 }),
      jobOf(kid, evidenceOf(next), claimsFor(next)),
    ])
      expect((await told(job)).map((result) => 'signature' in result)).toEqual([true]);
  });
});

describe('what the worker has signed', () => {
  it('can be taken back by its journal alone', async () => {
    const issue = issueNow();
    await told(jobOf(kid, evidence, encodeClaims(claimsOf(record, issue))));
    const hash = base64url(revocationHash(sha256, issue.identifier));
    const lines = readFileSync(join(home, 'issuing.ndjson'), 'utf8').trim().split('\n');
    for (const line of lines.slice(0, 2)) expect(JSON.parse(line)).toMatchObject({ uvciHash: hash });
  });

  it('stands in a journal without personal data', async () => {
    await told(jobOf(kid, evidence, claimsFor(record)));
    const text = readFileSync(join(home, 'issuing.ndjson'), 'utf8');
    for (const personal of ['Nguyễn', 'NGUYEN', '1980', 'URN:UVCI', record.person.id.commit])
      expect(text).not.toContain(personal);
  });

  it('is told at the next start where it could not be told', async () => {
    scene.api.refuse.set('/results', 'UNAVAILABLE');
    const stop = new AbortController();
    let tries = 0;
    scene.api.before.set('/results', () => ++tries === 2 && stop.abort());
    scene.api.jobs.push(jobOf(kid, evidence, claimsFor(record)));
    await work(scene, { stop: stop.signal, untilEmpty: false }, home);
    expect(scene.api.taken).toEqual([]);
    scene.api.refuse.clear();
    scene.api.before.clear();
    expect(await told()).toEqual([expect.objectContaining({ signature: expect.any(String) as string })]);
    expect(journal()).toEqual(['intent', 'result', 'delivered']);
  });
});

describe('a worker that is to end when nothing waits', () => {
  it('goes on while jobs wait that it was not given yet', async () => {
    scene.api.more = { waiting: 1 };
    let leases = 0;
    scene.api.before.set('/leases', () => {
      if (++leases !== 3) return;
      scene.api.jobs.push(jobOf(kid, evidence, claimsFor(record)));
      scene.api.more = {};
    });
    await work(scene, {}, home);
    scene.api.before.clear();
    expect(scene.api.taken).toHaveLength(1);
  });
});

describe('limits of a key', () => {
  it.each([
    ['in all', { total: 2 }],
    ['in an hour', { perHour: 2 }],
  ])('hold %s, over restarts', async (_, limits) => {
    const jobs = [1, 2, 3, 4].map((number) => {
      const one = person(number);
      return jobOf(kid, evidenceOf(one), claimsFor(one));
    });
    scene.api.jobs.push(...jobs);
    const refusedAtFirst = await work(scene, { limits, ...onlyEc() }, home);
    expect(scene.api.taken.filter((one) => 'signature' in one)).toHaveLength(2);
    expect(refusedAtFirst.refused).toEqual(['CERTIFICATE_LIMIT', 'CERTIFICATE_LIMIT']);
    const asked = scene.api.leases.length;
    scene.api.jobs.push(...jobs.slice(2));
    await expect(stoppedSoon({ limits, ...onlyEc() })).resolves.toBeUndefined();
    expect(scene.api.leases).toHaveLength(asked);
    expect(scene.api.taken).toHaveLength(2);
  });

  it('end a worker that is to end when nothing waits, though jobs do', async () => {
    scene.api.jobs.push(
      ...[1, 2, 3].map((number) => jobOf(kid, evidenceOf(person(number)), claimsFor(person(number)))),
    );
    scene.api.perLease = 1;
    await expect(work(scene, { limits: { total: 1 }, ...onlyEc() }, home)).rejects.toMatchObject({
      code: 'CERTIFICATE_LIMIT',
    });
    scene.api.perLease = 256;
    expect(scene.api.taken).toHaveLength(1);
  });

  const onlyEc = () => ({ places: () => placesOf(scene.pki, 'ministry-ec') });

  /** Runs until it found that it may not ask for anything. */
  async function stoppedSoon(changes: object): Promise<void> {
    const stop = new AbortController();
    const isHalted = async (port: number | null) => {
      for (;;) {
        const response = await fetch(`http://127.0.0.1:${port ?? 0}/health`);
        const { halt } = (await response.json()) as { halt: { code: string } | null };
        if (halt?.code === 'CERTIFICATE_LIMIT') return stop.abort();
      }
    };
    const onReady = (port: number | null) => void isHalted(port);
    await work(scene, { ...changes, healthPort: 0, untilEmpty: false, onReady, stop: stop.signal }, home);
  }
});

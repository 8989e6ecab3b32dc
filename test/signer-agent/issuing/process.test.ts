import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ensurePki } from '#certs-test/ensure-pki';
import { pkcs12File, documentSignerNamed, type Pki } from '#certs-test/pki';
import { AGENT, runAgent } from '#test/signer-agent/support/run-agent';
import { jobOf, lyingApi } from './support/lying-api.ts';
import { evidenceOf, person, trustFolder } from './support/signed-world.ts';
import {
  claimsFor,
  dropMinistryTokens,
  kidNamed,
  ministryTokens,
  newHome,
  secretFile,
  type Scene,
} from './support/worker.ts';

/** `kyso agent issue` as a service manager runs it. */

let pki: Pki;
let scene: Scene;
let apiKeyFile: string;
const homes: string[] = [];
const running: ChildProcess[] = [];
beforeAll(async () => {
  pki = await ministryTokens();
  scene = { pki, api: await lyingApi(), trust: trustFolder() };
  apiKeyFile = secretFile(scene.trust.folder, 'api-key', scene.api.apiKey);
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true });
  scene.api.jobs.splice(0);
  scene.api.taken.splice(0);
  scene.api.perLease = 256;
  scene.api.before.clear();
});
afterAll(async () => {
  await scene.api.close();
  scene.trust.remove();
  dropMinistryTokens(pki);
});

function home(): string {
  homes.push(newHome());
  return homes.at(-1) ?? '';
}

function argv(folder: string, ...more: readonly string[]): string[] {
  const { api, trust } = scene;
  return [
    ...['issue', '--home', folder, '--api', api.origin, '--api-key-file', apiKeyFile],
    ...['--trust', trust.trust, '--trust-keys', trust.trustKeys, '--policy', 'district'],
    ...['--certificate', join(pki.files.ministry, 'ministry-ec.der'), '--module', pki.modulePath],
    ...['--pin-file', pki.files.pin, '--sessions', '2', ...more],
  ];
}

/** A worker that says that it is ready. */
async function started(folder: string, ...more: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [AGENT, ...argv(folder, '--json', ...more)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, 'close').then((): [string] => {
    throw new Error(`the worker did not start: ${said}`);
  });
  ended.catch(() => undefined);
  const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string];
  expect(JSON.parse(line)).toMatchObject({ ready: true, pid: child.pid });
  return child;
}

function addJobs(count: number): string[] {
  const jobs = Array.from({ length: count }, (_, i) => {
    const one = person(i + 1);
    return jobOf(kidNamed(pki, 'ministry-ec'), evidenceOf(one), claimsFor(one));
  });
  scene.api.jobs.push(...jobs);
  return jobs.map(({ certificateId }) => certificateId);
}

const told = () => scene.api.taken.map(({ certificateId }) => certificateId).sort();

describe('kyso agent issue', () => {
  it('ends in order at SIGTERM: what it has signed is told', async () => {
    const ids = addJobs(30);
    const child = await started(home());
    await scene.api.until(ids.length);
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(told()).toEqual(ids);
  });

  it('goes on after a kill in the middle: nothing is lost, and nothing made twice', async () => {
    const folder = home();
    addJobs(120);
    const all = [...scene.api.jobs] as { certificateId: string }[];
    scene.api.perLease = 20;
    const first = await started(folder);
    await scene.api.until(20);
    first.kill('SIGKILL');
    await once(first, 'close');
    // leases that ran out come again
    const heard = new Set(told());
    scene.api.jobs.splice(0);
    scene.api.jobs.push(...all.filter(({ certificateId }) => !heard.has(certificateId)));
    const again = await runAgent(argv(folder, '--until-empty'));
    expect(again.code, again.stderr).toBe(0);
    expect([...new Set(told())]).toEqual(all.map(({ certificateId }) => certificateId).sort());
    const signatures = new Map<string, Set<string>>();
    for (const one of scene.api.taken)
      if ('signature' in one)
        signatures.set(
          one.certificateId,
          new Set([...(signatures.get(one.certificateId) ?? []), one.signature]),
        );
    expect([...signatures.values()].every((of) => of.size === 1)).toBe(true);
    const lines = readFileSync(join(folder, 'issuing.ndjson'), 'utf8').trim().split('\n');
    const results = lines.filter((line) => line.includes('"type":"result"'));
    expect(results).toHaveLength(120);
  });

  it('shares the work with another worker', async () => {
    scene.api.perLease = 10;
    // one after the other: SoftHSM writes at a login, and whoever reads that file meanwhile finds no token
    const workers = [await started(home(), '--sessions', '1')];
    workers.push(await started(home(), '--sessions', '1'));
    const ids = addJobs(80);
    await scene.api.until(ids.length);
    for (const child of workers) child.kill('SIGTERM');
    await Promise.all(workers.map((child) => once(child, 'close')));
    expect(told()).toEqual(ids);
    expect(new Set(scene.api.leases.map(({ workerId }) => workerId)).size).toBeGreaterThan(1);
  });

  it('runs once in a folder', async () => {
    const folder = home();
    await started(folder);
    const second = await runAgent(argv(folder, '--json'));
    expect([second.code, second.report['refused']]).toEqual([1, 'AGENT_BUSY']);
  });

  it('takes no key for the API that others may read, and no PIN from two places', async () => {
    const open = secretFile(scene.trust.folder, 'open-key', scene.api.apiKey, 0o644);
    const badKey = argv(home(), '--json').map((one) => (one === apiKeyFile ? open : one));
    expect((await runAgent(badKey)).report['refused']).toBe('CONFIG_INVALID');
    const two = await runAgent(argv(home(), '--json', '--pin-fd', '0'));
    expect(two.report['refused']).toBe('CONFIG_INVALID');
  });
});

describe('where no HSM is', () => {
  it('a key in a PKCS#12 file signs', async () => {
    const software = await ensurePki('.test/pki-ministry-software', {
      ...{ districts: ['760'], facilities: [], bad: false, instance: 'test', software: true },
    });
    const signer = documentSignerNamed(software, 'ministry-ec');
    const one = person(1);
    scene.api.jobs.push(jobOf(signer.kid, evidenceOf(one), claimsFor(one)));
    const flags = argv(home(), '--until-empty').map((flag) => {
      if (flag === join(pki.files.ministry, 'ministry-ec.der'))
        return join(software.files.ministry, 'ministry-ec.der');
      if (flag === '--module') return '--pkcs12';
      if (flag === pki.modulePath) return pkcs12File(software, signer);
      return flag === pki.files.pin ? software.files.pin : flag;
    });
    const run = await runAgent(flags);
    expect(run.code, run.stderr).toBe(0);
    expect(scene.api.taken).toEqual([expect.objectContaining({ signature: expect.any(String) as string })]);
  });
});

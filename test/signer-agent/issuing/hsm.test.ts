import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openFault, type Fault } from '#certs-test/fault-module';
import type { Pki } from '#certs-test/pki';
import type { Refusal } from '#core/refusal';
import type { Health } from '#signer-agent/issuing/health';
import type { IssuingOrder } from '#signer-agent/issuing/run-issuing';
import { openModule } from '#test/signer-agent/support/fault-tokens';
import { jobOf, lyingApi } from './support/lying-api.ts';
import { evidenceOf, person, trustFolder } from './support/signed-world.ts';
import {
  claimsFor,
  dropMinistryTokens,
  kidNamed,
  ministryTokens,
  newHome,
  placesOf,
  work,
  type Scene,
} from './support/worker.ts';

/** An HSM that goes away, and comes back; and what the worker tells of it. */

let pki: Pki;
let scene: Scene;
let fault: Fault;
let home: string;
beforeAll(async () => {
  pki = await ministryTokens();
  scene = { pki, api: await lyingApi(), trust: trustFolder() };
  home = newHome();
  fault = openFault(
    { ...pki, environment: pki.ministryEnvironment },
    join(home, '..', `fault-${process.pid}`),
  );
  Object.assign(process.env, fault.environment);
});
afterEach(() => {
  fault.reset();
  scene.api.taken.splice(0);
  rmSync(home, { recursive: true, force: true });
  home = newHome();
});
afterAll(async () => {
  await scene.api.close();
  scene.trust.remove();
  rmSync(join(home, '..', `fault-${process.pid}`), { recursive: true, force: true });
  rmSync(home, { recursive: true, force: true });
  dropMinistryTokens(pki);
});

function addJobs(count: number): void {
  for (let number = 0; number < count; number++) {
    const one = person(number + 1);
    scene.api.jobs.push(jobOf(kidNamed(pki, 'ministry-ec'), evidenceOf(one), claimsFor(one)));
  }
}

const faulty = async () =>
  (await placesOf(pki, 'ministry-ec')).map((one) => ({ ...one, open: () => openModule(fault.modulePath) }));

async function healthAt(port: number): Promise<{ status: number; health: Health; text: string }> {
  const response = await fetch(`http://127.0.0.1:${port}/health`);
  const text = await response.text();
  return { status: response.status, text, health: JSON.parse(text) as Health };
}

/** Runs a worker until `ready` has done its part. */
async function whileWorking(
  ready: (port: number) => Promise<void>,
  sessions = 1,
  more: Partial<IssuingOrder> = {},
): Promise<void> {
  const stop = new AbortController();
  let part: Promise<void> = Promise.resolve();
  const onReady = (port: number | null) => {
    part = ready(port ?? 0).finally(() => stop.abort());
  };
  const changes = { places: faulty, sessions, healthPort: 0, untilEmpty: false, onReady, stop: stop.signal };
  await work(scene, { ...changes, ...more }, home);
  await part;
}

const isSigned = () => scene.api.taken.every((one) => 'signature' in one);

describe('an HSM that goes away', () => {
  it('is waited for: everything is signed once it is back', async () => {
    fault.unplugAt('C_Sign', 10);
    addJobs(40);
    await whileWorking(async (port) => {
      for (;;) {
        const { status, health } = await healthAt(port);
        const [key] = health.keys;
        if (key?.openSessions === 0 && key.lastFault !== null) {
          expect(status).toBe(503);
          break;
        }
      }
      fault.replug();
      await scene.api.until(40);
    });
    expect(scene.api.taken).toHaveLength(40);
    expect(isSigned()).toBe(true);
  });

  it('for longer than a judgement holds gets nothing to sign that was judged before', async () => {
    let later = 0;
    const now = () => new Date(Date.now() + later);
    const refused: string[] = [];
    const onRefused = (_: string, { code }: Refusal) => void refused.push(code);
    fault.unplugAt('C_Sign', 1);
    addJobs(5);
    const again = [...scene.api.jobs];
    await whileWorking(
      async (port) => {
        while ((await healthAt(port)).health.keys[0]?.waiting !== 5);
        later = 200_000;
        fault.replug();
        while (refused.length < 5) await healthAt(port);
        expect(scene.api.taken).toEqual([]);
        scene.api.jobs.push(...again);
        await scene.api.until(5);
      },
      1,
      { now, onRefused },
    );
    expect(refused).toEqual(Array(5).fill('STATUS_STALE'));
    expect(isSigned()).toBe(true);
  });

  it('holds nobody up who wants to stop the worker', async () => {
    const refused: string[] = [];
    const onRefused = (_: string, { code }: Refusal) => void refused.push(code);
    fault.unplugAt('C_Sign', 1);
    addJobs(5);
    await whileWorking(
      async (port) => {
        while ((await healthAt(port)).health.keys[0]?.waiting !== 5);
      },
      1,
      { onRefused },
    );
    expect(refused).toEqual(Array(5).fill('SIGNING_STOPPED'));
    expect(scene.api.taken).toEqual([]);
  });

  it('that crashes its process is opened again; other sessions take what it left', async () => {
    fault.crash('C_Sign', { nth: 5 });
    addJobs(60);
    await whileWorking(() => scene.api.until(60), 2);
    expect(scene.api.taken).toHaveLength(60);
    expect(isSigned()).toBe(true);
  });

  it('with a PIN that was changed meanwhile ends the worker after one try', async () => {
    fault.unplugAt('C_Sign', 3);
    addJobs(10);
    const ended = whileWorking(async (port) => {
      while ((await healthAt(port)).health.keys[0]?.openSessions !== 0);
      fault.answer('C_Login', 'CKR_PIN_INCORRECT');
      fault.replug();
      // the worker ends by itself
      await new Promise<void>((resolve) => {
        const asking = () => void healthAt(port).then(asking, () => resolve());
        asking();
      });
    }, 2);
    await expect(ended).rejects.toMatchObject({ code: 'PIN_WRONG' });
    expect(scene.api.taken.length).toBeLessThan(10);
  });
});

describe('health', () => {
  it('tells counts and ages, and nothing of a record', async () => {
    addJobs(3);
    await whileWorking(async (port) => {
      await scene.api.until(3);
      const { health, text } = await healthAt(port);
      expect(health).toMatchObject({
        pid: process.pid,
        certificates: 3,
        keys: [{ kid: kidNamed(pki, 'ministry-ec'), openSessions: 1, tokenOperations: 3, total: 3 }],
        trust: { sequence: 5 },
        status: { 760: expect.any(Number) as number },
      });
      for (const personal of ['Nguyễn', 'recordId', 'URN:UVCI', '1980']) expect(text).not.toContain(personal);
      expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
    });
  });

  it('is 503 while the API does not answer, with its code', async () => {
    scene.api.refuse.set('/leases', 'UNAVAILABLE');
    await whileWorking(async (port) => {
      for (;;) {
        const { status, health } = await healthAt(port);
        if (health.apiFault === null) continue;
        expect([status, health.apiFault.code]).toEqual([503, 'UNAVAILABLE']);
        break;
      }
    });
    scene.api.refuse.clear();
  });
});

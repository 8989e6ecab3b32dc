import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { holdBeforeAnswering, holdBeforeKeeping } from './support/collection-locks.ts';
import {
  checkInvariants,
  identities,
  people,
  requestFreeze,
  showBatch,
  signToTheEnd,
  until,
  untilOpen,
  verdictOf,
} from './support/kill-flow.ts';
import { KillStage } from './support/kill-stage.ts';
import type { Signer } from './support/signer.ts';

/** kill −9 of PostgreSQL's processes under a running API, at each step: it recovers by itself, or with the API's next start. */

let stage: KillStage;
let signer: Signer;
let acknowledged = 0;
beforeAll(async () => {
  stage = await KillStage.set();
  signer = await stage.signer();
});
beforeEach(async () => {
  await stage.startApi();
  await isServing();
});
afterEach(() => {
  stage.proxy.before.clear();
  stage.register.faults.delayMs = 0;
});
afterAll(() => stage.close());

async function isServing(): Promise<void> {
  await until(async () => (await stage.call('cdc', 'GET', '/v1/status/760')).status === 200);
}

async function openBatch(count: number): Promise<string> {
  expect(await stage.import(people(stage, count))).toMatchObject({ status: 201 });
  acknowledged += count;
  await identities(stage);
  const batchId = await requestFreeze(stage);
  await untilOpen(stage, batchId);
  return batchId;
}

async function signsOnce(batchId: string): Promise<void> {
  const from = signer.journal().length;
  const { outcome, tokenOperations } = await signToTheEnd(signer, batchId);
  expect({ refused: outcome.refused, tokenOperations }).toEqual({ refused: null, tokenOperations: 1 });
  expect(signer.journal().slice(from)).toEqual(['intent', 'result', 'collected']);
  expect((await showBatch(stage, batchId)).state).toBe('collected');
  expect(await verdictOf(stage, batchId)).toBe('valid');
  await checkInvariants(stage, acknowledged);
}

describe('its backends are killed', { timeout: 60_000 }, () => {
  it('during an import: it is refused, nothing of it is kept, and the same file is taken afterwards', async () => {
    const rows = people(stage, 4000);
    const lines = rows.map((row) => JSON.stringify(row) + '\n');
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(Buffer.from(lines.slice(0, 3000).join('')));
        await wait(400);
        stage.killBackends();
        controller.enqueue(Buffer.from(lines.slice(3000).join('')));
        controller.close();
      },
    });
    expect(await stage.import(body)).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } });
    await isServing();
    await checkInvariants(stage, acknowledged);
    expect(await stage.import(rows)).toMatchObject({ status: 201, body: { new: 4000 } });
    acknowledged += 4000;
    stage.killBackends();
    await isServing();
    await checkInvariants(stage, acknowledged);
  });

  it('during a freeze: it is taken up again, and what is frozen is signed once', async () => {
    await identities(stage);
    expect(await stage.import(people(stage, 10))).toMatchObject({ status: 201 });
    acknowledged += 10;
    stage.register.faults.delayMs = 1200;
    const batchId = await requestFreeze(stage);
    await wait(600);
    stage.killBackends();
    stage.register.faults.delayMs = 0;
    await isServing();
    const { count, statement } = await untilOpen(stage, batchId);
    expect(count).toBe(acknowledged);
    stage.killBackends();
    await isServing();
    expect((await showBatch(stage, batchId)).statement).toBe(statement);
    await checkInvariants(stage, acknowledged);
    stage.proxy.amidLeaves = () => {
      stage.killBackends();
      return undefined;
    };
    await signsOnce(batchId);
  });

  it('in the midst of collecting: the agent hands it in again', async () => {
    const batchId = await openBatch(5);
    stage.proxy.before.set('/signatures', async () => {
      const held = await holdBeforeKeeping(stage);
      void held.reached().then(async () => {
        stage.killBackends();
        await held.release();
      });
      return undefined;
    });
    await signsOnce(batchId);
  });

  it('when it is collected and not yet answered: the agent hands it in again', async () => {
    const batchId = await openBatch(5);
    stage.proxy.before.set('/signatures', async () => {
      const held = await holdBeforeAnswering(stage, batchId);
      void held.reached().then(async () => {
        stage.killBackends();
        await held.release();
      });
      return undefined;
    });
    await signsOnce(batchId);
  });
});

describe('its postmaster is killed', { timeout: 60_000 }, () => {
  it('and the API says so until it is started again; the agent’s signature waits for it', async () => {
    const batchId = await openBatch(5);
    stage.proxy.before.set('/signatures', async () => {
      stage.killPostmaster();
      await until(async () => (await stage.call('cdc', 'GET', '/v1/status/760')).status === 503);
      void wait(300).then(() => stage.restartApi());
      return undefined;
    });
    await signsOnce(batchId);
  });

  it('while it recovers from the loss of the others: the next start of the API finds a way', async () => {
    for (const pause of [60, 150, 300]) {
      stage.killBackends();
      await wait(pause);
      stage.killBackends();
      await stage.restartApi();
      await isServing();
      await checkInvariants(stage, acknowledged);
    }
  });

  it('together with the API, right after an import was acknowledged: the rows are there', async () => {
    expect(await stage.import(people(stage, 300))).toMatchObject({ status: 201 });
    acknowledged += 300;
    stage.killPostmaster();
    stage.killBackends();
    await stage.restartApi();
    await checkInvariants(stage, acknowledged);
  });
});

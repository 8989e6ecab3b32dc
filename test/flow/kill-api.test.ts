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
  untilOpen,
  verdictOf,
} from './support/kill-flow.ts';
import { KillStage } from './support/kill-stage.ts';
import type { Signer } from './support/signer.ts';

/** kill −9 of the API at each step; it is started again, and the flow goes on to its end. */

let stage: KillStage;
let signer: Signer;
let acknowledged = 0;
beforeAll(async () => {
  stage = await KillStage.set();
  signer = await stage.signer();
});
beforeEach(() => stage.startApi());
afterEach(() => {
  stage.proxy.before.clear();
  stage.proxy.after.clear();
  stage.register.faults.delayMs = 0;
});
afterAll(() => stage.close());

async function bringIn(count: number): Promise<void> {
  const answer = await stage.import(people(stage, count));
  expect(answer).toMatchObject({ status: 201, body: { new: count } });
  acknowledged += count;
}

async function openBatch(count: number): Promise<string> {
  await bringIn(count);
  await identities(stage);
  const batchId = await requestFreeze(stage);
  expect(await untilOpen(stage, batchId)).toMatchObject({ state: 'open', count });
  return batchId;
}

async function holds(batchId: string): Promise<void> {
  expect((await showBatch(stage, batchId)).state).toBe('collected');
  expect(await verdictOf(stage, batchId)).toBe('valid');
  await checkInvariants(stage, acknowledged);
}

async function unsigned(batchId: string): Promise<void> {
  expect((await showBatch(stage, batchId)).state).toBe('open');
  expect(await verdictOf(stage, batchId)).toBe('EVIDENCE_INCOMPLETE');
  await checkInvariants(stage, acknowledged);
}

describe('killed during an import', { timeout: 60_000 }, () => {
  it('keeps nothing of it, loses nothing acknowledged before, and takes the same file again', async () => {
    await bringIn(50);
    await stage.restartApi();
    await checkInvariants(stage, acknowledged);
    const rows = people(stage, 5000);
    const lines = rows.map((row) => JSON.stringify(row) + '\n');
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(Buffer.from(lines.slice(0, 3500).join('')));
        await wait(400);
        await stage.killApi();
        controller.error(new Error('the API is gone'));
      },
    });
    await expect(stage.import(body)).rejects.toThrow();
    await stage.startApi();
    await checkInvariants(stage, acknowledged);
    expect(await stage.import(rows)).toMatchObject({ status: 201, body: { new: 5000 } });
    acknowledged += 5000;
    await stage.restartApi();
    await checkInvariants(stage, acknowledged);
  });
});

describe('killed around the freeze', { timeout: 60_000 }, () => {
  it('takes the freeze up again, and keeps what is frozen', async () => {
    await identities(stage);
    await bringIn(20);
    stage.register.faults.delayMs = 1500;
    const batchId = await requestFreeze(stage);
    await wait(700);
    expect((await showBatch(stage, batchId)).state).toBe('freezing');
    await stage.restartApi();
    stage.register.faults.delayMs = 0;
    await checkInvariants(stage, acknowledged);
    expect((await showBatch(stage, batchId)).state).toBe('freezing');
    const again = await stage.call('district', 'POST', '/v1/batches', JSON.stringify({ mode: 'list' }));
    expect(again.body['code']).toBe('BATCH_OPEN');
    const open = await untilOpen(stage, batchId);
    expect(open.count).toBe(acknowledged);
    await stage.restartApi();
    expect(await showBatch(stage, batchId)).toEqual(open);
    await unsigned(batchId);
  });

  it('and while the leaves stream: nothing is signed; a new ticket signs', async () => {
    const [open] = await stage.sql<{ id: string }>('select batch_id as id from batches');
    const batchId = open?.id ?? '';
    stage.proxy.amidLeaves = async () => {
      await stage.killApi();
      return undefined;
    };
    const broken = await signer.sign(batchId);
    expect(broken).toMatchObject({ refused: 'API_UNREACHABLE', tokenOperations: 0, report: null });
    expect(broken.shown).not.toContain('Mã đối chiếu');
    expect(signer.journal()).toEqual([]);
    await stage.startApi();
    await unsigned(batchId);
    const { outcome, tokenOperations } = await signToTheEnd(signer, batchId);
    expect({ refused: outcome.refused, tokenOperations }).toEqual({ refused: null, tokenOperations: 1 });
    await holds(batchId);
  });
});

describe('killed between the token’s signature and its collection', { timeout: 60_000 }, () => {
  it.each<[string, (batchId: string) => void]>([
    [
      'before it is handed in',
      () =>
        stage.proxy.before.set('/signatures', async () => {
          await stage.restartApi();
          return undefined;
        }),
    ],
    [
      'in the midst of collecting',
      () =>
        stage.proxy.before.set('/signatures', async () => {
          const held = await holdBeforeKeeping(stage);
          void held.reached().then(async () => {
            await stage.killApi();
            await held.release();
            await stage.startApi();
          });
          return undefined;
        }),
    ],
    [
      'when it is collected and not yet answered',
      (batchId) =>
        stage.proxy.before.set('/signatures', async () => {
          const held = await holdBeforeAnswering(stage, batchId);
          void held.reached().then(async () => {
            await stage.killApi();
            await held.release();
            await stage.startApi();
          });
          return undefined;
        }),
    ],
    [
      'when it has answered and the answer is lost',
      () =>
        stage.proxy.after.set('/signatures', async () => {
          await stage.restartApi();
          return 'cut' as const;
        }),
    ],
  ])('%s: the agent hands it in again, without asking the token again', async (_when, arrange) => {
    const batchId = await openBatch(6);
    arrange(batchId);
    const from = signer.journal().length;
    const { outcome, tokenOperations } = await signToTheEnd(signer, batchId);
    expect({ refused: outcome.refused, tokenOperations }).toEqual({ refused: null, tokenOperations: 1 });
    expect(signer.journal().slice(from)).toEqual(['intent', 'result', 'collected']);
    await holds(batchId);
  });
});

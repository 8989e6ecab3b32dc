import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bringIn, type OpenBatch } from './support/new-batch.ts';
import { makeScene, type Scene } from './support/scene.ts';
import type { Signer } from './support/signer.ts';

/** The world's leases last five seconds; for the API time passes when its clock is moved. */
const PAST_THE_LEASE_MS = 6000;

let scene: Scene;
let signer: Signer;
let batch: OpenBatch;
beforeAll(async () => {
  scene = await makeScene();
  signer = await scene.signer('district-760');
});
beforeEach(async () => {
  await bringIn(scene.world, 5);
  batch = await scene.freeze();
});
afterEach(() => {
  scene.proxy.before.clear();
});
afterAll(() => scene.close());

function loseLeaseBefore(path: string): void {
  scene.proxy.before.set(path, () => {
    scene.world.clock.offsetMs += PAST_THE_LEASE_MS;
    return undefined;
  });
}

describe('a lease that ran out', () => {
  it.each(['/leaves', '/heartbeats'])(
    'before %s: nothing is signed; a new ticket starts anew',
    async (path) => {
      loseLeaseBefore(path);
      expect(await signer.sign(batch.batchId)).toMatchObject({
        refused: 'SESSION_ENDED',
        tokenOperations: 0,
      });
      expect(await scene.signatures(batch.batchId)).toBe(0);
      expect(await signer.sign(batch.batchId)).toMatchObject({ refused: null, tokenOperations: 1 });
    },
  );

  it('before the signature was handed in: a new ticket hands in what the journal holds', async () => {
    loseLeaseBefore('/signatures');
    const from = signer.journal().length;
    expect(await signer.sign(batch.batchId)).toMatchObject({ refused: 'SESSION_ENDED', tokenOperations: 1 });
    expect(await scene.stateOf(batch.batchId)).toBe('open');
    expect(signer.journal().slice(from)).toEqual(['intent', 'result']);
    const again = await signer.sign(batch.batchId, { pin: 'not the PIN' });
    expect(again).toMatchObject({
      refused: null,
      tokenOperations: 0,
      report: { resumed: true, tokenOperations: 0 },
    });
    expect(await scene.signatures(batch.batchId)).toBe(1);
    expect(signer.journal().slice(from)).toEqual(['intent', 'result', 'collected']);
  });

  it('lets another machine sign; the first one’s late signature is not taken', async () => {
    const other = await scene.signer('district-760');
    let won = '';
    scene.proxy.before.set('/signatures', async () => {
      scene.world.clock.offsetMs += PAST_THE_LEASE_MS;
      // PSS, since PKCS #1 v1.5 by the same key within one second would be the same signature
      won = (await other.sign(batch.batchId, { pss: true })).refused ?? 'collected';
      return undefined;
    });
    expect(await signer.sign(batch.batchId)).toMatchObject({
      refused: 'BATCH_ALREADY_SIGNED',
      tokenOperations: 1,
    });
    expect(won).toBe('collected');
    expect(await scene.signatures(batch.batchId)).toBe(1);
  });
});

describe('a signer who takes long', () => {
  it('keeps the lease by heartbeats, past its five seconds', { timeout: 40_000 }, async () => {
    const from = scene.proxy.requests.length;
    scene.proxy.before.set('/leaves', async () => {
      await new Promise((resolve) => setTimeout(resolve, 6500));
      return undefined;
    });
    expect(await signer.sign(batch.batchId)).toMatchObject({ refused: null, tokenOperations: 1 });
    const beats = scene.proxy.requests.slice(from).filter((line) => line.endsWith('/heartbeats'));
    expect(beats.length).toBeGreaterThanOrEqual(3);
  });

  it('loses it where no heartbeat comes through', { timeout: 40_000 }, async () => {
    const cutAll = (): 'cut' => {
      scene.proxy.before.set('/heartbeats', cutAll);
      return 'cut';
    };
    cutAll();
    scene.proxy.before.set('/leaves', async () => {
      await new Promise((resolve) => setTimeout(resolve, 5600));
      return undefined;
    });
    const outcome = await signer.sign(batch.batchId);
    expect(outcome).toMatchObject({ tokenOperations: 0, report: null });
    expect(['SESSION_ENDED', 'API_UNREACHABLE']).toContain(outcome.refused);
    scene.proxy.before.clear();
    expect(await signer.sign(batch.batchId)).toMatchObject({ refused: null, tokenOperations: 1 });
  });
});

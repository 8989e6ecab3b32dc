import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { base64url, utf8 } from '#core/bytes';
import { parseEvidence } from '#core/sign/evidence';
import { sha256 } from '#verifier/crypto-node';
import { untilFrozen } from '../support/world.ts';
import { fetchEvidence, judge, recordsOf } from './support/evidence.ts';
import { bringIn } from './support/new-batch.ts';
import type { Hook } from './support/proxy.ts';
import { makeScene, type Scene, type Unit } from './support/scene.ts';

const UNIT: Unit = ['district', '760'];
const COUNT = 20;
/** The world's leases last five seconds; for the API time passes when its clock is moved. */
const PAST_THE_LEASE_MS = 6000;

let scene: Scene;
beforeAll(async () => {
  scene = await makeScene();
  await bringIn(scene.world, COUNT);
});
afterAll(() => scene.close());

async function freezeEach(): Promise<string> {
  const key = await scene.world.key(...UNIT);
  const made = await scene.world.call('POST', '/v1/batches', { key, body: { mode: 'each' } });
  const batch = await untilFrozen(scene.world, key, String(made.body['batchId']));
  expect(batch).toMatchObject({ state: 'open', mode: 'each', count: COUNT });
  return String(batch['batchId']);
}

describe('a batch signed record by record', () => {
  it('survives a lease that is lost midway: nothing is signed twice, and each record can be proved alone', async () => {
    const batchId = await freezeEach();
    const signer = await scene.signer('district-760');
    let asked = 0;
    // what is there already, then a window; the next one is kept, but its answer is lost, and the lease with it
    const third: Hook = () => {
      if (++asked < 3) {
        scene.proxy.after.set('/signatures', third);
        return undefined;
      }
      scene.world.clock.offsetMs += PAST_THE_LEASE_MS;
      return 'cut';
    };
    scene.proxy.after.set('/signatures', third);
    const first = await signer.sign(batchId);
    expect(first.refused).toBe('SESSION_ENDED');
    expect(await scene.stateOf(batchId)).toBe('open');
    const second = await signer.sign(batchId);
    expect(second).toMatchObject({ refused: null, report: { mode: 'each', count: COUNT } });
    expect(first.tokenOperations + second.tokenOperations).toBe(COUNT);
    expect(await scene.stateOf(batchId)).toBe('collected');
    expect(signer.journal()).toEqual(['items', 'collected']);

    const records = await recordsOf(scene.world, batchId);
    expect(records).toHaveLength(COUNT);
    for (const [index, { recordId }] of records.entries()) {
      const { text } = await fetchEvidence(scene.world, '760', recordId);
      expect(await judge(scene.world, text)).toMatchObject({ verdict: 'valid', recordId });
      const evidence = parseEvidence(Buffer.from(text));
      const [attestation] = evidence.attestations;
      expect(attestation?.proof).toBeUndefined();
      expect(JSON.parse(attestation?.statement ?? '')).toMatchObject({
        type: 'kyso/item/v1',
        index,
        leafHash: base64url(sha256(utf8(`\0${evidence.record}`))),
      });
    }
  });

  it('is followed by the next one', async () => {
    await bringIn(scene.world, COUNT);
    const batchId = await freezeEach();
    const signer = await scene.signer('district-760');
    expect(await signer.sign(batchId)).toMatchObject({
      refused: null,
      tokenOperations: COUNT,
      report: { signed: COUNT, skipped: 0, failed: 0 },
    });
  });
});

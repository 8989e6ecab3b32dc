import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signerNamed } from '#certs-test/pki';
import { bringIn, type OpenBatch } from './support/new-batch.ts';
import { makeScene, type Scene } from './support/scene.ts';
import type { Signer } from './support/signer.ts';

let scene: Scene;
let signer: Signer;
let batch: OpenBatch;
beforeAll(async () => {
  scene = await makeScene();
  await bringIn(scene.world, 6);
  batch = await scene.freeze();
  signer = await scene.signer('district-760');
});
afterAll(() => scene.close());

/** As if the enrolled token had been pulled out and another one put in: the agent looks for it by its serial number. */
function insertInstead(name: string): () => void {
  const file = join(signer.folder, 'enrolment.json');
  const before = readFileSync(file, 'utf8');
  const { tokenSerial } = signerNamed(scene.world.pki, name);
  writeFileSync(file, before.replace(/"serial": "[^"]+"/, `"serial": "${tokenSerial}"`));
  return () => writeFileSync(file, before);
}

describe('the batch stays open and can be signed by the next ticket after', () => {
  it('another token: its certificate is not the enrolled one, and no ticket is used up', async () => {
    const putBack = insertInstead('district-769');
    const ticket = await signer.ticket(batch.batchId);
    expect(await signer.redeem(ticket)).toMatchObject({
      refused: 'SIGNER_CERTIFICATE_ABSENT',
      tokenOperations: 0,
    });
    putBack();
    expect(await signer.redeem(ticket, { pin: '99999999' })).toMatchObject({ refused: 'PIN_WRONG' });
    expect(await scene.stateOf(batch.batchId)).toBe('open');
  });

  it('a wrong PIN: tried once, then stopped, nothing signed; the right one signs', async () => {
    const from = scene.proxy.requests.length;
    const wrong = await signer.sign(batch.batchId, { pin: '87654321' });
    expect(wrong).toMatchObject({ refused: 'PIN_WRONG', tokenOperations: 0, report: null });
    const asked = scene.proxy.requests.slice(from);
    expect(asked.filter((line) => line.endsWith('/signatures'))).toEqual([]);
    expect(asked.at(-1)).toMatch(/^DELETE /);
    expect(await scene.stateOf(batch.batchId)).toBe('open');
    expect(await signer.sign(batch.batchId)).toMatchObject({ refused: null, tokenOperations: 1 });
    expect(await scene.signatures(batch.batchId)).toBe(1);
    expect(signer.journal().slice(-3)).toEqual(['intent', 'result', 'collected']);
  });
});

describe('a signed batch', () => {
  it('gets no further ticket', async () => {
    const { status, body } = await scene.ticket(batch.batchId, signer.deviceId);
    expect({ status, code: body['code'] }).toEqual({ status: 409, code: 'BATCH_ALREADY_SIGNED' });
  });
});

import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFile } from 'node:fs/promises';
import { revoke } from '#certs-test/crls';
import { crlFile } from '#certs-test/pki';
import { readCrl } from '#verifier/der/crl';
import { verifyEvidence } from '#verifier/index';
import { fetchEvidence, publicLists, recordsOf } from './support/evidence.ts';
import { bringIn } from './support/new-batch.ts';
import { makeScene, type Scene } from './support/scene.ts';
import { certificateOf, tokenSignature } from './support/token-signature.ts';

/** A signer is revoked between one list and the next. */

let scene: Scene;
beforeAll(async () => {
  scene = await makeScene();
  await bringIn(scene.world, 5);
});
afterAll(() => scene.close());

async function revokeSigner(): Promise<void> {
  const { pki, folder } = scene.world;
  // signing and revocation times are whole seconds: in one second with the signature it would count as revoked before
  await new Promise((resolve) => setTimeout(resolve, 1100));
  await revoke(pki, 'district-760', new Date(), 'keyCompromise');
  cpSync(pki.files.crls, join(folder, 'crls'), { recursive: true });
}

describe('a signer who is revoked', () => {
  it('signs no more, also what was signed before; what was collected is no longer called valid', async () => {
    const { world } = scene;
    const signer = await scene.signer('district-760');
    const first = await scene.freeze();
    expect(await signer.sign(first.batchId)).toMatchObject({ refused: null, tokenOperations: 1 });
    const [record] = await recordsOf(world, first.batchId);
    const evidence = await fetchEvidence(world, '760', record?.recordId ?? '');
    expect(evidence.status).toBe(200);

    await bringIn(world, 4);
    const second = await scene.freeze();
    const early = await tokenSignature(
      world.pki,
      'district-760',
      second.statement,
      new Date(Date.now() - 5000),
    );
    await revokeSigner();

    expect(await signer.sign(second.batchId)).toMatchObject({
      refused: 'SIGNER_REVOKED',
      // by the agent itself, before the PIN
      tokenOperations: 0,
    });
    const device = await scene.rawDevice(certificateOf(world.pki, 'district-760'));
    const { body } = await scene.ticket(second.batchId, device.deviceId);
    const session = await device.mustOpen(String(body['ticket']));
    expect(await device.submit(session, early)).toMatchObject({
      status: 422,
      body: { code: 'SIGNER_REVOKED' },
    });
    expect(await scene.signatures(second.batchId)).toBe(0);
    expect(await scene.stateOf(second.batchId)).toBe('open');

    expect(await fetchEvidence(world, '760', record?.recordId ?? '')).toMatchObject({
      status: 422,
      body: { code: 'REVOKED_NO_POE' },
    });
    const lists = await publicLists(world);
    const newer = readCrl(await readFile(crlFile(world.pki.files, 'government-ca')));
    const verdict = await verifyEvidence(Buffer.from(evidence.text), { ...lists, crls: [newer] });
    expect(verdict).toMatchObject({ verdict: 'undetermined', reasons: ['REVOKED_NO_POE'] });
  });
});

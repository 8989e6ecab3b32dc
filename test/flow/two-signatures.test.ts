import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { revoke } from '#certs-test/crls';
import { parseEvidence } from '#core/sign/evidence';
import { fetchEvidence, judge, recordsOf } from './support/evidence.ts';
import { bringIn } from './support/new-batch.ts';
import { makeScene, type Scene } from './support/scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await makeScene();
  await bringIn(scene.world, 3, '760', '79-00208');
});
afterAll(() => scene.close());

it('one signature that no longer holds does not take the other with it', async () => {
  const { world } = scene;
  const list = await scene.freeze(['district', '760']);
  await (await scene.signer('district-760', ['district', '760'])).sign(list.batchId);
  const own = await scene.freeze(['facility', '79-00208']);
  await (await scene.signer('facility-79-00208', ['facility', '79-00208'])).sign(own.batchId);
  const [record] = await recordsOf(world, list.batchId);
  const kinds = async () => {
    const { text } = await fetchEvidence(world, '760', record?.recordId ?? '');
    const { attestations } = parseEvidence(Buffer.from(text));
    return { kinds: attestations.map(({ statement }) => /"kind":"(\w+)"/.exec(statement)?.[1]), text };
  };
  expect((await kinds()).kinds).toEqual(['facility', 'district']);

  await revoke(world.pki, 'facility-79-00208', new Date(), 'keyCompromise');
  cpSync(world.pki.files.crls, join(world.folder, 'crls'), { recursive: true });
  const left = await kinds();
  expect(left.kinds).toEqual(['district']);
  expect(await judge(world, left.text)).toMatchObject({ verdict: 'valid' });
});

it("the holder's copy, with the id number, goes to ward and facility only", async () => {
  const { world } = scene;
  const path = `/v1/evidence/760/01a2050d-6ec4-7392-9cfd-72fe9dd3fa1a?copy=holder`;
  for (const key of [await world.key('cdc'), await world.key('ministry'), await world.key('district', '760')])
    expect(await world.call('GET', path, { key })).toMatchObject({
      status: 403,
      body: { code: 'FORBIDDEN' },
    });
});

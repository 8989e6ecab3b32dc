import { afterAll, beforeEach, beforeAll, describe, expect, it } from 'vitest';
import { fromBase64, fromBase64url } from '#core/bytes';
import { parseStatement } from '#core/sign/statement';
import { parseStatusList } from '#core/sign/status-list';
import { bringIn, type OpenBatch } from './support/new-batch.ts';
import type { RawDevice, RawSession } from './support/raw-device.ts';
import { makeScene, type Scene } from './support/scene.ts';
import { certificateOf, tokenSignature } from './support/token-signature.ts';

let scene: Scene;
let batch: OpenBatch;
let device: RawDevice;
beforeAll(async () => {
  scene = await makeScene();
  device = await scene.rawDevice(certificateOf(scene.world.pki, 'district-760'));
});
beforeEach(async () => {
  await bringIn(scene.world, 6);
  batch = await scene.freeze();
});
afterAll(() => scene.close());

async function open(): Promise<RawSession> {
  const { body } = await scene.ticket(batch.batchId, device.deviceId);
  return device.mustOpen(String(body['ticket']));
}

const sign = (at = new Date()) => tokenSignature(scene.world.pki, 'district-760', batch.statement, at);

async function withdrawnBatches(): Promise<readonly string[]> {
  const { text } = await scene.world.call('GET', '/v1/status/760');
  const [envelope] = JSON.parse(text) as { payload: string }[];
  return parseStatusList(fromBase64(envelope?.payload ?? '') ?? new Uint8Array()).batchesWithdrawn;
}

describe('two at one batch', () => {
  it('agents: one signs and is collected, the other is refused', async () => {
    const agents = await Promise.all([scene.signer('district-760'), scene.signer('district-760')]);
    const outcomes = await Promise.all(agents.map((agent) => agent.sign(batch.batchId)));
    expect(outcomes.filter(({ refused }) => refused === null)).toHaveLength(1);
    const lost = outcomes.find(({ refused }) => refused !== null);
    expect(['BATCH_BEING_SIGNED', 'BATCH_ALREADY_SIGNED']).toContain(lost?.refused);
    expect(outcomes.reduce((sum, { tokenOperations }) => sum + tokenOperations, 0)).toBe(1);
    expect(await scene.signatures(batch.batchId)).toBe(1);
  });

  it('good signatures in one session: one is kept', async () => {
    const signatures = [
      await sign(),
      await sign(new Date(Date.now() - 4000)),
      await sign(new Date(Date.now() - 9000)),
    ];
    const session = await open();
    const answers = await Promise.all(signatures.map((cms) => device.submit(session, cms)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    expect(answers.filter(({ body }) => body['code'] === 'BATCH_ALREADY_SIGNED')).toHaveLength(2);
    expect(await scene.signatures(batch.batchId)).toBe(1);
    const [kept] = await scene.world.sql<{ digest: Buffer }>(
      'select cms_sha256 as digest from signatures where batch_id = $1',
      [batch.batchId],
    );
    const answered = answers.find(({ status }) => status === 201)?.body['cmsSha256'];
    expect(
      Buffer.compare(kept?.digest ?? Buffer.alloc(0), fromBase64url(String(answered)) ?? new Uint8Array()),
    ).toBe(0);
  });
});

describe('two ask for a batch of one unit', () => {
  it('one is made', async () => {
    await scene.withdraw(batch.batchId);
    const key = await scene.world.key('district', '760');
    const ask = () => scene.world.call('POST', '/v1/batches', { key, body: { mode: 'list' } });
    const answers = await Promise.all([ask(), ask(), ask()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409]);
    expect(answers.filter(({ body }) => body['code'] === 'BATCH_OPEN')).toHaveLength(2);
    const id = String(answers.find(({ status }) => status === 202)?.body['batchId']);
    await expect.poll(() => scene.stateOf(id)).toBe('open');
    await scene.withdraw(id);
  });
});

describe('a batch that is withdrawn while it is being signed', () => {
  it('collects nothing: the agent is told, the status list names the batch, its records are free', async () => {
    const signer = await scene.signer('district-760');
    scene.proxy.before.set('/signatures', async () => {
      expect((await scene.withdraw(batch.batchId)).status).toBe(201);
      return undefined;
    });
    expect(await signer.sign(batch.batchId)).toMatchObject({
      refused: 'BATCH_WITHDRAWN',
      tokenOperations: 1,
    });
    expect(await scene.stateOf(batch.batchId)).toBe('withdrawn');
    expect(await scene.signatures(batch.batchId)).toBe(0);
    expect(await withdrawnBatches()).toContain(batch.batchId);

    const next = await scene.freeze();
    expect(parseStatement(next.statement).sequence).toBe(parseStatement(batch.statement).sequence);
    expect(next.count).toBe(batch.count);
    expect(await signer.sign(next.batchId)).toMatchObject({ refused: null, tokenOperations: 1 });
    expect(await withdrawnBatches()).not.toContain(next.batchId);
  });

  it('takes no late signature, and gives no further ticket', async () => {
    const session = await open();
    const late = await sign();
    await scene.withdraw(batch.batchId);
    const refused = { status: 409, body: { code: 'BATCH_WITHDRAWN' } };
    expect(await device.submit(session, late)).toMatchObject(refused);
    expect(await scene.ticket(batch.batchId, device.deviceId)).toMatchObject(refused);
    expect(await scene.signatures(batch.batchId)).toBe(0);
  });

  it('and collected at the same moment is one of the two, never both', async () => {
    for (let round = 0; round < 4; round++) {
      if (round > 0) {
        await bringIn(scene.world, 2);
        batch = await scene.freeze();
      }
      const session = await open();
      const cms = await sign();
      const [withdrawal, collection] = await Promise.all([
        scene.withdraw(batch.batchId),
        device.submit(session, cms),
      ]);
      expect([withdrawal.status, collection.status].sort()).toEqual([201, 409]);
      const isCollected = collection.status === 201;
      expect(await scene.stateOf(batch.batchId)).toBe(isCollected ? 'collected' : 'withdrawn');
      expect(await scene.signatures(batch.batchId)).toBe(isCollected ? 1 : 0);
      expect((await withdrawnBatches()).includes(batch.batchId)).toBe(!isCollected);
      expect((isCollected ? withdrawal : collection).body['code']).toBe(
        isCollected ? 'BATCH_ALREADY_SIGNED' : 'BATCH_WITHDRAWN',
      );
    }
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bringIn, type OpenBatch } from './support/new-batch.ts';
import type { RawDevice } from './support/raw-device.ts';
import { makeScene, type Scene, type Unit } from './support/scene.ts';
import { certificateOf, tokenSignature } from './support/token-signature.ts';

const OTHER_UNIT: Unit = ['district', '769'];

let scene: Scene;
let batch: OpenBatch;
let device: RawDevice;
beforeAll(async () => {
  scene = await makeScene();
  await bringIn(scene.world, 8);
  batch = await scene.freeze();
  device = await scene.rawDevice(certificateOf(scene.world.pki, 'district-760'));
});
afterEach(async () => {
  scene.world.clock.offsetMs = 0;
  expect(await scene.stateOf(batch.batchId)).toBe('open');
  expect(await scene.signatures(batch.batchId)).toBe(0);
});
afterAll(() => scene.close());

async function newTicket(of = device): Promise<string> {
  const { status, body, text } = await scene.ticket(batch.batchId, of.deviceId);
  expect(status, text).toBe(201);
  return String(body['ticket']);
}

const refusal = (status: number, code: string) => ({ status, body: { code } });

describe('a ticket used twice', () => {
  it('is told who is signing, and since when, while the first is at it', async () => {
    const ticket = await newTicket();
    const before = Date.now() - 1000;
    const session = await device.mustOpen(ticket);
    for (const again of [await device.challenge(ticket), await device.open(ticket, new Uint8Array(32))]) {
      expect(again).toMatchObject(refusal(409, 'BATCH_BEING_SIGNED'));
      const faults = again.body['errors'] as { at: string; code: string }[];
      expect(faults.map(({ at }) => at)).toEqual(['/device', '/since']);
      expect(faults[0]?.code).toBe(device.deviceId);
      const since = Date.parse(faults[1]?.code ?? '');
      expect(since >= before && since <= Date.now()).toBe(true);
    }
    await device.end(session);
  });

  it('is used up afterwards', async () => {
    const ticket = await newTicket();
    await device.end(await device.mustOpen(ticket));
    expect(await device.challenge(ticket)).toMatchObject(refusal(409, 'TICKET_USED'));
    expect(await device.open(ticket, new Uint8Array(32))).toMatchObject(refusal(409, 'TICKET_USED'));
  });

  it('is redeemed by one of many at once', async () => {
    const ticket = await newTicket();
    const nonce = Buffer.from(String((await device.challenge(ticket)).body['nonce']), 'base64url');
    const answers = await Promise.all(Array.from({ length: 8 }, () => device.open(ticket, nonce)));
    const [won = [], lost = []] = [201, 409].map((status) => answers.filter((one) => one.status === status));
    expect([won.length, lost.length]).toEqual([1, 7]);
    expect(
      lost.every(({ body }) => ['BATCH_BEING_SIGNED', 'TICKET_USED'].includes(String(body['code']))),
    ).toBe(true);
    await device.end(won[0]?.body as never);
  });

  it('by the agent is refused under the same codes', async () => {
    const signer = await scene.signer('district-760');
    const ticket = await signer.ticket(batch.batchId);
    const session = await device.mustOpen(await newTicket());
    expect(await signer.redeem(ticket)).toMatchObject({ refused: 'BATCH_BEING_SIGNED', tokenOperations: 0 });
    await device.end(session);
    expect(await signer.redeem(ticket, { pin: '00000000' })).toMatchObject({ refused: 'PIN_WRONG' });
    expect(await signer.redeem(ticket)).toMatchObject({ refused: 'TICKET_USED', tokenOperations: 0 });
  });
});

describe('a ticket is refused', () => {
  it('when its ten minutes are over', async () => {
    const ticket = await newTicket();
    scene.world.clock.offsetMs = 599_000;
    expect((await device.challenge(ticket)).status).toBe(200);
    scene.world.clock.offsetMs = 600_500;
    expect(await device.challenge(ticket)).toMatchObject(refusal(409, 'TICKET_EXPIRED'));
    expect(await device.open(ticket, new Uint8Array(32))).toMatchObject(refusal(409, 'TICKET_EXPIRED'));
    const signer = await scene.signer('district-760');
    expect(await signer.redeem(ticket)).toMatchObject({
      refused: 'TICKET_OF_OTHER_DEVICE',
      tokenOperations: 0,
    });
  });

  it('in the hands of another device of the same unit', async () => {
    const ticket = await newTicket();
    const thief = await scene.rawDevice(certificateOf(scene.world.pki, 'district-760'));
    expect(await thief.challenge(ticket)).toMatchObject(refusal(403, 'TICKET_OF_OTHER_DEVICE'));
    expect(await thief.open(ticket, new Uint8Array(32))).toMatchObject(
      refusal(403, 'TICKET_OF_OTHER_DEVICE'),
    );
    expect((await device.challenge(ticket)).status).toBe(200);
  });

  it('where the device is unknown, or the ticket', async () => {
    const ticket = await newTicket();
    const nobody = '01800000-0000-7000-8000-000000000000';
    expect(await device.challenge(ticket, nobody)).toMatchObject(refusal(403, 'DEVICE_UNKNOWN'));
    expect(await device.challenge('A'.repeat(43))).toMatchObject(refusal(404, 'TICKET_UNKNOWN'));
  });

  it('where the device does not prove that it has its key', async () => {
    const ticket = await newTicket();
    expect(await device.open(ticket, new Uint8Array(32))).toMatchObject(refusal(401, 'UNAUTHENTICATED'));
    const other = await newTicket();
    const nonceOfOther = Buffer.from(String((await device.challenge(other)).body['nonce']), 'base64url');
    expect(await device.open(ticket, nonceOfOther)).toMatchObject(refusal(401, 'UNAUTHENTICATED'));
    await device.end(await device.mustOpen(ticket));
  });

  it("and not even made for another unit's device or batch", async () => {
    const stranger = await scene.rawDevice(certificateOf(scene.world.pki, 'district-769'), OTHER_UNIT);
    expect(await scene.ticket(batch.batchId, stranger.deviceId)).toMatchObject(
      refusal(403, 'DEVICE_UNKNOWN'),
    );
    expect(await scene.ticket(batch.batchId, stranger.deviceId, OTHER_UNIT)).toMatchObject(
      refusal(404, 'BATCH_UNKNOWN'),
    );
  });
});

describe('another certificate than the ticket is bound to', () => {
  it('cannot sign: the device is enrolled with one, the signature made with another', async () => {
    const { pki } = scene.world;
    const stranger = await scene.rawDevice(certificateOf(pki, 'bad-unlisted'));
    const session = await stranger.mustOpen(await newTicket(stranger));
    const cms = await tokenSignature(pki, 'district-760', batch.statement);
    expect(await stranger.submit(session, cms)).toMatchObject(refusal(403, 'TICKET_OF_OTHER_CERTIFICATE'));
    await stranger.end(session);
  });

  it('is noticed by the agent before anything is shown', async () => {
    const signer = await scene.signer('district-760');
    const other = await scene.signer('bad-unlisted');
    const ticket = await other.ticket(batch.batchId);
    expect(await signer.redeem(ticket)).toMatchObject({ refused: 'TICKET_OF_OTHER_DEVICE', shown: '' });
  });
});

describe("a session's secret", () => {
  it('opens its own session only, and nothing once it is over', async () => {
    const session = await device.mustOpen(await newTicket());
    const leaves = (id: string, key: string) =>
      scene.world.call('GET', `/v1/signing-sessions/${id}/leaves`, { key });
    expect((await leaves(session.sessionId, session.secret)).status).toBe(200);
    expect(await leaves(device.deviceId, session.secret)).toMatchObject(refusal(401, 'UNAUTHENTICATED'));
    expect(await leaves(session.sessionId, 'A'.repeat(43))).toMatchObject(refusal(401, 'UNAUTHENTICATED'));
    await device.end(session);
    expect(await leaves(session.sessionId, session.secret)).toMatchObject(refusal(409, 'SESSION_ENDED'));
    expect(await device.heartbeat(session)).toMatchObject(refusal(409, 'SESSION_ENDED'));
  });
});

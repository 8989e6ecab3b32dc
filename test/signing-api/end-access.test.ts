import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kyso, type Ran } from '#scripts/demo/processes';
import { endDevice } from '#signing-api/steps/end-access';
import { bringIn } from '../flow/support/new-batch.ts';
import { makeScene, type Scene } from '../flow/support/scene.ts';
import { certificateOf } from '../flow/support/token-signature.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await makeScene();
});
afterAll(() => scene.close());

const NOBODY = '0180726f-2c00-7abc-8def-0123456789ab';

function api(...args: string[]): Promise<Ran> {
  return kyso(['api', ...args], { env: scene.world.env });
}

describe('kyso api', () => {
  it('key names the key on standard error, and end-key ends it for good', async () => {
    const { world } = scene;
    const made = await api('key', '--role', 'operator');
    const key = made.out.trim();
    const keyId = /key id: (\S+)/.exec(made.err)?.[1] ?? '';
    expect((await world.call('GET', '/v1/units', { key })).status).toBe(200);
    expect((await api('end-key', keyId)).code).toBe(0);
    expect(await world.call('GET', '/v1/units', { key })).toMatchObject({
      status: 401,
      body: { code: 'UNAUTHENTICATED' },
    });
    expect((await api('end-key', keyId)).code).toBe(0);
  });

  it('end-key and end-device refuse what does not exist', async () => {
    const key = await api('end-key', NOBODY);
    expect(key.code).not.toBe(0);
    expect(key.err).toContain('CONFIG_INVALID');
    const device = await api('end-device', NOBODY);
    expect(device.code).not.toBe(0);
    expect(device.err).toContain('DEVICE_UNKNOWN');
    expect((await api('end-device', 'x')).code).toBe(2);
  });
});

describe('a device that was ended', () => {
  it('gets no ticket, opens no session, and loses the one it has', async () => {
    const { world } = scene;
    await bringIn(world, 3);
    const batch = await scene.freeze();
    const device = await scene.rawDevice(certificateOf(world.pki, 'district-760'));
    const ticket = String((await scene.ticket(batch.batchId, device.deviceId)).body['ticket']);
    const session = await device.mustOpen(ticket);
    expect((await device.heartbeat(session)).status).toBe(200);
    await endDevice(world.service, device.deviceId);
    expect(await device.heartbeat(session)).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
    expect(await scene.ticket(batch.batchId, device.deviceId)).toMatchObject({
      status: 403,
      body: { code: 'DEVICE_UNKNOWN' },
    });
    expect(await device.challenge(ticket)).toMatchObject({ status: 403, body: { code: 'DEVICE_UNKNOWN' } });
    const listed = await world.call('GET', '/v1/devices', { key: await world.key('district', '760') });
    expect(listed.text).not.toContain(device.deviceId);
  });
});

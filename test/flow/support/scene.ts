import { rmSync } from 'node:fs';
import { makeWorld, type Answer, type World } from '../../support/world.ts';
import { openBatch, type OpenBatch } from './new-batch.ts';
import { startProxy, type Proxy } from './proxy.ts';
import { RawDevice } from './raw-device.ts';
import { Signer } from './signer.ts';

/** A world with agents in it, who reach the API through a proxy that tests can make lie, stall and cut. */
export type Scene = {
  readonly world: World;
  readonly proxy: Proxy;
  readonly signer: (name: string, unit?: Unit) => Promise<Signer>;
  /** a machine that speaks the wire contract by hand, for what the agent would never do */
  readonly rawDevice: (certificate: Uint8Array, unit?: Unit) => Promise<RawDevice>;
  readonly freeze: (unit?: Unit) => Promise<OpenBatch>;
  readonly withdraw: (batchId: string, unit?: Unit) => Promise<Answer>;
  readonly ticket: (batchId: string, deviceId: string, unit?: Unit) => Promise<Answer>;
  readonly stateOf: (batchId: string, unit?: Unit) => Promise<string>;
  /** signatures that are kept for a batch */
  readonly signatures: (batchId: string) => Promise<number>;
  readonly close: () => Promise<void>;
};

export type Unit = readonly ['district' | 'facility', string];

const HOME: Unit = ['district', '760'];

export async function makeScene(): Promise<Scene> {
  const world = await makeWorld();
  const proxy = await startProxy(world.url);
  const folders: string[] = [];
  const keys = new Map<string, Promise<string>>();
  const key = ([role, code]: Unit) => {
    const known = keys.get(role + code) ?? world.key(role, code);
    keys.set(role + code, known);
    return known;
  };
  const post = async (unit: Unit, path: string, body: object) =>
    world.call('POST', path, { key: await key(unit), body });
  const must = async (unit: Unit, path: string, body: object) => {
    const answer = await post(unit, path, body);
    if (answer.status >= 400) throw new Error(`${path}: ${answer.text}`);
    return answer.body;
  };
  return {
    world,
    proxy,
    signer: async (name, unit = HOME) => {
      const signer = new Signer(world.pki, name, (path, body) => must(unit, path, body));
      folders.push(signer.folder);
      return signer.enrol(proxy.origin);
    },
    rawDevice: async (certificate, unit = HOME) => {
      const { code } = await must(unit, '/v1/enrolments', {});
      return new RawDevice(world, certificate).enrol(String(code));
    },
    freeze: async (unit = HOME) => openBatch(world, await key(unit)),
    withdraw: (batchId, unit = HOME) =>
      post(unit, `/v1/batches/${batchId}/withdrawals`, { reason: 'Sai danh sách' }),
    ticket: (batchId, deviceId, unit = HOME) => post(unit, `/v1/batches/${batchId}/tickets`, { deviceId }),
    stateOf: async (batchId, unit = HOME) => {
      const { body } = await world.call('GET', `/v1/batches/${batchId}`, { key: await key(unit) });
      return String(body['state']);
    },
    signatures: async (batchId) => {
      const [row] = await world.sql<{ count: number }>(
        'select count(*) as count from signatures where batch_id = $1',
        [batchId],
      );
      return row?.count ?? -1;
    },
    close: async () => {
      await proxy.close();
      await world.close();
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    },
  };
}

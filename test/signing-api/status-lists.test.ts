import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBase64, utf8 } from '#core/bytes';
import { districts } from '#core/record/places';
import { parseStatusFile, parseStatusList, type StatusList } from '#core/sign/status-list';
import { buildApp } from '#signing-api/app';
import { readConfig } from '#signing-api/config';
import { openService } from '#signing-api/open-service';
import { makeEvidence } from '#signing-api/steps/make-evidence';
import { requireListSize } from '#signing-api/steps/sign-status';
import { recordsOf } from '../flow/support/evidence.ts';
import { bringIn } from '../flow/support/new-batch.ts';
import { makeScene, type Scene } from '../flow/support/scene.ts';
import { certificateOf, tokenSignature } from '../flow/support/token-signature.ts';
import { refused } from '../support/refused.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await makeScene();
  await bringIn(scene.world, 5);
});
afterAll(() => scene.close());

const ask = async (district: string) => (await scene.world.call('GET', `/v1/status/${district}`)).text;

function listIn(text: string): StatusList {
  const [envelope] = parseStatusFile(utf8(text));
  return parseStatusList(fromBase64(envelope?.payload ?? '') ?? new Uint8Array());
}

/** A batch that is given up: what a district's list then names. */
async function withdrawOne(): Promise<string> {
  const { batchId } = await scene.freeze();
  expect((await scene.withdraw(batchId)).status).toBe(201);
  return batchId;
}

describe("a district's status list", () => {
  it('is the same bytes while nothing changes, and after a restart', async () => {
    await withdrawOne();
    const text = await ask('760');
    expect(await ask('760')).toBe(text);
    const again = await openService(readConfig(scene.world.env));
    const app = await buildApp(again.service);
    const restarted = await app.inject({ method: 'GET', url: '/v1/status/760' });
    await app.close();
    await again.close();
    expect(restarted.body).toBe(text);
  });

  it('is not sent again to who says that he has it', async () => {
    const url = `${scene.world.url}/v1/status/760`;
    const first = await fetch(url);
    const etag = first.headers.get('etag') ?? '';
    expect(await first.text()).toBe(await ask('760'));
    const again = await fetch(url, { headers: { 'if-none-match': etag } });
    expect({ status: again.status, text: await again.text() }).toEqual({ status: 304, text: '' });
    await withdrawOne();
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(200);
  });

  it('is not read again while nothing changes', async () => {
    const text = await ask('760');
    await scene.world.sql('delete from status_envelopes');
    expect(await ask('760')).toBe(text);
  });

  it('has the next sequence when something changes, and only its newest text is kept', async () => {
    const { sequence } = listIn(await ask('760'));
    const batchId = await withdrawOne();
    const next = await Promise.all(Array.from({ length: 20 }, () => ask('760')));
    expect(new Set(next).size).toBe(1);
    const list = listIn(next[0] ?? '');
    expect(list.sequence).toBe(sequence + 1);
    expect(list.batchesWithdrawn).toContain(batchId);
    expect(await scene.world.sql(`select sequence from status_envelopes where district = '760'`)).toEqual([
      { sequence: sequence + 1 },
    ]);
    expect(await scene.world.sql(`select from status_lists where district = '760'`)).toHaveLength(
      sequence + 1,
    );
  });

  it('is issued anew after an hour', async () => {
    const { sequence } = listIn(await ask('769'));
    scene.world.clock.offsetMs = 3_600_000;
    expect(listIn(await ask('769')).sequence).toBe(sequence + 1);
    scene.world.clock.offsetMs = 0;
  });

  it('is answered for every district of the city in one file, and for no district that there is not', async () => {
    const { text } = await scene.world.call('GET', '/v1/status');
    const named = parseStatusFile(utf8(text)).map(
      ({ payload }) => parseStatusList(fromBase64(payload) ?? new Uint8Array()).district,
    );
    expect(named).toEqual([...districts.keys()].sort());
    expect(await scene.world.call('GET', '/v1/status/999')).toMatchObject({
      status: 409,
      body: { code: 'STATUS_UNKNOWN' },
    });
    expect(await scene.world.sql(`select from status_lists where district = '999'`)).toEqual([]);
  });

  it('is answered for a district outside the city as soon as a batch names leaves of it', async () => {
    await scene.world.sql(
      `insert into batch_parts (district, batch_id, leaf_district, first_index, count) values ('760', gen_random_uuid(), '001', 0, 1)`,
    );
    expect(listIn(await ask('001'))).toMatchObject({ district: '001', sequence: 1 });
  });

  it('holds two million leaves, and is refused with STATUS_TOO_LARGE where verifiers would not read it', () => {
    expect(() => requireListSize({ entries: 2_000_000, batches: 1000 })).not.toThrow();
    expect(refused(() => requireListSize({ entries: 2_200_000, batches: 0 })).code).toBe('STATUS_TOO_LARGE');
  });
});

describe('evidence', () => {
  it('is judged after the status list was issued, so that a list of the same moment counts', async () => {
    const { world } = scene;
    const batch = await scene.freeze();
    const device = await scene.rawDevice(certificateOf(world.pki, 'district-760'));
    const ticket = String((await scene.ticket(batch.batchId, device.deviceId)).body['ticket']);
    const cms = await tokenSignature(world.pki, 'district-760', batch.statement);
    expect((await device.submit(await device.mustOpen(ticket), cms)).status).toBe(201);
    const [record] = await recordsOf(world, batch.batchId);
    // every look at the clock finds it a second later
    let ms = Date.now() + 3_600_000;
    const service = { ...world.service, clock: () => new Date((ms += 1000)) };
    const caller = { keyId: '0180726f-2c00-7abc-8def-0123456789ab', role: 'cdc', unit: null } as const;
    const bytes = await makeEvidence(service, caller, '760', record?.recordId ?? '', 'other');
    expect(bytes.length).toBeGreaterThan(1000);
  });
});

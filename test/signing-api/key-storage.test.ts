import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { base64, base64url, utf8 } from '#core/bytes';
import { parseEvidence } from '#core/sign/evidence';
import { itemWriter } from '#core/sign/item-statement';
import { parseStatement } from '#core/sign/statement';
import { readConfig } from '#signing-api/config';
import { nodeCrypto } from '#verifier/crypto-node';
import { verifyEvidence } from '#verifier/index';
import { refused } from '../support/refused.ts';
import { fetchEvidence, judge, publicLists, recordsOf } from '../flow/support/evidence.ts';
import { bringIn } from '../flow/support/new-batch.ts';
import { RawDevice } from '../flow/support/raw-device.ts';
import { makeWorld, untilFrozen, type Answer, type World } from '../support/world.ts';
import { softwareSigner, type TokenSigner } from './support/token-signer.ts';

/** Where the key lies that signed: told by the trust list, asked for by the unit's policy. */

const UNIT = '79-01088';
let world: World;
let software: TokenSigner;
beforeAll(async () => {
  world = await makeWorld({ KYSO_LEASE_SECONDS: '300' });
  await world.call('POST', '/v1/units', {
    key: await world.key('operator'),
    body: {
      units: [{ kind: 'facility', code: UNIT, name: 'Phòng khám', district: '760', validFrom: '2021-01-01' }],
    },
  });
  software = softwareSigner(world.pki, `facility-${UNIT}`);
});
afterAll(() => world.close());

const setPolicy = (keyStorage: 'any' | 'token') =>
  Object.assign(world.service.config as { keyStorage: string }, { keyStorage });

type Open = {
  readonly batchId: string;
  readonly list: Uint8Array;
  readonly submit: (body: object) => Promise<Answer>;
};

async function open(mode: 'list' | 'each'): Promise<Open> {
  await bringIn(world, 2, '760', UNIT);
  const key = await world.key('facility', UNIT);
  const made = await world.call('POST', '/v1/batches', { key, body: { mode } });
  const batch = await untilFrozen(world, key, String(made.body['batchId']));
  const { body } = await world.call('POST', '/v1/enrolments', { key, body: {} });
  const device = await new RawDevice(world, software.certificate).enrol(String(body['code']));
  const batchId = String(batch['batchId']);
  const path = `/v1/batches/${batchId}/tickets`;
  const ticket = await world.call('POST', path, { key, body: { deviceId: device.deviceId } });
  const { sessionId, secret } = await device.mustOpen(String(ticket.body['ticket']));
  return {
    batchId,
    list: utf8(String(batch['statement'])),
    submit: (signed) =>
      world.call('POST', `/v1/signing-sessions/${sessionId}/signatures`, { key: secret, body: signed }),
  };
}

describe('where tokens are asked for', () => {
  it('a list signed by a software key is refused; where they are not, it is collected and told', async () => {
    const { batchId, list, submit } = await open('list');
    const body = { cms: base64(software.sign(list, { item: false })) };
    setPolicy('token');
    expect(await submit(body)).toMatchObject({ status: 422, body: { code: 'SIGNER_NOT_ON_TOKEN' } });
    setPolicy('any');
    expect(await submit(body)).toMatchObject({ status: 201 });
    const [record] = await recordsOf(world, batchId);
    const evidence = await fetchEvidence(world, record?.district ?? '', record?.recordId ?? '');
    expect(await judge(world, evidence.text)).toMatchObject({
      verdict: 'valid',
      attestations: [{ keyStorage: 'software' }],
    });
    const asked = { ...(await publicLists(world)), requireToken: true };
    expect(await verifyEvidence(utf8(evidence.text), asked)).toMatchObject({
      verdict: 'invalid',
      reasons: ['SIGNER_NOT_ON_TOKEN'],
    });
  });

  it('items signed by a software key are refused, each by itself', async () => {
    const { batchId, list, submit } = await open('each');
    const rows = await world.sql<{ hash: Buffer }>(
      'select leaf_hash as hash from batch_leaves where batch_id = $1 order by leaf_index',
      [batchId],
    );
    const write = itemWriter(parseStatement(list), base64url(nodeCrypto.sha256(list)));
    const items = rows.map(({ hash }, index) => ({
      index,
      cms: base64(software.sign(write({ index, leafHash: base64url(hash) }))),
    }));
    setPolicy('token');
    expect(await submit({ items })).toMatchObject({
      status: 422,
      body: { code: 'SIGNER_NOT_ON_TOKEN', errors: [{ at: '/items/0' }, { at: '/items/1' }] },
    });
    setPolicy('any');
    expect(await submit({ items })).toMatchObject({ status: 201, body: { items: 2, count: 2 } });
    const [record] = await recordsOf(world, batchId);
    const { text } = await fetchEvidence(world, record?.district ?? '', record?.recordId ?? '');
    expect(parseEvidence(utf8(text)).attestations[0]).not.toHaveProperty('proof');
    expect(await judge(world, text)).toMatchObject({
      verdict: 'valid',
      attestations: [{ keyStorage: 'software' }],
    });
  });

  it('a machine with a software certificate is not enrolled; one with a token is', async () => {
    const key = await world.key('facility', UNIT);
    const code = async () =>
      String((await world.call('POST', '/v1/enrolments', { key, body: {} })).body['code']);
    setPolicy('token');
    await expect(new RawDevice(world, software.certificate).enrol(await code())).rejects.toThrow(
      'SIGNER_NOT_ON_TOKEN',
    );
    const { certificate } = world.pki.signers.find(({ name }) => name === 'district-760') ?? {};
    const device = await new RawDevice(world, Buffer.from(certificate ?? '', 'base64')).enrol(await code());
    expect(device.deviceId).not.toBe('');
    setPolicy('any');
  });
});

describe('the configuration', () => {
  it('asks for no token and no agent version unless told', () => {
    expect(readConfig(world.env)).toMatchObject({ keyStorage: 'any', minimumAgent: undefined });
    const told = { ...world.env, KYSO_KEY_STORAGE: 'token', KYSO_MINIMUM_AGENT: '0.12.3' };
    expect(readConfig(told)).toMatchObject({ keyStorage: 'token', minimumAgent: [0, 12, 3] });
  });

  it.each([
    ['KYSO_KEY_STORAGE', 'hsm'],
    ['KYSO_MINIMUM_AGENT', '1.2'],
    ['KYSO_MINIMUM_AGENT', 'v1.2.3'],
  ])('is refused with %s=%s', (name, value) => {
    expect(refused(() => readConfig({ ...world.env, [name]: value })).code).toBe('CONFIG_INVALID');
  });
});

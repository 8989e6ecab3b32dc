import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { base64, base64url, utf8 } from '#core/bytes';
import { parseEvidence } from '#core/sign/evidence';
import { itemWriter } from '#core/sign/item-statement';
import { parseStatement } from '#core/sign/statement';
import { issueStatus } from '#signing-api/steps/issue-status';
import { readHeld } from '#signing-api/steps/status-cache';
import { nodeCrypto } from '#verifier/crypto-node';
import { verifyEvidence } from '#verifier/index';
import { RawDevice } from '../../flow/support/raw-device.ts';
import { untilFrozen } from '../../support/world.ts';
import { personRow } from '../rows-in.ts';
import { IssuingWorld } from './support/issuing-world.ts';

/** Records that were signed one by one. */

let issuing: IssuingWorld;
beforeAll(async () => {
  issuing = await IssuingWorld.make();
});
afterAll(() => issuing.close());

/** District 760 signs the first so many of what is eligible, each by itself. */
async function signEach(items: number): Promise<{ batchId: string; key: string }> {
  const { world } = issuing;
  const key = await world.key('district', '760');
  const made = await world.call('POST', '/v1/batches', { key, body: { mode: 'each' } });
  const batchId = String(made.body['batchId']);
  const list = utf8(String((await untilFrozen(world, key, batchId))['statement']));
  const write = itemWriter(parseStatement(list), base64url(nodeCrypto.sha256(list)));
  const signer = issuing.signerOf('district-760');
  const { body } = await world.call('POST', '/v1/enrolments', { key, body: {} });
  const device = await new RawDevice(world, signer.certificate).enrol(String(body['code']));
  const ticket = await world.call('POST', `/v1/batches/${batchId}/tickets`, {
    key,
    body: { deviceId: device.deviceId },
  });
  const session = await device.mustOpen(String(ticket.body['ticket']));
  const leaves = await world.sql<{ hash: Buffer }>(
    'select leaf_hash as hash from batch_leaves where batch_id = $1 order by leaf_index limit $2',
    [batchId, items],
  );
  const signed = leaves.map(({ hash }, index) => ({
    index,
    cms: base64(signer.sign(write({ index, leafHash: base64url(hash) }))),
  }));
  const answer = await world.call('POST', `/v1/signing-sessions/${session.sessionId}/signatures`, {
    key: session.secret,
    body: { items: signed },
  });
  expect(answer.status, answer.text).toBe(201);
  return { batchId, key };
}

describe('a batch that is signed record by record', () => {
  it('gives evidence with an item each, and its certificates go when it is given up', async () => {
    const ids = await issuing.bringIn([personRow(), personRow(), personRow()]);
    const { batchId, key } = await signEach(2);
    await issuing.order();
    const jobs = await issuing.worker.run();
    expect(jobs).toHaveLength(2);
    const { service } = issuing.world;
    const list = await issueStatus(service, '760');
    const at = service.clock();
    const trust = await service.trust.trust(at);
    for (const { evidence } of jobs) {
      expect(parseEvidence(utf8(evidence)).attestations[0]).not.toHaveProperty('proof');
      const verdict = await verifyEvidence(utf8(evidence), {
        crypto: nodeCrypto,
        at,
        trust: await service.trust.reading(at),
        status: await readHeld(service, list, trust, at),
        crls: [],
        offline: false,
      });
      expect(verdict).toMatchObject({ verdict: 'valid', reasons: [] });
    }
    const path = `/v1/batches/${batchId}/withdrawals`;
    await issuing.world.call('POST', path, { key, body: { reason: 'Sai danh sách' } });
    const views = (await Promise.all(ids.map((id) => issuing.certificates(id)))).flat();
    expect(views.map(({ state }) => state)).toEqual(['revoked', 'revoked']);
  });

  it('that is given up while it is being issued gives certificates that are taken back at once', async () => {
    const { batchId, key } = await signEach(1);
    await issuing.order();
    const { leaseId, jobs } = await issuing.worker.lease();
    const path = `/v1/batches/${batchId}/withdrawals`;
    await issuing.world.call('POST', path, { key, body: { reason: 'Sai danh sách' } });
    const results = jobs.map((job) => issuing.worker.sign(job));
    const taken = await issuing.worker.deliver(leaseId, results);
    expect(taken.body).toEqual({ stored: 1, refused: 0, rejected: [] });
    const [job] = jobs;
    const recordId = (JSON.parse(parseEvidence(utf8(job?.evidence ?? '')).record) as { recordId: string })
      .recordId;
    expect((await issuing.certificates(recordId))[0]).toMatchObject({
      certificateId: job?.certificateId,
      state: 'revoked',
    });
  });
});

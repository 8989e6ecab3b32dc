import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { base64url, fromBase64 } from '#core/bytes';
import { splitStreamLine } from '#core/record/stream-line';
import type { Row } from '#core/record/row';
import { evidenceBytes, parseEvidence } from '#core/sign/evidence';
import { parseStatusList } from '#core/sign/status-list';
import { proofFromTiles } from '#core/tree/proof';
import { sha256 } from '#verifier/crypto-node';
import { lineRowId } from '#signing-api/steps/complete-versions';
import { attestationsOf, readTile, sealedLineOf } from '#signing-api/store/batches';
import { importRows, verifyIdentities } from '../support/world.ts';
import { fetchEvidence, judge, recordsOf } from './support/evidence.ts';
import { bringIn, type OpenBatch } from './support/new-batch.ts';
import { makeScene, type Scene, type Unit } from './support/scene.ts';
import type { Signer } from './support/signer.ts';

/** A record changes after its leaf was frozen. What is frozen is signed as it is; what no longer holds is told by the status list. */

const EAST: Unit = ['district', '769'];

let scene: Scene;
let signer: Signer;
beforeAll(async () => {
  scene = await makeScene();
  signer = await scene.signer('district-760');
});
afterAll(() => scene.close());

async function statusOf(district: string) {
  const { text } = await scene.world.call('GET', `/v1/status/${district}`);
  const [envelope] = JSON.parse(text) as { payload: string }[];
  return parseStatusList(fromBase64(envelope?.payload ?? '') ?? new Uint8Array());
}

/** The record of the batch that came in by this row. */
async function recordOf(
  batch: OpenBatch,
  row: Row | undefined,
): Promise<{ recordId: string; leafHash: string }> {
  const [found] = await scene.world.sql<{ recordId: string; hash: Buffer }>(
    `select b.record_id as "recordId", b.leaf_hash as hash from batch_leaves b
     join record_versions v using (district, record_id, version) where b.batch_id = $1 and v.dose_id = $2`,
    [batch.batchId, row?.doseId],
  );
  if (!found) throw new Error('the batch has no such record');
  return { recordId: found.recordId, leafHash: base64url(found.hash) };
}

async function correct(row: Row | undefined, change: Row): Promise<void> {
  const answer = await importRows(scene.world, [{ ...row, ...change }]);
  expect(answer.body).toMatchObject({ changed: 1 });
}

/** Evidence of a version that the API no longer hands out, put together as somebody with an old copy would have it. */
async function evidenceOfVersion(district: string, recordId: string, version: number): Promise<string> {
  const { db, sealer } = scene.world.service;
  const [signed] = await attestationsOf(db, district, recordId, version);
  const sealed = await sealedLineOf(db, district, recordId, version);
  if (!signed || !sealed) throw new Error('the version was not signed');
  const { leaf } = splitStreamLine(sealer.open(sealed, lineRowId(recordId, version)).toString('utf8'));
  const read = (level: number, no: number) => readTile(db, signed.batchDistrict, signed.batchId, level, no);
  const path = await proofFromTiles(sha256, read, signed.leafIndex, signed.count);
  const others = (await recordsOf(scene.world, signed.batchId)).filter(
    (other) => other.recordId !== recordId,
  );
  const like = await fetchEvidence(scene.world, district, others[0]?.recordId ?? '');
  const evidence = parseEvidence(Buffer.from(like.text));
  const [attestation] = evidence.attestations;
  if (!attestation) throw new Error(like.text);
  const proof = { leafIndex: signed.leafIndex, treeSize: signed.count, path: path.map(base64url) };
  const one = { ...evidence, record: leaf, attestations: [{ ...attestation, proof }] };
  return Buffer.from(evidenceBytes(one)).toString('utf8');
}

describe('a record corrected while its batch is open', () => {
  it('is signed as frozen and listed as superseded by the collection; the next version is signed next', async () => {
    const { world } = scene;
    const rows = await bringIn(world, 5);
    const batch = await scene.freeze();
    const { recordId, leafHash } = await recordOf(batch, rows[2]);
    await correct(rows[2], { lot: 'CORRECTED' });
    expect((await statusOf('760')).superseded).not.toContain(leafHash);
    expect(await signer.sign(batch.batchId)).toMatchObject({ refused: null, report: { count: 5 } });
    expect((await statusOf('760')).superseded).toContain(leafHash);

    const old = await evidenceOfVersion('760', recordId, 1);
    expect(await judge(world, old)).toMatchObject({ verdict: 'superseded', reasons: ['RECORD_SUPERSEDED'] });
    expect(await fetchEvidence(world, '760', recordId)).toMatchObject({
      status: 409,
      body: { code: 'EVIDENCE_INCOMPLETE' },
    });

    await verifyIdentities(world);
    const next = await scene.freeze();
    expect(await recordsOf(world, next.batchId)).toMatchObject([{ recordId, version: 2 }]);
    expect(await signer.sign(next.batchId)).toMatchObject({ refused: null, tokenOperations: 1 });
    const fresh = await fetchEvidence(world, '760', recordId);
    expect(await judge(world, fresh.text)).toMatchObject({ verdict: 'valid', recordVersion: 2 });
    expect(await judge(world, old)).toMatchObject({ verdict: 'superseded' });
  });

  it('between the signature and its collection is listed all the same', async () => {
    const rows = await bringIn(scene.world, 4);
    const batch = await scene.freeze();
    const { leafHash } = await recordOf(batch, rows[0]);
    scene.proxy.before.set('/signatures', async () => {
      await correct(rows[0], { lot: 'LATE' });
      return undefined;
    });
    expect(await signer.sign(batch.batchId)).toMatchObject({ refused: null, tokenOperations: 1 });
    expect((await statusOf('760')).superseded).toContain(leafHash);
  });

  it('at the very moment of collection is listed whichever comes first', async () => {
    for (let round = 0; round < 3; round++) {
      const rows = await bringIn(scene.world, 4);
      await verifyIdentities(scene.world);
      const batch = await scene.freeze();
      const { recordId, leafHash } = await recordOf(batch, rows[1]);
      let corrected: Promise<void> = Promise.resolve();
      scene.proxy.before.set('/signatures', () => {
        corrected = correct(rows[1], { lot: `RACE${round}` });
        return undefined;
      });
      expect(await signer.sign(batch.batchId)).toMatchObject({ refused: null });
      await corrected;
      expect((await statusOf('760')).superseded).toContain(leafHash);
      expect((await fetchEvidence(scene.world, '760', recordId)).status).toBe(409);
    }
  });

  it('and after signing makes the evidence that is out there superseded', async () => {
    const { world } = scene;
    const rows = await bringIn(world, 3);
    const batch = await scene.freeze();
    const { recordId } = await recordOf(batch, rows[0]);
    await signer.sign(batch.batchId);
    const { text } = await fetchEvidence(world, '760', recordId);
    expect(await judge(world, text)).toMatchObject({ verdict: 'valid' });
    await correct(rows[0], { doseDate: '2021-09-09' });
    expect(await judge(world, text)).toMatchObject({ verdict: 'superseded', reasons: ['RECORD_SUPERSEDED'] });
  });
});

describe('a record that moves to another district while its batch is open', () => {
  it('is signed there as frozen and superseded; its new district signs the next version', async () => {
    const { world } = scene;
    const rows = await bringIn(world, 4);
    const batch = await scene.freeze();
    const { recordId, leafHash } = await recordOf(batch, rows[3]);
    await correct(rows[3], { district: '769', ward: '26794' });
    expect(await signer.sign(batch.batchId)).toMatchObject({ refused: null, tokenOperations: 1 });
    expect((await statusOf('760')).superseded).toContain(leafHash);
    const old = await evidenceOfVersion('760', recordId, 1);
    expect(await judge(world, old)).toMatchObject({ verdict: 'superseded' });
    expect((await fetchEvidence(world, '760', recordId)).body).toMatchObject({ code: 'RECORD_UNKNOWN' });
    expect((await fetchEvidence(world, '769', recordId)).body).toMatchObject({ code: 'EVIDENCE_INCOMPLETE' });

    await verifyIdentities(world);
    const east = await scene.signer('district-769', EAST);
    const next = await scene.freeze(EAST);
    expect(await east.sign(next.batchId)).toMatchObject({ refused: null, tokenOperations: 1 });
    const { text } = await fetchEvidence(world, '769', recordId);
    expect(await judge(world, text)).toMatchObject({ verdict: 'valid', district: '769', recordVersion: 2 });
  });
});

describe('a record that is taken back', () => {
  const takeBack = async (recordId: string) => {
    const key = await scene.world.key('district', '760');
    const path = `/v1/districts/760/records/${recordId}/withdrawals`;
    const { status } = await scene.world.call('POST', path, { key, body: { reason: 'Nhập nhầm' } });
    expect(status).toBe(201);
  };

  it('after signing is revoked wherever its evidence is', async () => {
    const { world } = scene;
    const rows = await bringIn(world, 3);
    const batch = await scene.freeze();
    const { recordId, leafHash } = await recordOf(batch, rows[1]);
    await signer.sign(batch.batchId);
    const { text } = await fetchEvidence(world, '760', recordId);
    await takeBack(recordId);
    expect((await statusOf('760')).withdrawn).toContain(leafHash);
    expect(await judge(world, text)).toMatchObject({ verdict: 'revoked', reasons: ['RECORD_WITHDRAWN'] });
    expect((await fetchEvidence(world, '760', recordId)).body).toMatchObject({ code: 'RECORD_WITHDRAWN' });
  });

  it('while its batch is open is signed as frozen, and listed by the collection', async () => {
    const { world } = scene;
    const rows = await bringIn(world, 3);
    const batch = await scene.freeze();
    const { recordId, leafHash } = await recordOf(batch, rows[0]);
    await takeBack(recordId);
    expect((await statusOf('760')).withdrawn).not.toContain(leafHash);
    expect(await signer.sign(batch.batchId)).toMatchObject({ refused: null, report: { count: 3 } });
    expect((await statusOf('760')).withdrawn).toContain(leafHash);
    const old = await evidenceOfVersion('760', recordId, 1);
    expect(await judge(world, old)).toMatchObject({ verdict: 'revoked' });
  });
});

import { mkdir, rename, rmdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { base64, base64url } from '#core/bytes';
import { signatureOf } from './support/ministry.ts';
import { nodeCrypto } from '#verifier/crypto-node';
import type { Job } from '#core/wire/issuing';
import { verifyIdentities } from '../../support/world.ts';
import { personRow, take } from '../rows-in.ts';
import { IssuingWorld } from './support/issuing-world.ts';

let issuing: IssuingWorld;
beforeAll(async () => {
  issuing = await IssuingWorld.make();
});
afterAll(() => issuing.close());

/** Signed records that are ordered. @returns their ids */
async function ordered(count: number): Promise<string[]> {
  const ids = await issuing.signed(Array.from({ length: count }, () => personRow()));
  await issuing.order();
  return ids;
}

/** Moves the service's clock past a lease. */
function letLeaseRunOut(): void {
  issuing.world.clock.offsetMs += 121_000;
}

const idsOf = (jobs: readonly Job[]) => jobs.map(({ certificateId }) => certificateId).sort();

async function storedRows(certificateId: string): Promise<number> {
  const rows = await issuing.world.sql('select 1 from certificates where certificate_id = $1', [
    certificateId,
  ]);
  return rows.length;
}

describe('a lease', () => {
  it('gives two workers different jobs, and says how many wait', async () => {
    await ordered(5);
    const first = await issuing.worker.lease(2);
    const second = await issuing.workerWith(issuing.key).lease(2);
    expect(first.jobs).toHaveLength(2);
    expect(first.waiting).toBe(3);
    expect(second.jobs).toHaveLength(2);
    expect(second.waiting).toBe(1);
    expect(new Set([...idsOf(first.jobs), ...idsOf(second.jobs)]).size).toBe(4);
    await issuing.worker.run();
    letLeaseRunOut();
    expect(await issuing.worker.run()).toHaveLength(4);
  });

  it('that runs out gives its jobs to whoever asks next, with the same claims', async () => {
    await ordered(2);
    const first = await issuing.worker.lease();
    expect((await issuing.workerWith(issuing.key).lease()).jobs).toEqual([]);
    letLeaseRunOut();
    const again = await issuing.workerWith(issuing.key).lease();
    expect(again.jobs).toEqual(first.jobs);
    letLeaseRunOut();
    await issuing.worker.run();
  });

  it('ends a job that was queued anew while its certificate was being stored', async () => {
    const { view, recordId } = await issuing.issued();
    const job = [view.certificateId, recordId];
    await issuing.world.sql(
      "insert into certificate_jobs (district, certificate_id, record_id) values ('760', $1, $2)",
      job,
    );
    expect((await issuing.worker.lease()).jobs).toEqual([]);
    const left = await issuing.world.sql('select 1 from certificate_jobs where certificate_id = $1', [
      job[0],
    ]);
    expect(left).toEqual([]);
  });

  it('puts off what cannot be judged now, and says what it waits for', async () => {
    await ordered(2);
    const crls = String(issuing.world.env['KYSO_CRLS']);
    const state = async () =>
      (await issuing.world.call('GET', '/v1/issuing', { key: issuing.ministry })).body['waitingFor'];
    await rename(crls, `${crls}-away`);
    await mkdir(crls);
    expect((await issuing.worker.lease()).jobs).toEqual([]);
    expect(await state()).toEqual({ REVOCATION_UNKNOWN: 2 });
    await rmdir(crls);
    await rename(`${crls}-away`, crls);
    letLeaseRunOut();
    expect(await issuing.worker.run()).toHaveLength(2);
    expect(await state()).toEqual({});
  });

  it('fixes claims anew that lay for six days and were never signed', async () => {
    await ordered(1);
    const first = await issuing.worker.lease();
    issuing.world.clock.offsetMs += 6 * 86_400_000 + 1000;
    const again = await issuing.worker.lease();
    expect(idsOf(again.jobs)).toEqual(idsOf(first.jobs));
    expect(again.jobs[0]?.claims).not.toBe(first.jobs[0]?.claims);
    const late = await issuing.worker.deliver(
      first.leaseId,
      first.jobs.map((job) => issuing.worker.sign(job)),
    );
    expect(late.body).toEqual({ stored: 1, refused: 0, rejected: [] });
    const other = await issuing.worker.deliver(
      again.leaseId,
      again.jobs.map((job) => issuing.worker.sign(job)),
    );
    expect(other.body).toMatchObject({ stored: 0, rejected: [{ code: 'CERTIFICATE_ALREADY_ISSUED' }] });
    issuing.world.clock.offsetMs = 0;
  });
});

describe('results', () => {
  it('are stored once, however often they come', async () => {
    await ordered(1);
    const { leaseId, jobs } = await issuing.worker.lease();
    const results = jobs.map((job) => issuing.worker.sign(job));
    const answers = await Promise.all([1, 2, 3].map(() => issuing.worker.deliver(leaseId, results)));
    for (const { status, body } of answers)
      expect({ status, body }).toEqual({ status: 200, body: { stored: 1, refused: 0, rejected: [] } });
    expect(await storedRows(jobs[0]?.certificateId ?? '')).toBe(1);
  });

  it('are taken from a lease that ran out, and those of its heir change nothing', async () => {
    const [recordId = ''] = await ordered(1);
    const first = await issuing.worker.lease();
    letLeaseRunOut();
    const heir = await issuing.worker.lease();
    const late = await issuing.worker.deliver(
      first.leaseId,
      first.jobs.map((job) => issuing.worker.sign(job)),
    );
    expect(late.body).toMatchObject({ stored: 1, rejected: [] });
    const [view] = await issuing.certificates(recordId);
    const again = await issuing.worker.deliver(
      heir.leaseId,
      heir.jobs.map((job) => issuing.worker.sign(job)),
    );
    expect(again.body).toMatchObject({ stored: 1, rejected: [] });
    expect(await issuing.certificates(recordId)).toEqual([view]);
  });

  it('that were not signed by the key, over these claims, for this certificate, are rejected each with its code', async () => {
    await ordered(2);
    const { leaseId, jobs } = await issuing.worker.lease();
    const [one, two] = jobs.map((job) => issuing.worker.sign(job));
    if (!one || !two) throw new Error('two jobs');
    const rejectedAs = async (result: typeof one) => {
      const { body } = await issuing.worker.deliver(leaseId, [result]);
      expect(body).toMatchObject({ stored: 0, refused: 0 });
      return (body['rejected'] as { code: string }[]).map(({ code }) => code);
    };
    expect(await rejectedAs({ ...one, signature: two.signature })).toEqual(['HC1_SIGNATURE_INVALID']);
    expect(await rejectedAs({ ...one, claimsSha256: two.claimsSha256 })).toEqual([
      'CERTIFICATE_CLAIMS_DIFFER',
    ]);
    const ownClaims = new Uint8Array(40);
    const own = {
      certificateId: one.certificateId,
      claimsSha256: base64url(nodeCrypto.sha256(ownClaims)),
      signature: base64(signatureOf(issuing.key, ownClaims)),
    };
    expect(await rejectedAs(own)).toEqual(['CERTIFICATE_CLAIMS_DIFFER']);
    expect(await rejectedAs({ ...one, certificateId: uuidv7() })).toEqual(['CERTIFICATE_UNKNOWN']);
    const unknown = await issuing.worker.deliver(uuidv7(), [one]);
    expect(unknown).toMatchObject({ status: 404, body: { code: 'CERTIFICATE_UNKNOWN' } });
    const good = await issuing.worker.deliver(leaseId, [one, two]);
    expect(good.body).toEqual({ stored: 2, refused: 0, rejected: [] });
  });

  it('refuse only what the lease still has, and say so again on a repeat', async () => {
    const [recordId = ''] = await ordered(1);
    const first = await issuing.worker.lease();
    letLeaseRunOut();
    const heir = await issuing.worker.lease();
    const refusals = first.jobs.map(({ certificateId }) => ({ certificateId, refusal: 'POLICY_NOT_MET' }));
    const foreign = await issuing.worker.deliver(first.leaseId, refusals);
    expect(foreign.body).toMatchObject({ refused: 0, rejected: [{ code: 'CERTIFICATE_ALREADY_ISSUED' }] });
    for (let i = 0; i < 2; i++) {
      const own = await issuing.worker.deliver(heir.leaseId, refusals);
      expect(own.body).toEqual({ stored: 0, refused: 1, rejected: [] });
    }
    expect(await issuing.certificates(recordId)).toMatchObject([
      { state: 'refused', refusal: 'POLICY_NOT_MET' },
    ]);
  });
});

describe('a record that changes', () => {
  it('while it is being signed gives a certificate that is taken back at once', async () => {
    const row = personRow();
    const [recordId = ''] = await issuing.signed([row]);
    await issuing.order();
    const { leaseId, jobs } = await issuing.worker.lease();
    expect((await take(issuing.world, [{ ...row, lot: 'ZZ9' }])).outcomes).toEqual(['changed']);
    const taken = await issuing.worker.deliver(
      leaseId,
      jobs.map((job) => issuing.worker.sign(job)),
    );
    expect(taken.body).toEqual({ stored: 1, refused: 0, rejected: [] });
    const [view] = await issuing.certificates(recordId);
    expect(view).toMatchObject({ state: 'revoked', version: 1 });
    expect(view).not.toHaveProperty('code');
  });

  it('before it is leased gives none', async () => {
    const [moved, withdrawn] = [personRow(), personRow()];
    const [movedId = '', withdrawnId = ''] = await issuing.signed([moved, withdrawn]);
    const records = [movedId, withdrawnId].map((recordId) => ({ district: '760', recordId }));
    await issuing.order({ scope: 'records', records });
    await take(issuing.world, [{ ...moved, lot: 'ZZ9' }]);
    const path = `/v1/districts/760/records/${withdrawnId}/withdrawals`;
    const key = await issuing.world.key('district', '760');
    expect((await issuing.world.call('POST', path, { key, body: { reason: 'Nhầm người' } })).status).toBe(
      201,
    );
    expect((await issuing.worker.lease()).jobs).toEqual([]);
    expect(await issuing.certificates(movedId)).toMatchObject([
      { state: 'refused', refusal: 'RECORD_SUPERSEDED' },
    ]);
    expect(await issuing.certificates(withdrawnId)).toMatchObject([
      { state: 'refused', refusal: 'RECORD_WITHDRAWN' },
    ]);
  });

  it('after it was issued has the old certificate taken back and gets a new one for the new version', async () => {
    const { row, recordId, view } = await issuing.issued();
    await take(issuing.world, [{ ...row, lot: 'ZZ9' }]);
    expect(await issuing.certificates(recordId)).toMatchObject([{ state: 'revoked', version: 1 }]);
    await verifyIdentities(issuing.world);
    await issuing.collect('district', '760');
    await issuing.order({ scope: 'records', records: [{ district: '760', recordId }] });
    await issuing.worker.run();
    const [now, before] = await issuing.certificates(recordId);
    expect(now).toMatchObject({ state: 'issued', version: 2, renewal: 0 });
    expect(before).toMatchObject({ state: 'revoked', certificateId: view.certificateId });
    expect(now?.uvci).not.toBe(before?.uvci);
  });

  it('that moves to another district takes its certificate back and is shown there', async () => {
    const { row, recordId } = await issuing.issued();
    await take(issuing.world, [{ ...row, district: '769', ward: '27088' }]);
    expect(await issuing.certificates(recordId, '769')).toMatchObject([{ state: 'revoked', version: 1 }]);
  });

  it('that is withdrawn takes its certificate back', async () => {
    const { recordId } = await issuing.issued();
    const path = `/v1/districts/760/records/${recordId}/withdrawals`;
    const key = await issuing.world.key('district', '760');
    await issuing.world.call('POST', path, { key, body: { reason: 'Nhầm người' } });
    expect(await issuing.certificates(recordId)).toMatchObject([{ state: 'revoked' }]);
  });
});

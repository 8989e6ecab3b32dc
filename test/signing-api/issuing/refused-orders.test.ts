import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { personRow } from '../rows-in.ts';
import { dosesOf, IssuingWorld } from './support/issuing-world.ts';

let issuing: IssuingWorld;
beforeAll(async () => {
  issuing = await IssuingWorld.make();
});
afterAll(() => issuing.close());

/** The worker refuses all that waits, one code for each record. */
async function refuseAll(codes: Readonly<Record<string, string>>): Promise<void> {
  const { leaseId, jobs } = await issuing.worker.lease();
  const results = await Promise.all(
    jobs.map(async ({ certificateId }) => {
      const [row] = await issuing.world.sql<{ id: string }>(
        'select record_id as id from certificate_orders where certificate_id = $1',
        [certificateId],
      );
      return { certificateId, refusal: codes[row?.id ?? ''] ?? 'POLICY_NOT_MET' };
    }),
  );
  const { body } = await issuing.worker.deliver(leaseId, results);
  expect(body).toMatchObject({ refused: jobs.length, rejected: [] });
}

/** One signed record whose order was refused so. @returns its id */
async function refusedAs(code: string): Promise<string> {
  const [recordId = ''] = await issuing.signed([personRow()]);
  await issuing.order({ scope: 'records', records: [{ district: '760', recordId }] });
  await refuseAll({ [recordId]: code });
  return recordId;
}

async function listed(query: string) {
  const { status, body, text } = await issuing.world.call('GET', `/v1/issuing/refused?${query}`, {
    key: issuing.ministry,
  });
  expect(status, text).toBe(200);
  return body as { orders: Record<string, unknown>[]; next: string | null };
}

const statesOf = async (recordId: string) =>
  (await issuing.certificates(recordId)).map(({ state, renewal }) => `${state} ${renewal}`);

describe('orders that were refused', () => {
  // what a test leaves behind is done
  beforeEach(async () => {
    await issuing.order({ scope: 'refused' });
    await issuing.worker.run();
  });

  it('are listed by code, and ordered again by code and district, under the same certificate', async () => {
    const one = await refusedAs('POLICY_NOT_MET');
    const two = await refusedAs('CERTIFICATE_CLAIMS_DIFFER');
    const [before] = await issuing.certificates(one);
    expect(await listed('district=760&code=POLICY_NOT_MET')).toMatchObject({
      orders: [{ recordId: one, refusal: 'POLICY_NOT_MET', version: 1, renewal: 0 }],
      next: null,
    });
    expect((await listed('district=760')).orders.map(({ recordId }) => recordId)).toEqual([one, two]);
    expect(
      (await listed(`district=760&after=${before?.certificateId ?? ''}`)).orders.map(
        ({ recordId }) => recordId,
      ),
    ).toEqual([two]);
    expect((await listed('district=769')).orders).toEqual([]);
    await issuing.order({ scope: 'refused', districts: ['769'] });
    expect(await statesOf(one)).toEqual(['refused 0']);
    await issuing.order({ scope: 'refused', codes: ['POLICY_NOT_MET'], districts: ['760'] });
    await issuing.order({ scope: 'refused', codes: ['POLICY_NOT_MET'] });
    await issuing.worker.run();
    expect(await issuing.certificates(one)).toMatchObject([
      { state: 'issued', certificateId: before?.certificateId },
    ]);
    expect(await statesOf(two)).toEqual(['refused 0']);
    expect((await listed('district=760')).orders.map(({ recordId }) => recordId)).toEqual([two]);
  });

  it('whose certificate was promised to lost claims are ordered as the next renewal, by any order', async () => {
    const code = 'CERTIFICATE_ALREADY_ISSUED';
    const bulk = await refusedAs(code);
    await issuing.order({ scope: 'refused' });
    await issuing.order({ scope: 'refused' });
    expect(await statesOf(bulk)).toEqual(['waiting 1', 'refused 0']);
    await issuing.worker.run();
    const single = await refusedAs(code);
    const order = { scope: 'records' as const, records: [{ district: '760', recordId: single }] };
    await issuing.order(order);
    await issuing.order(order);
    expect(await statesOf(single)).toEqual(['waiting 1', 'refused 0']);
    await issuing.worker.run();
    const newest = await refusedAs(code);
    await issuing.order();
    await issuing.order();
    expect(await statesOf(newest)).toEqual(['waiting 1', 'refused 0']);
    await issuing.worker.run();
    for (const recordId of [bulk, single, newest])
      expect(await statesOf(recordId)).toEqual(['issued 1', 'refused 0']);
    const soon = { scope: 'renewal', expiringBefore: '2099-01-01T00:00:00Z' } as const;
    await issuing.order(soon);
    await refuseAll({ [newest]: code });
    await issuing.order(soon);
    expect(await statesOf(newest)).toEqual(['waiting 3', 'refused 2', 'issued 1', 'refused 0']);
  });

  it('of a record that was taken back meanwhile stay refused', async () => {
    const recordId = await refusedAs('POLICY_NOT_MET');
    const path = `/v1/districts/760/records/${recordId}/withdrawals`;
    const key = await issuing.world.key('district', '760');
    await issuing.world.call('POST', path, { key, body: { reason: 'Nhầm người' } });
    await issuing.order({ scope: 'refused' });
    expect(await statesOf(recordId)).toEqual(['refused 0']);
  });
});

describe('the newest dose of a person', () => {
  const there = { district: '769', ward: '27088' };
  const both: [['district', '760'], ['district', '769']] = [
    ['district', '760'],
    ['district', '769'],
  ];

  it('is the newest of all districts', async () => {
    const [older = '', newer = ''] = await issuing.signed(
      dosesOf({ doseDate: '2021-06-01' }, { doseDate: '2021-09-01', ...there }),
      both,
    );
    await issuing.order();
    expect(await issuing.certificates(older)).toEqual([]);
    expect(await issuing.certificates(newer, '769')).toMatchObject([{ state: 'waiting' }]);
  });

  it('is the one here as long as a newer one elsewhere is not signed, or was taken back', async () => {
    const [older = '', newer = ''] = await issuing.bringIn(
      dosesOf({ doseDate: '2021-06-01' }, { doseDate: '2021-09-01', ...there }),
    );
    const [back = '', taken = ''] = await issuing.signed(
      dosesOf({ doseDate: '2021-06-01' }, { doseDate: '2021-09-01', ...there, doseNumber: '2' }),
      [['district', '760']],
    );
    const key = await issuing.world.key('district', '769');
    const path = `/v1/districts/769/records/${taken}/withdrawals`;
    await issuing.world.call('POST', path, { key, body: { reason: 'Nhầm người' } });
    await issuing.order();
    for (const recordId of [older, back])
      expect(await issuing.certificates(recordId)).toMatchObject([{ state: 'waiting' }]);
    expect(await issuing.certificates(newer, '769')).toEqual([]);
  });
});

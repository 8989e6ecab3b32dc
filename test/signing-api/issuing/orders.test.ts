import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBase64, utf8 } from '#core/bytes';
import { decodeClaims } from '#core/certificate/claims';
import { parseEvidence } from '#core/sign/evidence';
import { parseRecordText } from '#core/record/parse-record';
import type { Job, NewOrders } from '#core/wire/issuing';
import { nodeCrypto } from '#verifier/crypto-node';
import { verifyEvidence } from '#verifier/index';
import { issueStatus } from '#signing-api/steps/issue-status';
import { readHeld } from '#signing-api/steps/status-cache';
import { personRow } from '../rows-in.ts';
import { dosesOf, IssuingWorld } from './support/issuing-world.ts';

let issuing: IssuingWorld;
beforeAll(async () => {
  issuing = await IssuingWorld.make();
});
afterAll(() => issuing.close());

const recordOf = (job: Job) => parseRecordText(parseEvidence(utf8(job.evidence)).record);
const claimsIn = (job: Job) => decodeClaims(fromBase64(job.claims) ?? new Uint8Array());

/** Leases all that waits and gives up on it: the worker's refusal ends the jobs. */
async function waiting(): Promise<Job[]> {
  const { leaseId, jobs } = await issuing.worker.lease();
  if (jobs.length > 0)
    await issuing.worker.deliver(
      leaseId,
      jobs.map(({ certificateId }) => ({ certificateId, refusal: 'CERTIFICATE_LIMIT' })),
    );
  return jobs;
}

describe('ordering the newest doses', () => {
  it("takes everyone's newest signed dose by date, then number, once", async () => {
    const [a1, a2] = await issuing.signed([
      ...dosesOf({ doseDate: '2021-06-01' }, { doseDate: '2021-09-01' }),
      ...dosesOf({ doseDate: '2021-10-01', doseNumber: '2' }, { doseDate: '2021-10-01', doseNumber: '1' }),
    ]);
    await issuing.order();
    const jobs = await waiting();
    expect(jobs.map((job) => recordOf(job).recordId)).toContain(a2);
    expect(jobs.map((job) => recordOf(job).recordId)).not.toContain(a1);
    expect(jobs.map((job) => recordOf(job).dose.number).sort()).toEqual([2, 2]);
    await issuing.order();
    expect(await waiting()).toEqual([]);
  });

  it('passes a newer dose over as long as it is not signed, and takes it then', async () => {
    const [first = {}, second = {}] = dosesOf({ doseDate: '2021-06-01' }, { doseDate: '2021-12-01' });
    const [signed] = await issuing.signed([first]);
    const [unsigned] = await issuing.bringIn([second]);
    await issuing.order();
    expect((await waiting()).map((job) => recordOf(job).recordId)).toEqual([signed]);
    await issuing.collect('district', '760');
    await issuing.order();
    expect((await waiting()).map((job) => recordOf(job).recordId)).toEqual([unsigned]);
  });

  it('keeps to the districts that are named', async () => {
    const [here] = await issuing.signed([personRow()]);
    const [there] = await issuing.signed(
      [personRow({ district: '769', ward: '27088' })],
      [['district', '769']],
    );
    await issuing.order({ scope: 'newest', districts: ['769'] });
    expect((await waiting()).map((job) => recordOf(job).recordId)).toEqual([there]);
    await issuing.order();
    expect((await waiting()).map((job) => recordOf(job).recordId)).toEqual([here]);
  });

  it('hands out evidence that holds and claims that are of the record', async () => {
    await issuing.signed([personRow(), personRow(), personRow()]);
    await issuing.order();
    const { service } = issuing.world;
    const list = await issueStatus(service, '760');
    const at = service.clock();
    const trust = await service.trust.trust(at);
    const status = await readHeld(service, list, trust, at);
    const jobs = await waiting();
    expect(jobs).toHaveLength(3);
    for (const job of jobs) {
      const verdict = await verifyEvidence(utf8(job.evidence), {
        crypto: nodeCrypto,
        at,
        trust: await service.trust.reading(at),
        status,
        crls: [],
        offline: false,
      });
      expect(verdict).toMatchObject({ verdict: 'valid', reasons: [] });
      const { payload, iat, exp } = claimsIn(job);
      const { person, dose } = recordOf(job);
      expect(payload.dob).toBe(person.birthDate);
      expect(payload.v[0]).toMatchObject({ mp: dose.product, dt: dose.date, dn: dose.number });
      expect(payload.v[0].ci).toMatch(/^URN:UVCI:01:VN:[0-9A-F]{32}$/);
      expect(exp - iat).toBeGreaterThan(364 * 86_400);
    }
    expect(new Set(jobs.map((job) => claimsIn(job).payload.v[0].ci)).size).toBe(3);
  });
});

describe('ordering certain records', () => {
  it('takes an older dose on request, and no record twice', async () => {
    const [older = ''] = await issuing.signed(
      dosesOf({ doseDate: '2021-06-01' }, { doseDate: '2021-09-01' }),
    );
    const order: NewOrders = { scope: 'records', records: [{ district: '760', recordId: older }] };
    await issuing.order(order);
    await issuing.order(order);
    expect((await issuing.worker.run()).map((job) => recordOf(job).recordId)).toEqual([older]);
    await issuing.order(order);
    expect((await issuing.worker.lease()).jobs).toEqual([]);
  });

  it('takes a refused one again, under the same certificate', async () => {
    const [recordId = ''] = await issuing.signed([personRow()]);
    const order: NewOrders = { scope: 'records', records: [{ district: '760', recordId }] };
    await issuing.order(order);
    const [refused] = await waiting();
    expect(await issuing.certificates(recordId)).toMatchObject([
      { state: 'refused', refusal: 'CERTIFICATE_LIMIT', version: 1, renewal: 0 },
    ]);
    await issuing.order(order);
    const [again] = await issuing.worker.run();
    expect(again?.certificateId).toBe(refused?.certificateId);
    expect(await issuing.certificates(recordId)).toMatchObject([{ state: 'issued', renewal: 0 }]);
  });

  it('passes over what is not signed', async () => {
    const [recordId = ''] = await issuing.bringIn([personRow()]);
    await issuing.order({ scope: 'records', records: [{ district: '760', recordId }] });
    expect(await issuing.certificates(recordId)).toEqual([]);
  });
});

it('refuses codes that do not go together, and issues the others of the same run', async () => {
  const [wrong = '', right = ''] = await issuing.signed([
    personRow({ product: 'EU/1/21/1529', manufacturer: 'ORG-100030215', vaccine: '29061000087103' }),
    personRow(),
  ]);
  await issuing.order();
  await issuing.worker.run();
  expect(await issuing.certificates(wrong)).toMatchObject([
    { state: 'refused', refusal: 'CODES_INCONSISTENT' },
  ]);
  expect(await issuing.certificates(right)).toMatchObject([{ state: 'issued' }]);
  const state = await issuing.world.call('GET', '/v1/issuing', { key: issuing.ministry });
  expect(state.body['refused']).toMatchObject({ CODES_INCONSISTENT: 1 });
});

describe('a renewal', () => {
  it('follows a certificate that runs out, needs no unit, and comes once', async () => {
    const { recordId, view } = await issuing.issued();
    const soon = { scope: 'renewal', expiringBefore: '2099-01-01T00:00:00Z' } as const;
    await issuing.order({ scope: 'renewal', expiringBefore: '2020-01-01T00:00:00Z' });
    expect((await issuing.worker.lease()).jobs).toEqual([]);
    await issuing.order(soon);
    await issuing.order(soon);
    const jobs = (await issuing.worker.run()).filter((job) => recordOf(job).recordId === recordId);
    expect(jobs).toMatchObject([{ renewal: 1 }]);
    expect(await issuing.certificates(recordId)).toMatchObject([
      { state: 'issued', renewal: 1 },
      { state: 'issued', renewal: 0, certificateId: view.certificateId },
    ]);
  });
});

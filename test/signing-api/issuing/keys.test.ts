import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseKey, covers, type IssuingKey } from '#signing-api/steps/issuing/choose-key';
import { instant } from '#core/dates';
import { refused } from '../../support/refused.ts';
import { personRow } from '../rows-in.ts';
import { IssuingWorld } from './support/issuing-world.ts';
import { newKey, rowOf, type Key } from './support/ministry.ts';

let issuing: IssuingWorld;
let newer: Key;
let rsa: Key;
let ending: Key;
let future: Key;
let tests: Key;
beforeAll(async () => {
  issuing = await IssuingWorld.make();
  newer = await newKey('P-256', { from: -5, to: 900 });
  rsa = await newKey('RSA-2048', { from: -20, to: 900 });
  ending = await newKey('P-256', { from: -1, to: 200 });
  future = await newKey('P-256', { from: 5, to: 900 });
  tests = await newKey('P-256', undefined, '1.3.6.1.4.1.1847.2021.1.1');
});
afterAll(() => issuing.close());

async function ordered(): Promise<string> {
  const [recordId = ''] = await issuing.signed([personRow()]);
  await issuing.order();
  return recordId;
}

describe('the table of keys', () => {
  it('gives a worker the newest of its keys that lives as long as a certificate', async () => {
    await issuing.publish([issuing.key, newer, rsa, ending, future].map((key) => rowOf(key)));
    await ordered();
    const [job] = await issuing.workerWith(issuing.key, newer, rsa, ending, future).run();
    expect(job?.kid).toBe(newer.kid);
  });

  it('gives a worker with another key only its own jobs: RSA makes PS256', async () => {
    const recordId = await ordered();
    expect((await issuing.workerWith(ending).lease()).jobs).toEqual([]);
    const jobs = await issuing.workerWith(rsa).run();
    expect(jobs.map(({ kid }) => kid)).toEqual([rsa.kid]);
    expect(await issuing.certificates(recordId)).toMatchObject([{ state: 'issued', kid: rsa.kid }]);
  });

  it('keeps jobs whose claims are fixed for the key that they name', async () => {
    await ordered();
    const { jobs } = await issuing.workerWith(rsa).lease();
    expect(jobs).toHaveLength(1);
    issuing.world.clock.offsetMs += 121_000;
    expect((await issuing.workerWith(newer).lease()).jobs).toEqual([]);
    expect((await issuing.workerWith(rsa).run())[0]?.claims).toBe(jobs[0]?.claims);
  });

  it('refuses with CERTIFICATE_KEY_NONE where no key lives long enough: no validity is shortened', async () => {
    const past = new Date(Date.now() - 1000);
    await issuing.publish([rowOf(ending), rowOf(future), rowOf(tests), rowOf(rsa, past)]);
    const answer = await issuing.workerWith(ending, future, tests, rsa).tryLease();
    expect(answer).toMatchObject({ status: 409, body: { code: 'CERTIFICATE_KEY_NONE' } });
    await issuing.publish([rowOf(issuing.key)]);
  });

  it('lets a key sign until the end of its row, also what runs on after it: the day of issue counts', async () => {
    await issuing.publish([rowOf(issuing.key, new Date(Date.now() + 300 * 86_400_000))]);
    const recordId = await ordered();
    await issuing.worker.run();
    expect(await issuing.certificates(recordId)).toMatchObject([{ state: 'issued', kid: issuing.key.kid }]);
    await issuing.publish([rowOf(issuing.key)]);
  });

  it('takes what a key signed before its row ended, and hands jobs fixed for it to others at once', async () => {
    const recordId = await ordered();
    const [first, second] = [await issuing.worker.lease(1), await ordered()];
    const other = await issuing.worker.lease(1);
    const soon = issuing.world.clock.offsetMs + 5_000;
    await issuing.publish([rowOf(newer), rowOf(issuing.key, new Date(Date.now() + soon))]);
    issuing.world.clock.offsetMs = soon + 121_000;
    const late = await issuing.worker.deliver(
      first.leaseId,
      first.jobs.map((job) => issuing.worker.sign(job)),
    );
    expect(late.body).toMatchObject({ stored: 1, rejected: [] });
    expect(await issuing.certificates(recordId)).toMatchObject([{ state: 'issued', kid: issuing.key.kid }]);
    // whoever still has the old key signs the same again; a worker without it gets claims for its own
    const again = await issuing.worker.lease();
    expect(again.jobs).toEqual(other.jobs);
    issuing.world.clock.offsetMs += 121_000;
    expect((await issuing.workerWith(newer).run()).map(({ kid }) => kid)).toEqual([newer.kid]);
    expect(await issuing.certificates(second)).toMatchObject([{ state: 'issued', kid: newer.kid }]);
    await issuing.publish([rowOf(issuing.key)]);
  });

  it('takes no signature of a key that was given up since', async () => {
    const recordId = await ordered();
    const { leaseId, jobs } = await issuing.worker.lease();
    await issuing.publish([rowOf(newer), rowOf(issuing.key, new Date())]);
    const results = jobs.map((job) => issuing.worker.sign(job));
    const taken = await issuing.worker.deliver(leaseId, results);
    expect(taken.body).toMatchObject({ stored: 0, rejected: [{ code: 'CERTIFICATE_KEY_NONE' }] });
    issuing.world.clock.offsetMs += 121_000;
    // the claims that were fixed for it are fixed anew for a key that counts
    const again = await issuing.workerWith(issuing.key, newer).run();
    expect(again.map(({ kid }) => kid)).toEqual([newer.kid]);
    expect(await issuing.certificates(recordId)).toMatchObject([{ state: 'issued', kid: newer.kid }]);
  });
});

describe('the list of document signers', () => {
  it('stops issuing when it is out of date', async () => {
    await issuing.publish([rowOf(issuing.key)], { nextUpdate: instant(new Date(Date.now() - 1000)) });
    expect((await issuing.worker.tryLease()).body['code']).toBe('DOCUMENT_SIGNERS_STALE');
    const nextUpdate = instant(new Date(Date.now() + 86_400_000));
    await issuing.publish([rowOf(issuing.key)], { nextUpdate });
    expect((await issuing.worker.tryLease()).status).toBe(201);
  });

  it('is not taken back to an older one', async () => {
    const { sequence } = await issuing.publish([rowOf(issuing.key)]);
    await issuing.worker.lease();
    await issuing.publish([rowOf(issuing.key)], { sequence: sequence - 1 });
    expect((await issuing.worker.tryLease()).body['code']).toBe('DOCUMENT_SIGNERS_STALE');
    await issuing.publish([rowOf(issuing.key)], { sequence: sequence + 1 });
  });

  it('shows its keys and what each has made to the Ministry', async () => {
    const { body } = await issuing.world.call('GET', '/v1/issuing', { key: issuing.ministry });
    expect(body['keys']).toMatchObject([{ kid: issuing.key.kid }]);
  });
});

describe('a key', () => {
  const [from, to, notAfter] = ['2022-01-01T00:00:00Z', '2022-06-01T00:00:00Z', '2023-06-01T00:00:00Z'];
  const key = { kid: 'a', from, to, notAfter } as IssuingKey;

  it('covers a certificate that is made while it is listed and ends when its own does, or before', () => {
    expect(covers(key, from, notAfter)).toBe(true);
    expect(covers(key, '2022-05-31T23:59:59Z', notAfter)).toBe(true);
    expect(covers(key, '2021-12-31T23:59:59Z', notAfter)).toBe(false);
    expect(covers(key, to, notAfter)).toBe(false);
    expect(covers(key, from, '2023-06-01T00:00:01Z')).toBe(false);
  });

  it('of others is no reason to refuse', () => {
    expect(chooseKey([key], ['b'], from, notAfter)).toBe(null);
    expect(refused(() => chooseKey([], ['a'], from, notAfter)).code).toBe('CERTIFICATE_KEY_NONE');
  });
});

import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { revoke } from '#certs-test/crls';
import { authorityNamed, bytesOfText, crlFile } from '#certs-test/pki';
import { base64, base64url, utf8 } from '#core/bytes';
import { parseEvidence } from '#core/sign/evidence';
import { itemWriter } from '#core/sign/item-statement';
import { parseStatement } from '#core/sign/statement';
import { buildApp } from '#signing-api/app';
import {
  revocationFetcher,
  type FetcherNeeds,
  type RevocationFetcher,
} from '#signing-api/outside/revocation-fetcher';
import { judgingNow } from '#signing-api/steps/judging';
import { nodeCrypto } from '#verifier/crypto-node';
import { readCertificate } from '#verifier/der/certificate';
import { verifyEvidence } from '#verifier/index';
import { fetchEvidence, judge, publicLists, recordsOf } from '../../flow/support/evidence.ts';
import { bringIn } from '../../flow/support/new-batch.ts';
import { RawDevice } from '../../flow/support/raw-device.ts';
import { makeWorld, untilFrozen, waitFor, type Answer, type World } from '../../support/world.ts';
import { countOf, CRL, makeAddressedPki, OCSP, type AddressedPki } from '../support/addressed-pki.ts';
import { softwareSigner, type TokenSigner } from '../support/token-signer.ts';

/** Signatures judged with what the signers' authorities say over the network; the folder of CRLs is empty. */

let outside: AddressedPki;
let world: World;
let signer: TokenSigner;
let fetcher: RevocationFetcher;
beforeAll(async () => {
  outside = await makeAddressedPki();
  const settings = { KYSO_REVOCATION_HOSTS: outside.host, KYSO_LEASE_SECONDS: '300' };
  world = await makeWorld(settings, Promise.resolve(outside.pki));
  for (const name of ['government-ca', 'government-root', 'national-ca', 'national-root'])
    rmSync(join(world.folder, 'crls', `${name}.crl`));
  signer = softwareSigner(world.pki, 'district-760');
  fetcher = world.service.fetcher;
});
afterAll(async () => {
  fetcher.close();
  await world.close();
  await outside.close();
});
beforeEach(() => {
  outside.responders.behave('honest');
});

/** From here on the service asks with nothing kept, or with what `folder` keeps. */
function start(changes: Partial<FetcherNeeds> = {}): void {
  fetcher.close();
  fetcher = revocationFetcher({
    hosts: [outside.host],
    folder: join(world.folder, randomUUID()),
    crypto: nodeCrypto,
    clock: world.service.clock,
    wait: () => Promise.resolve(),
    ...changes,
  });
  Object.assign(world.service as { fetcher: RevocationFetcher }, { fetcher });
}

type Open = {
  readonly batchId: string;
  readonly list: Uint8Array;
  readonly cms: Uint8Array;
  /** the list's signature, unless told */
  readonly submit: (body?: object) => Promise<Answer>;
  readonly withdraw: () => Promise<void>;
};

async function open(mode: 'list' | 'each' = 'list', records = 2): Promise<Open> {
  await bringIn(world, records);
  return freezeFor('district', '760', signer, mode);
}

async function freezeFor(
  kind: 'district' | 'facility',
  unit: string,
  by: TokenSigner,
  mode: 'list' | 'each' = 'list',
): Promise<Open> {
  const key = await world.key(kind, unit);
  const made = await world.call('POST', '/v1/batches', { key, body: { mode } });
  const batch = await untilFrozen(world, key, String(made.body['batchId']));
  const { body } = await world.call('POST', '/v1/enrolments', { key, body: {} });
  const device = await new RawDevice(world, by.certificate).enrol(String(body['code']));
  const batchId = String(batch['batchId']);
  const path = `/v1/batches/${batchId}`;
  const ticket = await world.call('POST', `${path}/tickets`, { key, body: { deviceId: device.deviceId } });
  const { sessionId, secret } = await device.mustOpen(String(ticket.body['ticket']));
  const list = utf8(String(batch['statement']));
  const cms = by.sign(list, { item: false });
  return {
    ...{ batchId, list, cms },
    submit: (signed = { cms: base64(cms) }) =>
      world.call('POST', `/v1/signing-sessions/${sessionId}/signatures`, { key: secret, body: signed }),
    withdraw: async () => {
      const answer = await world.call('POST', `${path}/withdrawals`, {
        key,
        body: { reason: 'Sai danh sách' },
      });
      expect(answer.status, answer.text).toBe(201);
    },
  };
}

/** How many pieces of each kind a batch's signatures were judged with. */
async function materialOf(batchId: string): Promise<Record<string, number>> {
  const rows = await world.sql<{ kind: string; n: number }>(
    `select kind, count(*)::integer as n from signature_material join material using (sha256) where batch_id = $1 group by kind`,
    [batchId],
  );
  return Object.fromEntries(rows.map(({ kind, n }) => [kind, n]));
}

async function evidenceOf(batchId: string): Promise<string> {
  const [record] = await recordsOf(world, batchId);
  const evidence = await fetchEvidence(world, record?.district ?? '', record?.recordId ?? '');
  expect(evidence.status, evidence.text).toBe(200);
  return evidence.text;
}

/** The responders' PKI as it was, whatever was revoked in it. */
async function withRevoked(act: () => Promise<void>): Promise<void> {
  const files = [outside.pki.files.description, crlFile(outside.pki.files, 'government-ca')];
  const before = await Promise.all(files.map((file) => readFile(file)));
  await revoke(outside.pki, 'district-760', new Date(Date.now() - 60_000), 'keyCompromise');
  await act();
  for (const [i, file] of files.entries()) await writeFile(file, before[i] ?? '');
}

describe('a signature is collected', () => {
  it('by the service as it is configured, with what was fetched', async () => {
    const { batchId, submit } = await open();
    expect(await submit()).toMatchObject({ status: 201 });
    expect(await materialOf(batchId)).toEqual({ crl: 2, ocsp: 2 });
  });

  it('by CRLs alone', async () => {
    start();
    outside.responders.behave('garbage', 'ocsp');
    const { batchId, submit } = await open();
    expect(await submit()).toMatchObject({ status: 201 });
    expect(await materialOf(batchId)).toEqual({ crl: 2 });
    expect(parseEvidence(utf8(await evidenceOf(batchId))).material).toMatchObject({ ocsp: [] });
  });

  it('by OCSP alone; its evidence holds the answers and is verified offline', async () => {
    start();
    outside.responders.behave('server-error', 'crl');
    const { batchId, submit } = await open();
    expect(await submit()).toMatchObject({ status: 201 });
    expect(await materialOf(batchId)).toEqual({ ocsp: 2 });
    const text = await evidenceOf(batchId);
    const { material } = parseEvidence(utf8(text));
    expect([material.crls.length, material.ocsp.length]).toEqual([0, 2]);
    const before = outside.responders.requests.length;
    expect(await judge(world, text)).toMatchObject({ verdict: 'valid', reasons: [] });
    expect(outside.responders.requests.length).toBe(before);
    const emptied = text.replace(/"ocsp":\[[^\]]*\]/, '"ocsp":[]');
    expect(await verifyEvidence(utf8(emptied), await publicLists(world))).toMatchObject({
      verdict: 'undetermined',
      reasons: ['REVOCATION_UNKNOWN'],
    });
  });

  it('with CRLs and answers, each once in the evidence of the batch', async () => {
    start();
    const { batchId, submit } = await open();
    expect(await submit()).toMatchObject({ status: 201 });
    const text = await evidenceOf(batchId);
    const { material } = parseEvidence(utf8(text));
    expect([material.crls.length, material.ocsp.length]).toEqual([2, 2]);
    expect(await judge(world, text)).toMatchObject({ verdict: 'valid', reasons: [] });
  });

  it('of a facility and of the district; evidence holds what both need, each once', async () => {
    start();
    outside.responders.behave('server-error', 'crl');
    await bringIn(world, 2);
    const facility = await freezeFor('facility', '79-00123', softwareSigner(world.pki, 'facility-79-00123'));
    expect(await facility.submit()).toMatchObject({ status: 201 });
    const district = await freezeFor('district', '760', signer);
    expect(await district.submit()).toMatchObject({ status: 201 });
    const text = await evidenceOf(district.batchId);
    const { attestations, material } = parseEvidence(utf8(text));
    const issuers = new Set(world.pki.signers.map(({ issuer }) => issuer));
    // an answer for each signer and for each of their authorities
    expect([attestations.length, material.ocsp.length]).toEqual([2, 2 + issuers.size]);
    expect(await judge(world, text)).toMatchObject({ verdict: 'valid', reasons: [] });
  });

  it('after a restart with the CRLs on disk, while nobody answers', async () => {
    const folder = join(world.folder, 'kept');
    start({ folder });
    await (await open()).withdraw();
    const first = await open();
    expect(await first.submit()).toMatchObject({ status: 201 });
    outside.responders.behave('server-error');
    start({ folder });
    const { batchId, submit } = await open();
    expect(await submit()).toMatchObject({ status: 201 });
    expect(await materialOf(batchId)).toEqual({ crl: 2 });
  });

  it('record by record: the network is not asked for every window', async () => {
    start();
    const { batchId, list, submit } = await open('each', 6);
    const leaves = await world.sql<{ hash: Buffer }>(
      'select leaf_hash as hash from batch_leaves where batch_id = $1 order by leaf_index',
      [batchId],
    );
    const write = itemWriter(parseStatement(list), base64url(nodeCrypto.sha256(list)));
    const before = [CRL, OCSP].map((path) => countOf(outside.responders, path));
    for (const [index, { hash }] of leaves.entries()) {
      const cms = signer.sign(write({ index, leafHash: base64url(hash) }));
      expect(await submit({ items: [{ index, cms: base64(cms) }] })).toMatchObject({ status: 201 });
    }
    const asked = [CRL, OCSP].map((path, i) => countOf(outside.responders, path) - (before[i] ?? 0));
    expect(asked).toEqual([1, 1]);
    expect(await materialOf(batchId)).toEqual({ crl: 2, ocsp: 2 });
    expect(await judge(world, await evidenceOf(batchId))).toMatchObject({ verdict: 'valid' });
  });
});

describe('a signature is not collected', () => {
  it.each(['ocsp', 'crl'] as const)('where the signer is revoked, said by %s alone', async (kind) => {
    const { batchId, submit, withdraw } = await open();
    await withRevoked(async () => {
      start();
      outside.responders.behave('server-error', kind === 'ocsp' ? 'crl' : 'ocsp');
      expect(await submit()).toMatchObject({ status: 422, body: { code: 'SIGNER_REVOKED' } });
    });
    expect(await materialOf(batchId)).toEqual({});
    await withdraw();
  });

  it('where the host is not listed, which is then never asked', async () => {
    start({ hosts: ['ca.example.vn'] });
    const { submit, withdraw } = await open();
    const before = outside.responders.requests.length;
    const answer = await submit();
    expect(answer.body).toMatchObject({ code: 'REVOCATION_UNKNOWN' });
    expect(outside.responders.requests.length).toBe(before);
    await withdraw();
  });

  it.each(['slow', 'huge', 'garbage', 'wrong-signer', 'stale', 'redirect'] as const)(
    'where the responders are %s; later, once they answer, it is',
    async (manner) => {
      const timeoutMs = manner === 'slow' ? 1000 : 60_000;
      start({ limits: { timeoutMs, patienceMs: 60_000, crlBytes: 128 * 1024 } });
      outside.responders.behave(manner);
      const { submit } = await open();
      expect((await submit()).body).toMatchObject({ code: 'REVOCATION_UNKNOWN' });
      outside.responders.behave('honest');
      const before = outside.responders.requests.length;
      expect((await submit()).body).toMatchObject({ code: 'REVOCATION_UNKNOWN' });
      expect(outside.responders.requests.length).toBe(before);
      world.clock.offsetMs += 31_000;
      expect(await submit()).toMatchObject({ status: 201 });
    },
  );

  it('and no transaction is open while the network is asked', async () => {
    start({ limits: { timeoutMs: 3_600_000, patienceMs: 3_600_000 } });
    outside.responders.behave('slow');
    const { submit, withdraw } = await open();
    const before = outside.responders.requests.length;
    const submitting = submit();
    await waitFor(() => Promise.resolve(outside.responders.requests.length >= before + 4));
    const waiting = await world.sql(
      `select 1 from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`,
    );
    expect(waiting).toEqual([]);
    fetcher.close();
    expect((await submitting).body).toMatchObject({ code: 'REVOCATION_UNKNOWN' });
    await withdraw();
  });
});

it('fifty who judge at one time ask once', async () => {
  start();
  const { cms, withdraw } = await open();
  const before = outside.responders.requests.length;
  const all = await Promise.all(Array.from({ length: 50 }, () => judgingNow(world.service, [cms])));
  for (const { crls, ocsp } of all) expect([crls.length, ocsp?.length]).toEqual([2, 2]);
  // CRL and OCSP, of the signer and of the issuing CA
  expect(outside.responders.requests.length - before).toBe(4);
  await withdraw();
});

it('what nobody can read, or no root stands behind, asks nobody', async () => {
  start();
  const before = outside.responders.requests.length;
  const service = {
    ...world.service,
    trust: {
      ...world.service.trust,
      trust: async (at: Date) => ({ ...(await world.service.trust.trust(at)), roots: [] }),
    },
  };
  const signature = signer.sign(utf8('{}'));
  expect(await judgingNow(service, [signature])).toMatchObject({ crls: [], ocsp: [] });
  expect(await judgingNow(world.service, [utf8('nothing')])).toMatchObject({ crls: [], ocsp: [] });
  expect(outside.responders.requests.length).toBe(before);
});

it('a machine that asks for the CRL of its issuer gets the one that was fetched', async () => {
  start();
  const ask = async (name: 'government-ca' | 'government-root') => {
    const { spki } = readCertificate(bytesOfText(authorityNamed(world.pki, name).certificate));
    const response = await fetch(`${world.url}/v1/crls/${base64url(nodeCrypto.sha256(spki))}`);
    return Buffer.from(await response.arrayBuffer());
  };
  for (const name of ['government-ca', 'government-root'] as const)
    expect(await ask(name)).toEqual(readFileSync(crlFile(outside.pki.files, name)));
  const before = outside.responders.requests.length;
  await ask('government-ca');
  expect(outside.responders.requests.length).toBe(before);
});

it('tells the log who did not answer and why, and nothing else', async () => {
  start();
  const lines: string[] = [];
  const logTo = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
  const service = { ...world.service, config: { ...world.service.config, logLevel: 'warn' as const } };
  const app = await buildApp(service, logTo);
  outside.responders.behave('redirect', 'ocsp');
  const { cms, withdraw } = await open();
  await judgingNow(world.service, [cms]);
  await app.close();
  expect(lines.map((line) => Object.keys(JSON.parse(line) as object).sort())).toEqual(
    Array.from({ length: 2 }, () => ['host', 'hostname', 'level', 'msg', 'pid', 'reason', 'time']),
  );
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    host: outside.host,
    reason: 'status 302',
    msg: 'no answer on revocation',
  });
  await withdraw();
});

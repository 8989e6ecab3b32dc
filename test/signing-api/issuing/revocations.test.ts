import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBase64, fromBase64url, utf8 } from '#core/bytes';
import { revocationHash } from '#core/certificate/uvci';
import { openEnvelope } from '#core/sign/envelope';
import {
  parseRevocationBatch,
  parseRevocationIndex,
  REVOCATION_INDEX_PAYLOAD_TYPE,
  type RevocationBatch,
  type RevocationIndex,
} from '#core/sign/revocation-batches';
import type { CertificateView } from '#core/wire/issuing';
import { readRevocations } from '#verifier/certificate/read-revocations';
import { nodeCrypto } from '#verifier/crypto-node';
import { IssuingWorld } from './support/issuing-world.ts';

let issuing: IssuingWorld;
beforeAll(async () => {
  issuing = await IssuingWorld.make();
});
afterAll(() => issuing.close());

const PATH = '/v1/certificate-revocations';

async function get(path: string, headers: Record<string, string> = {}) {
  // what changed is looked for every two seconds
  issuing.world.clock.offsetMs += 3_000;
  return fetch(issuing.world.url + path, { headers });
}

/** As it is handed out now. */
async function present(): Promise<RevocationIndex> {
  const { unverifiedPayload } = openEnvelope(
    await (await get(PATH)).json(),
    REVOCATION_INDEX_PAYLOAD_TYPE,
    'REVOCATIONS_MALFORMED',
  );
  return parseRevocationIndex(unverifiedPayload);
}

/** With what was taken back till now: the index is issued no more often than every minute. */
async function index(): Promise<RevocationIndex> {
  issuing.world.clock.offsetMs += 61_000;
  return present();
}

async function batchFile(sha256: string): Promise<RevocationBatch> {
  return parseRevocationBatch(new Uint8Array(await (await get(`${PATH}/${sha256}`)).arrayBuffer()));
}

function hashOf({ uvci = '' }: CertificateView): string {
  return Buffer.from(revocationHash(nodeCrypto.sha256, uvci)).toString('base64url');
}

async function revoke({ certificateId }: CertificateView, reason = 'request') {
  return issuing.world.call('POST', `/v1/certificates/${certificateId}/revocations`, {
    key: issuing.ministry,
    body: { reason },
  });
}

describe('the index of revocations', () => {
  it('is there before anything was taken back, signed by the key that the trust list names', async () => {
    expect(await index()).toMatchObject({ sequence: 1, batches: [], instance: 'test' });
    const { service } = issuing.world;
    const at = service.clock();
    const reading = await readRevocations({
      indexBytes: new Uint8Array(await (await get(PATH)).arrayBuffer()),
      batch: () => Promise.resolve(null),
      trust: await service.trust.trust(at),
      at,
      crypto: nodeCrypto,
    });
    expect(reading).toMatchObject({ findings: [], list: { sequence: 1 } });
  });

  it('names what was taken back by key, as hashes of identifiers, in the next sequence', async () => {
    const one = await issuing.issued();
    const two = await issuing.issued();
    const before = await index();
    expect(await revoke(one.view)).toMatchObject({ status: 201, body: { state: 'revoked' } });
    const first = await index();
    expect(first.sequence).toBe(before.sequence + 1);
    expect(first.batches).toMatchObject([{ kid: issuing.key.kid, count: 1, sequence: first.sequence }]);
    const [row] = first.batches;
    const batch = await batchFile(row?.sha256 ?? '');
    expect(batch).toMatchObject({ kid: issuing.key.kid, hashType: 'UCI' });
    expect(batch.entries).toEqual([{ hash: hashOf(one.view), expires: one.view.expiresAt }]);
    expect(row?.expires).toBe(one.view.expiresAt);
    // the delta: what is newer than the sequence that was seen, with all that the batch before it had
    await revoke(two.view);
    const second = await index();
    const delta = second.batches.filter(({ sequence }) => sequence > first.sequence);
    expect(delta).toHaveLength(1);
    const hashes = (await batchFile(delta[0]?.sha256 ?? '')).entries.map(({ hash }) => hash);
    expect(hashes).toEqual([hashOf(one.view), hashOf(two.view)].sort());
    // a batch that is named no more stays what it was
    expect((await batchFile(row?.sha256 ?? '')).entries).toHaveLength(1);
  });

  it('keeps the first reason and time of a certificate that is taken back twice', async () => {
    const { view } = await issuing.issued();
    const first = await revoke(view, 'mistake');
    const { sequence } = await index();
    const again = await revoke(view, 'request');
    expect(again.body).toEqual(first.body);
    expect((await index()).sequence).toBe(sequence);
  });

  it('says 304 to whoever has it, and is the same bytes while nothing changes', async () => {
    const first = await get(PATH);
    const etag = first.headers.get('etag') ?? '';
    const text = await first.text();
    expect(etag).toBe(`"${createHash('sha256').update(text).digest('base64url')}"`);
    expect(first.headers.get('cache-control')).toBe('public, max-age=300');
    expect(await (await get(PATH)).text()).toBe(text);
    const again = await get(PATH, { 'if-none-match': etag });
    expect({ status: again.status, text: await again.text() }).toEqual({ status: 304, text: '' });
    expect((await get(PATH, { 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('is signed anew every hour under the same sequence', async () => {
    const before = await index();
    issuing.world.clock.offsetMs += 3_600_000;
    const after = await index();
    expect(after.sequence).toBe(before.sequence);
    expect(after.batches).toEqual(before.batches);
    expect(after.issuedAt > before.issuedAt).toBe(true);
    expect(Date.parse(after.nextUpdate) - Date.parse(after.issuedAt)).toBe(24 * 3_600_000);
  });

  it('is issued once a minute, however many certificates are taken back meanwhile', async () => {
    const views = [];
    for (let i = 0; i < 4; i++) views.push((await issuing.issued()).view);
    const [first, ...others] = views;
    if (first) await revoke(first);
    const { sequence } = await index();
    for (const view of others) {
      await revoke(view);
      expect((await present()).sequence).toBe(sequence);
    }
    const after = await index();
    expect(after.sequence).toBe(sequence + 1);
    const { entries } = await batchFile(after.batches.at(-1)?.sha256 ?? '');
    expect(entries.map(({ hash }) => hash)).toEqual(expect.arrayContaining(views.map(hashOf)));
  });

  it('names also what was committed long after others that were taken back later', async () => {
    const [early, later] = [(await issuing.issued()).view, (await issuing.issued()).view];
    const { world } = issuing;
    const before = world.service.clock();
    await revoke(later);
    const { sequence } = await index();
    await world.sql(
      `insert into certificate_revocations (district, certificate_id, reason, at, by, no)
       select '760', $1, 'mistake', $2, gen_random_uuid(), max(no) - 100000 from certificate_revocations`,
      [early.certificateId, new Date(before.getTime() - 3_600_000)],
    );
    world.clock.offsetMs += 3_600_000;
    const after = await index();
    expect(after.sequence).toBe(sequence + 1);
    const { entries } = await batchFile(after.batches.at(-1)?.sha256 ?? '');
    expect(entries.map(({ hash }) => hash)).toContain(hashOf(early));
  });

  it('keeps a batch that was replaced as long as an index that names it is valid, and not much longer', async () => {
    const [one, two] = [(await issuing.issued()).view, (await issuing.issued()).view];
    await revoke(one);
    const old = (await index()).batches.at(-1)?.sha256 ?? '';
    await revoke(two);
    const now = (await index()).batches.at(-1)?.sha256 ?? '';
    const { offsetMs } = issuing.world.clock;
    issuing.world.clock.offsetMs += 24 * 3_600_000;
    await index();
    expect((await get(`${PATH}/${old}`)).status).toBe(200);
    issuing.world.clock.offsetMs += 2 * 3_600_000;
    await index();
    expect((await get(`${PATH}/${old}`)).status).toBe(409);
    expect((await get(`${PATH}/${now}`)).status).toBe(200);
    issuing.world.clock.offsetMs = offsetMs;
  });

  it('names no certificate and no batch that ran out', async () => {
    const { view } = await issuing.issued();
    const { offsetMs } = issuing.world.clock;
    const { sequence } = await index();
    issuing.world.clock.offsetMs += 370 * 86_400_000;
    await revoke(view);
    const after = await index();
    expect(after).toMatchObject({ sequence: sequence + 1, batches: [] });
    issuing.world.clock.offsetMs = offsetMs;
  });
});

it('a batch is kept by caches for good, and an unknown one is refused', async () => {
  const { view } = await issuing.issued();
  await revoke(view);
  const sha256 = (await index()).batches.at(-1)?.sha256 ?? '';
  const answer = await get(`${PATH}/${sha256}`);
  expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  const bytes = new Uint8Array(await answer.arrayBuffer());
  expect(createHash('sha256').update(bytes).digest('base64url')).toBe(sha256);
  expect((await get(`${PATH}/${sha256}`, { 'if-none-match': `"${sha256}"` })).status).toBe(304);
  const unknown = await issuing.world.call('GET', `${PATH}/${'A'.repeat(43)}`);
  expect(unknown).toMatchObject({ status: 409, body: { code: 'REVOCATIONS_UNKNOWN' } });
});

it.each(['correction', 'withdrawal'])('nobody says %s by hand: it would be ordered anew', async (reason) => {
  const { view } = await issuing.issued();
  expect(await revoke(view, reason)).toMatchObject({ status: 400, body: { code: 'REQUEST_MALFORMED' } });
});

it('only what was issued is taken back', async () => {
  const unknown = await issuing.world.call(
    'POST',
    '/v1/certificates/0180726f-2c00-7abc-8def-0123456789ab/revocations',
    { key: issuing.ministry, body: { reason: 'mistake' } },
  );
  expect(unknown).toMatchObject({ status: 404, body: { code: 'CERTIFICATE_UNKNOWN' } });
});

it('the list of document signers is handed out as the file is, with its ETag', async () => {
  const { text } = await issuing.world.call('GET', '/v1/document-signers');
  const envelope = JSON.parse(text) as { payload: string; signatures: { keyid: string }[] };
  expect(fromBase64(envelope.payload)).not.toBe(null);
  expect(fromBase64url(envelope.signatures[0]?.keyid ?? '')).toHaveLength(32);
  const answer = await get('/v1/document-signers');
  expect(answer.headers.get('cache-control')).toBe('public, max-age=3600');
  const etag = answer.headers.get('etag') ?? '';
  expect(etag).toBe(`"${createHash('sha256').update(utf8(text)).digest('base64url')}"`);
  expect((await get('/v1/document-signers', { 'if-none-match': etag })).status).toBe(304);
});

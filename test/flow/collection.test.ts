import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { utf8 } from '#core/bytes';
import { instant } from '#core/dates';
import { statementBytes, parseStatement } from '#core/sign/statement';
import { makeCrl } from '#certs-test/crls';
import { reissueTrustList } from '#certs-test/trust';
import { bringIn, type OpenBatch } from './support/new-batch.ts';
import type { RawDevice, RawSession } from './support/raw-device.ts';
import { makeScene, type Scene } from './support/scene.ts';
import { certificateOf, tokenSignature } from './support/token-signature.ts';

const DAY_MS = 86_400_000;

let scene: Scene;
let batch: OpenBatch;
let cms: Uint8Array;
let device: RawDevice;
beforeAll(async () => {
  scene = await makeScene();
  await bringIn(scene.world, 10);
  batch = await scene.freeze();
  const { pki } = scene.world;
  cms = await tokenSignature(pki, 'district-760', batch.statement);
  device = await scene.rawDevice(certificateOf(pki, 'district-760'));
});
afterAll(() => scene.close());

const refusal = (status: number, code: string) => ({ status, body: { code } });

async function session(of = device): Promise<RawSession> {
  const { body } = await scene.ticket(batch.batchId, of.deviceId);
  return of.mustOpen(String(body['ticket']));
}

/** Hands a signature in within a session of its own. */
async function handIn(signature: Uint8Array, of = device) {
  const open = await session(of);
  const answer = await of.submit(open, signature);
  await of.end(open);
  return answer;
}

async function nothingCollected(): Promise<void> {
  expect(await scene.signatures(batch.batchId)).toBe(0);
  expect(await scene.stateOf(batch.batchId)).toBe('open');
}

describe('the signature is refused of a signer', () => {
  it.each([
    ['whose certificate has run out', 'bad-expired', 422, 'SIGNER_EXPIRED'],
    ['whose certificate is not in force yet', 'bad-notYetValid', 422, 'SIGNER_NOT_YET_VALID'],
    ['whose certificate was revoked', 'bad-revoked', 422, 'SIGNER_REVOKED'],
    ['whose key is not for signing', 'bad-wrongKeyUsage', 422, 'SIGNER_KEY_USAGE'],
    ['whom the trust list maps to another unit', 'bad-wrongUnit', 422, 'SIGNER_OF_OTHER_UNIT'],
    ['who is in no trust list', 'bad-unlisted', 422, 'SIGNER_UNTRUSTED'],
    ['certified by a root that is not listed', 'bad-unknownRoot', 422, 'SIGNER_UNTRUSTED'],
    ['with a short key', 'bad-weakKey', 422, 'SIGNER_ALGORITHM'],
    ['certified with SHA-1', 'bad-sha1', 422, 'SIGNER_ALGORITHM'],
    ['of another district', 'district-769', 422, 'SIGNER_OF_OTHER_UNIT'],
    ['of a facility of the district', 'facility-79-00123', 422, 'SIGNER_OF_OTHER_UNIT'],
  ])('%s', async (_what, signer, status, code) => {
    const { pki } = scene.world;
    const bad = await scene.rawDevice(certificateOf(pki, signer));
    const signature = await tokenSignature(pki, signer, batch.statement);
    expect(await handIn(signature, bad)).toMatchObject(refusal(status, code));
    await nothingCollected();
  });
});

describe('a signature is refused', () => {
  it.each<[string, () => Uint8Array, string]>([
    ['that is no CMS', () => utf8('not a signature'), 'SIGNATURE_MALFORMED'],
    ['that is cut off', () => cms.slice(0, -1), 'SIGNATURE_MALFORMED'],
    ['with something after it', () => Uint8Array.from([...cms, 0]), 'SIGNATURE_MALFORMED'],
    ['with a changed value', () => cms.with(cms.length - 5, (cms.at(-5) ?? 0) ^ 1), 'SIGNATURE_INVALID'],
  ])('%s', async (_what, change, code) => {
    expect(await handIn(change())).toMatchObject(refusal(422, code));
    await nothingCollected();
  });

  it('over another statement, by the right signer', async () => {
    const statement = parseStatement(batch.statement);
    const other = statementBytes({ ...statement, count: statement.count + 1 });
    const signature = await tokenSignature(scene.world.pki, 'district-760', other);
    expect(await handIn(signature)).toMatchObject(refusal(422, 'SIGNATURE_INVALID'));
    await nothingCollected();
  });

  it('that is not base64, or empty, or too long, at the door', async () => {
    const open = await session();
    for (const text of ['', '!', 'AAA', 'A'.repeat(100_000)]) {
      const path = `/v1/signing-sessions/${open.sessionId}/signatures`;
      const answer = await scene.world.call('POST', path, { key: open.secret, body: { cms: text } });
      expect(answer).toMatchObject(refusal(400, 'REQUEST_MALFORMED'));
    }
    await device.end(open);
    await nothingCollected();
  });
});

describe('a good signature waits', () => {
  it('where there is no CRL, one that ran out, or none that can be read: REVOCATION_UNKNOWN', async () => {
    const { folder, pki } = scene.world;
    const crls = join(folder, 'crls');
    const empty = () => readdirSync(crls).forEach((name) => rmSync(join(crls, name)));
    empty();
    expect(await handIn(cms)).toMatchObject(refusal(409, 'REVOCATION_UNKNOWN'));
    const old = { thisUpdate: new Date(Date.now() - 40 * DAY_MS), nextUpdate: new Date(Date.now() - DAY_MS) };
    for (const name of ['government-ca', 'government-root'] as const)
      writeFileSync(join(crls, `${name}.crl`), await makeCrl(pki, name, old));
    expect(await handIn(cms)).toMatchObject(refusal(409, 'REVOCATION_UNKNOWN'));
    empty();
    writeFileSync(join(crls, 'government-ca.crl'), 'not a CRL');
    expect(await handIn(cms)).toMatchObject(refusal(409, 'REVOCATION_UNKNOWN'));
    cpSync(pki.files.crls, crls, { recursive: true });
    await nothingCollected();
  });

  it('where the trust list has run out, names the signer no more, or is not signed by enough keys', async () => {
    const { pki } = scene.world;
    const past = instant(new Date(Date.now() - 60_000));
    const before = await reissueTrustList(pki, (list) => list);
    const attempts: [Parameters<typeof reissueTrustList>[1], string, (1 | 2 | 3)[]][] = [
      [(list) => ({ ...list, nextUpdate: past }), 'TRUST_STALE', [1, 2]],
      [
        (list) => ({ ...list, signers: list.signers.filter(({ unit }) => unit !== '760') }),
        'SIGNER_UNTRUSTED',
        [2, 3],
      ],
      [
        (list) => ({
          ...list,
          signers: list.signers.map((row) => (row.unit === '760' ? { ...row, to: past } : row)),
        }),
        'SIGNER_UNTRUSTED',
        [1, 3],
      ],
      [(list) => list, 'TRUST_UNTRUSTED', [2]],
    ];
    for (const [change, code, keys] of attempts) {
      const open = await session();
      await reissueTrustList(pki, () => change(before), keys);
      expect((await device.submit(open, cms)).body).toMatchObject({ code });
      await device.end(open);
      // the sequence of a list that was believed counts; the next is higher
      await reissueTrustList(pki, (list) => ({ ...before, sequence: list.sequence }));
    }
    await nothingCollected();
  });
});

describe('the first good signature is collected', () => {
  it('once, and gives the same answer each time it is sent again', async () => {
    const open = await session();
    const first = await device.submit(open, cms);
    expect(first).toMatchObject({ status: 201, body: { batchId: batch.batchId } });
    const again = [
      await device.submit(open, cms),
      await device.submit(open, cms, 'another-key-of-the-same'),
      ...(await Promise.all([1, 2, 3].map((n) => device.submit(open, cms, `at-the-same-time-${n}`)))),
    ];
    for (const answer of again) expect({ ...answer.body }).toEqual(first.body);
    expect(await scene.signatures(batch.batchId)).toBe(1);

    const other = await tokenSignature(
      scene.world.pki,
      'district-760',
      batch.statement,
      new Date(Date.now() - 3_600_000),
    );
    expect(await device.submit(open, other)).toMatchObject(refusal(409, 'BATCH_ALREADY_SIGNED'));
    const digest = String(first.body['cmsSha256']);
    expect(await device.submit(open, other, digest)).toMatchObject(refusal(422, 'IDEMPOTENCY_KEY_REUSED'));
    const kept = await scene.world.sql<{ cms: Buffer }>('select cms from signatures where batch_id = $1', [
      batch.batchId,
    ]);
    expect(kept.map((row) => Buffer.compare(row.cms, cms))).toEqual([0]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signerNamed } from '#certs-test/pki';
import { reissueTrustList, rowOf } from '#certs-test/trust';
import { base64, base64url, fromBase64, utf8, utf8Text } from '#core/bytes';
import type { Row } from '#core/record/row';
import { parseEvidence } from '#core/sign/evidence';
import { ITEM_TYPE, itemWriter, parseAnyStatement } from '#core/sign/item-statement';
import { parseStatusFile, parseStatusList, type StatusList } from '#core/sign/status-list';
import { parseStatement } from '#core/sign/statement';
import type { UnitKind } from '#core/sign/fields';
import { nodeCrypto } from '#verifier/crypto-node';
import { recordsOf, fetchEvidence, judge } from '../flow/support/evidence.ts';
import { bringIn } from '../flow/support/new-batch.ts';
import { RawDevice, type RawSession } from '../flow/support/raw-device.ts';
import {
  freeze,
  importRows,
  makeWorld,
  untilFrozen,
  waitFor,
  type Answer,
  type World,
} from '../support/world.ts';
import { openTokens, type TokenSigner } from './support/token-signer.ts';

/** Batches signed record by record, on the API's side: windows of items by hand over the wire. */

let world: World;
let tokens: ReturnType<typeof openTokens>;
let rsa: TokenSigner;
let ecdsa: TokenSigner;
beforeAll(async () => {
  world = await makeWorld({ KYSO_LEASE_SECONDS: '300' });
  tokens = openTokens(world.pki);
  rsa = tokens.signer('district-760');
  ecdsa = tokens.signer('district-769');
});
afterAll(async () => {
  tokens.close();
  await world.close();
});

type Each = {
  readonly batchId: string;
  readonly count: number;
  readonly key: string;
  readonly statement: (index: number) => Promise<Uint8Array>;
};

async function freezeEach(kind: UnitKind, unit: string): Promise<Each> {
  const key = await world.key(kind, unit);
  const made = await world.call('POST', '/v1/batches', { key, body: { mode: 'each' } });
  expect(made.status, made.text).toBe(202);
  expect(made.body['mode']).toBe('each');
  const batch = await untilFrozen(world, key, String(made.body['batchId']));
  expect(batch).toMatchObject({ state: 'open', mode: 'each', signedItems: 0 });
  const list = utf8(String(batch['statement']));
  const write = itemWriter(parseStatement(list), base64url(nodeCrypto.sha256(list)));
  const batchId = String(batch['batchId']);
  return {
    batchId,
    count: Number(batch['count']),
    key,
    statement: async (index) => {
      const [leaf] = await world.sql<{ hash: Buffer }>(
        'select leaf_hash as hash from batch_leaves where batch_id = $1 and leaf_index = $2',
        [batchId, index],
      );
      return write({ index, leafHash: base64url(leaf?.hash ?? new Uint8Array(32)) });
    },
  };
}

async function sessionOf(
  each: Each,
  signer: TokenSigner,
): Promise<{ device: RawDevice; session: RawSession }> {
  const { body } = await world.call('POST', '/v1/enrolments', { key: each.key, body: {} });
  const device = await new RawDevice(world, signer.certificate).enrol(String(body['code']));
  const ticket = await world.call('POST', `/v1/batches/${each.batchId}/tickets`, {
    key: each.key,
    body: { deviceId: device.deviceId },
  });
  return { device, session: await device.mustOpen(String(ticket.body['ticket'])) };
}

type Item = { readonly index: number; readonly cms: string };

async function itemsOf(each: Each, signer: TokenSigner, indexes: readonly number[]): Promise<Item[]> {
  const items: Item[] = [];
  for (const index of indexes) items.push({ index, cms: base64(signer.sign(await each.statement(index))) });
  return items;
}

function submit({ sessionId, secret }: RawSession, items: readonly object[]): Promise<Answer> {
  return world.call('POST', `/v1/signing-sessions/${sessionId}/signatures`, { key: secret, body: { items } });
}

async function signedOf({ sessionId, secret }: RawSession): Promise<unknown> {
  return (await world.call('GET', `/v1/signing-sessions/${sessionId}/signatures`, { key: secret })).body;
}

type Fault = { readonly at: string; readonly code: string };
type Placed = { readonly recordId: string; readonly district: string; readonly version: number };

async function recordAt(each: Each, index: number): Promise<Placed> {
  const record = (await recordsOf(world, each.batchId))[index];
  if (!record) throw new Error('no such leaf');
  return record;
}

async function stageOf({ district, recordId }: Placed, kind: UnitKind = 'district'): Promise<unknown> {
  const path = `/v1/districts/${district}/records/${recordId}?kind=${kind}`;
  return (await world.call('GET', path, { key: await world.key('cdc') })).body['stage'];
}

async function kept(each: Each, index: number): Promise<object[]> {
  return world.sql('select cms, collected_at from signatures where batch_id = $1 and leaf_index = $2', [
    each.batchId,
    index,
  ]);
}

async function leafHashOf(each: Each, index: number): Promise<string> {
  const item = parseAnyStatement(await each.statement(index));
  return item.type === ITEM_TYPE ? item.leafHash : '';
}

async function withdraw({ batchId, key }: Each): Promise<void> {
  const path = `/v1/batches/${batchId}/withdrawals`;
  const answer = await world.call('POST', path, { key, body: { reason: 'Sai danh sách' } });
  expect(answer.status, answer.text).toBe(201);
}

async function statusOf(district: string): Promise<StatusList> {
  const [envelope] = parseStatusFile(utf8((await world.call('GET', `/v1/status/${district}`)).text));
  return parseStatusList(fromBase64(envelope?.payload ?? '') ?? new Uint8Array());
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const stateOf = async (each: Each) =>
  (await world.call('GET', `/v1/batches/${each.batchId}`, { key: each.key })).body;

describe('a batch signed record by record', () => {
  let each: Each;
  let session: RawSession;
  beforeAll(async () => {
    await bringIn(world, 10);
    each = await freezeEach('district', '760');
    ({ session } = await sessionOf(each, rsa));
  });

  it('has its list, which nobody signs, and no item statements stored', async () => {
    const list = parseStatement(utf8(String((await stateOf(each))['statement'])));
    expect(list).toMatchObject({ type: 'kyso/list/v1', mode: 'each', count: 10, sequence: 1 });
    const cms = rsa.sign(utf8(String((await stateOf(each))['statement'])), { item: false });
    const answer = await world.call('POST', `/v1/signing-sessions/${session.sessionId}/signatures`, {
      key: session.secret,
      body: { cms: base64(cms) },
    });
    expect(answer).toMatchObject({ status: 409, body: { code: 'BATCH_OF_OTHER_MODE' } });
  });

  it('takes windows in and says what is signed', async () => {
    expect(await signedOf(session)).toEqual({ items: 0, count: 10, stretches: [] });
    const window = await itemsOf(each, rsa, [0, 1, 2, 5]);
    const answer = await submit(session, window);
    expect(answer).toMatchObject({ status: 201, body: { batchId: each.batchId, items: 4, count: 10 } });
    expect(answer.body).not.toHaveProperty('collectedAt');
    expect(await signedOf(session)).toEqual({
      items: 4,
      count: 10,
      stretches: [
        [0, 2],
        [5, 5],
      ],
    });
    expect(await stateOf(each)).toMatchObject({ state: 'open', signedItems: 4 });
    expect(await submit(session, window)).toMatchObject({ status: 201, body: { items: 4 } });
  });

  it('counts a record as signed when its own item is, with evidence that holds', async () => {
    const [signed, waiting] = [await recordAt(each, 1), await recordAt(each, 3)];
    expect(await stageOf(signed)).toBe('signed');
    expect(await stageOf(waiting)).toBe('batched');
    const evidence = await fetchEvidence(world, signed.district, signed.recordId);
    expect(evidence.status, evidence.text).toBe(200);
    const [attestation] = parseEvidence(utf8(evidence.text)).attestations;
    expect(attestation).not.toHaveProperty('proof');
    expect(attestation?.statement).toBe(utf8Text(await each.statement(1)));
    expect(await judge(world, evidence.text)).toMatchObject({
      verdict: 'valid',
      reasons: [],
      attestations: [{ index: 1, count: 10, batchId: each.batchId }],
    });
    expect(await fetchEvidence(world, waiting.district, waiting.recordId)).toMatchObject({
      status: 409,
      body: { code: 'EVIDENCE_INCOMPLETE' },
    });
  });

  it('keeps the first signature of an item', async () => {
    const before = await kept(each, 0);
    const later = base64(rsa.sign(await each.statement(0), { at: new Date(Date.now() - 3_600_000) }));
    const window = [{ index: 0, cms: later }, ...(await itemsOf(each, rsa, [3]))];
    expect(await submit(session, window)).toMatchObject({ status: 201, body: { items: 5 } });
    expect(await kept(each, 0)).toEqual(before);
  });

  it('refuses a window whole, with everything that is wrong in it at once', async () => {
    const good = await itemsOf(each, rsa, [4, 6, 7]);
    const [four] = good;
    const bad = [
      ...good,
      { index: 8, cms: base64(rsa.sign(await each.statement(9))) },
      { index: 9, cms: base64(ecdsa.sign(await each.statement(9))) },
      { index: 10, cms: four?.cms },
      { index: 8, cms: base64(rsa.sign(await each.statement(8), { item: false })) },
      { index: 9, cms: base64(utf8('no signature')) },
      four,
    ] as Item[];
    const answer = await submit(session, bad);
    expect(answer).toMatchObject({ status: 422, body: { code: 'SIGNATURE_INVALID' } });
    expect((answer.body['errors'] as Fault[]).map(({ at, code }) => [at, code])).toEqual([
      ['/items/3', 'SIGNATURE_INVALID'],
      ['/items/4', 'SIGNER_OF_OTHER_UNIT'],
      ['/items/5', 'RECORD_UNKNOWN'],
      ['/items/6', 'REQUEST_MALFORMED'],
      ['/items/7', 'REQUEST_MALFORMED'],
      ['/items/8', 'REQUEST_MALFORMED'],
    ]);
    const other = await submit(session, [
      { index: 8, cms: base64(rsa.sign(await each.statement(8), { item: false })) },
      { index: 9, cms: base64(utf8('no signature')) },
    ]);
    expect((other.body['errors'] as Fault[]).map(({ at, code }) => [at, code])).toEqual([
      ['/items/0', 'SIGNATURE_MALFORMED'],
      ['/items/1', 'SIGNATURE_MALFORMED'],
    ]);
    expect(await signedOf(session)).toMatchObject({ items: 5 });
  });

  it('takes no signature of a signer other than the one that the device was enrolled with', async () => {
    const other = signerNamed(world.pki, 'bad-unlisted');
    const row = { unit: '760', by: 'certificate' } as const;
    await reissueTrustList(world.pki, (list) => ({
      ...list,
      signers: [...list.signers, ...rowOf(world.pki, { ...other, row }, list.issuedAt)],
    }));
    const cms = base64(tokens.signer('bad-unlisted').sign(await each.statement(8)));
    const answer = await submit(session, [{ index: 8, cms }]);
    expect(answer).toMatchObject({
      status: 403,
      body: {
        code: 'TICKET_OF_OTHER_CERTIFICATE',
        errors: [{ at: '/items/0', code: 'TICKET_OF_OTHER_CERTIFICATE' }],
      },
    });
  });

  it.each([
    ['no items', { items: [] }],
    ['more than 256', { items: Array.from({ length: 257 }, (_, index) => ({ index, cms: 'MAAA' })) }],
    ['both forms', { cms: 'MAAA', items: [{ index: 0, cms: 'MAAA' }] }],
    ['no index', { items: [{ cms: 'MAAA' }] }],
    ['a negative index', { items: [{ index: -1, cms: 'MAAA' }] }],
    ['another base64', { items: [{ index: 0, cms: 'MAA' }] }],
    ['something more', { items: [{ index: 0, cms: 'MAAA', at: 'now' }] }],
    ['a signature too large', { items: [{ index: 0, cms: 'A'.repeat(24 * 1024) }] }],
  ])('is not asked for %s', async (_what, body) => {
    const { sessionId, secret } = session;
    const answer = await world.call('POST', `/v1/signing-sessions/${sessionId}/signatures`, {
      key: secret,
      body,
    });
    expect(answer).toMatchObject({ status: 400, body: { code: 'REQUEST_MALFORMED' } });
  });

  it('reads no more than a full window', async () => {
    const { sessionId, secret } = session;
    const raw = JSON.stringify({ items: [{ index: 0, cms: 'A'.repeat(6 * 1024 * 1024) }] });
    const path = `/v1/signing-sessions/${sessionId}/signatures`;
    const answer = await world.call('POST', path, { key: secret, raw }).catch(() => null);
    // a body that is not read to its end may end the connection before the answer is heard
    if (answer) expect(answer).toMatchObject({ status: 413, body: { code: 'INPUT_TOO_LARGE' } });
    expect(await signedOf(session)).toMatchObject({ items: 5 });
  });

  it('is collected with its last item, and the next one follows it', async () => {
    await world.call('POST', `/v1/signing-sessions/${session.sessionId}/heartbeats`, {
      key: session.secret,
      body: {},
    });
    const window = await itemsOf(each, rsa, [4, ...range(6, 10)]);
    const last = await submit(session, window);
    expect(last).toMatchObject({ status: 201, body: { items: 10, count: 10 } });
    const collectedAt = last.body['collectedAt'];
    expect(collectedAt).toBeTypeOf('string');
    expect(await stateOf(each)).toMatchObject({ state: 'collected', signedItems: 10, collectedAt });
    expect(await submit(session, window.slice(1))).toMatchObject({
      status: 201,
      body: { items: 10, count: 10, collectedAt },
    });
    await bringIn(world, 2);
    const next = await freezeEach('district', '760');
    expect(parseStatement(utf8(String((await stateOf(next))['statement'])))).toMatchObject({
      sequence: 2,
      previous: (await stateOf(each))['statementSha256'],
    });
    await withdraw(next);
  });
});

describe('two sessions', () => {
  it('at once store each item once, without getting in each other’s way', async () => {
    await bringIn(world, 40);
    const each = await freezeEach('district', '760');
    const windows = [
      await itemsOf(each, rsa, range(0, each.count - 1)),
      (await itemsOf(each, rsa, range(0, each.count - 1))).reverse(),
    ];
    const first = await sessionOf(each, rsa);
    const asked = [...windows, ...windows].map((items) => submit(first.session, items));
    // the lease passes to another session while the windows of the first are on their way
    await first.device.end(first.session);
    const second = await sessionOf(each, rsa);
    const more = [...windows, ...windows].map((items) => submit(second.session, items));
    const answers = await Promise.all([...asked, ...more]);
    for (const { status, body } of answers)
      if (status !== 201) expect(body).toMatchObject({ code: 'SESSION_ENDED' });
    expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThan(0);
    const [row] = await world.sql<{ n: number; counted: number }>(
      `select count(*) as n, (select max(items) from item_counts where batch_id = $1) as counted
       from signatures where batch_id = $1`,
      [each.batchId],
    );
    expect(row).toEqual({ n: each.count - 1, counted: each.count - 1 });
    const ends = await itemsOf(each, rsa, [each.count - 1]);
    const closing = await Promise.all([submit(second.session, ends), submit(second.session, ends)]);
    for (const { body } of closing) expect(body).toMatchObject({ items: each.count, count: each.count });
    expect(new Set(closing.map(({ body }) => body['collectedAt'])).size).toBe(1);
    expect(await stateOf(each)).toMatchObject({ state: 'collected' });
  });
});

describe('a partly signed batch', () => {
  let each: Each;
  let session: RawSession;
  let facility: TokenSigner;
  let rows: readonly Row[];
  beforeAll(async () => {
    rows = [...(await bringIn(world, 6, '760', '79-01017')), ...(await bringIn(world, 3, '769', '79-01017'))];
    each = await freezeEach('facility', '79-01017');
    facility = tokens.signer('facility-79-01017');
    ({ session } = await sessionOf(each, facility));
    expect(await submit(session, await itemsOf(each, facility, [0, 1, 7]))).toMatchObject({ status: 201 });
  });

  async function correct({ district, recordId }: Placed): Promise<void> {
    const [version] = await world.sql<{ doseId: string }>(
      'select dose_id as "doseId" from record_versions where district = $1 and record_id = $2',
      [district, recordId],
    );
    const row = rows.find(({ doseId }) => doseId === version?.doseId);
    expect((await importRows(world, [{ ...row, lot: 'CORRECTED' }])).body).toMatchObject({ changed: 1 });
  }

  async function takeBack({ district, recordId }: Placed): Promise<void> {
    const path = `/v1/districts/${district}/records/${recordId}/withdrawals`;
    const key = await world.key('district', district);
    expect(await world.call('POST', path, { key, body: { reason: 'Nhầm người' } })).toMatchObject({
      status: 201,
    });
  }

  it('is not given up by itself, however long nobody signs; one without a signature is', async () => {
    await bringIn(world, 2, '769', '79-00208');
    const unsigned = await freezeEach('facility', '79-00208');
    world.clock.offsetMs = 24.2 * 3_600_000;
    await waitFor(async () => (await stateOf(unsigned))['state'] === 'withdrawn');
    expect(await stateOf(each)).toMatchObject({ state: 'open', signedItems: 3 });
    world.clock.offsetMs = 0;
  });

  it('lists an item whose record is corrected or taken back after it was signed', async () => {
    const [corrected, takenBack] = [await recordAt(each, 0), await recordAt(each, 1)];
    await correct(corrected);
    await takeBack(takenBack);
    const list = await statusOf('760');
    expect(list.superseded).toContain(await leafHashOf(each, 0));
    expect(list.withdrawn).toContain(await leafHashOf(each, 1));
  });

  it('lists an item whose record was corrected or taken back before it was signed, once it is', async () => {
    const [corrected, takenBack] = [await recordAt(each, 2), await recordAt(each, 3)];
    await correct(corrected);
    await takeBack(takenBack);
    const [two, three] = [await leafHashOf(each, 2), await leafHashOf(each, 3)];
    const before = await statusOf('760');
    expect(before.superseded).not.toContain(two);
    expect(before.withdrawn).not.toContain(three);
    expect(await submit(session, await itemsOf(each, facility, [2, 3, 4]))).toMatchObject({ status: 201 });
    const after = await statusOf('760');
    expect(after.superseded).toContain(two);
    expect(after.withdrawn).toContain(three);
    expect(after.superseded).not.toContain(await leafHashOf(each, 4));
  });

  it('goes with all its signatures when its unit withdraws it, in every district that it names', async () => {
    const signed = await recordAt(each, 7);
    const evidence = await fetchEvidence(world, signed.district, signed.recordId);
    expect(await judge(world, evidence.text)).toMatchObject({ verdict: 'valid' });
    await withdraw(each);
    for (const district of ['760', '769'])
      expect((await statusOf(district)).batchesWithdrawn).toContain(each.batchId);
    expect(await judge(world, evidence.text)).toMatchObject({ verdict: 'revoked' });
    expect(await stageOf(signed, 'facility')).toBe('eligible');
    expect(await submit(session, await itemsOf(each, facility, [5]))).toMatchObject({
      status: 409,
      body: { code: 'BATCH_WITHDRAWN' },
    });
    expect(await fetchEvidence(world, signed.district, signed.recordId)).toMatchObject({ status: 409 });
  });
});

describe('a list batch', () => {
  it('takes no items and has none to show', async () => {
    await bringIn(world, 2);
    const key = await world.key('district', '760');
    const batch = await freeze(world, key);
    const of: Each = {
      batchId: String(batch['batchId']),
      count: 2,
      key,
      statement: () => Promise.resolve(new Uint8Array()),
    };
    const { session } = await sessionOf(of, rsa);
    expect(await submit(session, [{ index: 0, cms: 'MAAA' }])).toMatchObject({
      status: 409,
      body: { code: 'BATCH_OF_OTHER_MODE' },
    });
    expect(await signedOf(session)).toMatchObject({ code: 'BATCH_OF_OTHER_MODE' });
    await withdraw(of);
  });
});

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { base64url, utf8 } from '#core/bytes';
import { instant } from '#core/dates';
import { declarations } from '#core/sign/statement';
import { signerNamed, type Pki } from '#certs-test/pki';
import { nodeCrypto, sha256 } from '#verifier/crypto-node';
import { checkCms } from '#verifier/evidence/check-cms';
import { readCms } from '#verifier/evidence/read-cms';
import { AgentHome } from '../support/agent-home.ts';
import { startFakeApi, type FakeApi } from '../support/fake-api.ts';
import { streamOf, testLeaf, testLeaves, testList, testRecord } from '../support/lists.ts';
import { dropSoftTokens, softTokens } from '../support/soft-tokens.ts';

const leaves = testLeaves(12);
const list = testList(leaves);
let pki: Pki;
let api: FakeApi;
let home: AgentHome;

beforeAll(async () => {
  pki = await softTokens();
});
afterAll(() => dropSoftTokens(pki));
beforeEach(async () => {
  api = await startFakeApi(list);
  home = new AgentHome(pki, api);
  await home.enrol();
});
afterEach(async () => {
  await api.close();
  home.remove();
});

const inMinutes = (minutes: number) => instant(new Date(Date.now() + minutes * 60_000));
const refused = (code: string) => ({ refused: code, tokenOperations: 0 });

/** Enrolled with one token, and told to look for another. */
function enrolledTokenIs(serial: string): void {
  const file = join(home.folder, 'enrolment.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"serial": "[^"]+"/, `"serial": "${serial}"`));
}

describe('signing a batch', () => {
  it('signs with exactly one token operation what it recomputed', async () => {
    const { report, tokenOperations } = await home.sign();
    const { batchId, root } = list.statement;
    expect(tokenOperations).toBe(1);
    expect(report).toMatchObject({ batchId, count: 12, root, tokenOperations: 1, resumed: false });
    expect(api.collected).toHaveLength(1);
    const [cms = new Uint8Array()] = api.collected;
    expect(await checkCms(readCms(cms), utf8(list.statementText), nodeCrypto)).toEqual([]);
    expect(report?.cmsSha256).toBe(base64url(sha256(cms)));
    expect(home.journalTypes()).toEqual(['intent', 'result', 'collected']);
    expect(api.requests.at(-1)?.line).toMatch(/^DELETE /);
  });

  it('shows what is signed: unit, declaration, counts by ward, doses, sample, short digest', async () => {
    const { shown } = await home.sign({ sample: 12 });
    expect(shown).toContain('Ký toàn bộ danh sách (12 hồ sơ)');
    expect(shown).toContain('Trung tâm Y tế Quận 1 (quận/huyện 760)');
    expect(shown).toContain(declarations.district);
    expect(shown).toContain(list.statement.batchId);
    expect(shown).toContain('26734 Phường Tân Định: 6');
    expect(shown).toContain('01/08/2021 – 09/08/2021');
    expect(shown).toContain('cơ bản 8, nhắc lần 1 4');
    expect(shown).toContain('Trần Thị Thử · 02/01/1980 · CCCD *********001');
    const digest = Buffer.from(sha256(utf8(list.statementText))).toString('hex');
    expect(shown).toContain(`Mã đối chiếu  ${(digest.slice(0, 16).match(/.{4}/g) ?? []).join(' ')}`);
  });

  it('signs with ECDSA, and with RSASSA-PSS where asked', async () => {
    await home.sign({ pss: true });
    await home.enrol('district-769');
    const previous = base64url(sha256(utf8(list.statementText)));
    api.list = testList(testLeaves(5), {
      batchId: '01800000-0000-7000-9000-000000000009',
      sequence: 2,
      previous,
    });
    await home.sign();
    expect(api.collected.map((cms) => readCms(cms).algorithm.algorithm)).toEqual([
      'RSA-PSS-SHA256',
      'ECDSA-P256-SHA256',
    ]);
  });

  it("signs a facility's list of people from several districts", async () => {
    api.unit = { kind: 'facility', code: '79-00123', name: 'Trạm Y tế Phường Bến Nghé' };
    await home.enrol('facility-79-00123');
    const away = testLeaf(testRecord(12, { residence: { district: '769', ward: '27112' } }), 12);
    api.list = testList([...leaves, away], {
      kind: 'facility',
      unit: { code: '79-00123', name: 'Trạm Y tế Phường Bến Nghé' },
    });
    expect(await home.sign()).toMatchObject({ refused: null, tokenOperations: 1 });
  });
});

describe('the token', () => {
  it('is tried once with a wrong PIN; nothing is signed, and the batch is free again', async () => {
    expect(await home.sign({ pin: '99999999' })).toMatchObject(refused('PIN_WRONG'));
    expect(api.collected).toHaveLength(0);
    expect(api.requests.at(-1)?.line).toMatch(/^DELETE /);
  });

  it('is sent no empty PIN', async () => {
    expect(await home.sign({ pin: '' })).toMatchObject(refused('PIN_UNREADABLE'));
  });

  it('must be plugged in before a ticket is used up', async () => {
    enrolledTokenIs('0000000000000000');
    const before = api.requests.length;
    expect(await home.sign()).toMatchObject(refused('TOKEN_ABSENT'));
    expect(api.requests).toHaveLength(before);
  });

  it('must be the one with the enrolled certificate', async () => {
    enrolledTokenIs(signerNamed(pki, 'district-769').tokenSerial);
    expect(await home.sign()).toMatchObject(refused('SIGNER_CERTIFICATE_ABSENT'));
  });
});

describe('a session is refused', () => {
  it.each([
    ['of another unit', [{ kind: 'district', code: '769' }], 'SIGNER_OF_OTHER_UNIT'],
    ['of the other kind', [{ kind: 'facility', code: '760' }], 'SIGNER_OF_OTHER_UNIT'],
    ['whom the trust list does not know', [], 'SIGNER_UNTRUSTED'],
  ] as const)('for a signer %s, before the PIN', async (_, units, code) => {
    api.signerUnits = [...units];
    expect(await home.sign({ pin: 'nobody types this' })).toMatchObject(refused(code));
  });

  it('for another certificate', async () => {
    api.sessionCertificate = base64url(sha256(utf8('another')));
    expect(await home.sign()).toMatchObject(refused('TICKET_OF_OTHER_CERTIFICATE'));
  });

  it.each([
    ['another unit', { unit: { code: '769', name: 'x' } }, 'SIGNER_OF_OTHER_UNIT'],
    ['another kind', { kind: 'facility' }, 'SIGNER_OF_OTHER_UNIT'],
    ['another instance', { instance: 'production' }, 'TRUST_OF_OTHER_INSTANCE'],
    ['another declaration', { declaration: 'Tôi đồng ý.' }, 'STATEMENT_MALFORMED'],
    ["a facility's declaration", { declaration: declarations.facility }, 'STATEMENT_MALFORMED'],
    [
      'a checkpoint that nobody verified',
      { log: { size: 1, root: list.statement.root } },
      'STATEMENT_MALFORMED',
    ],
    ['the future', { createdAt: inMinutes(6) }, 'STATEMENT_MALFORMED'],
  ] as const)('for a statement of %s', async (_, change, code) => {
    api.list = testList(testLeaves(3), change);
    expect(await home.sign()).toMatchObject(refused(code));
    expect(api.requests.at(-1)?.line).toMatch(/^DELETE /);
  });

  it('but not where its clock is a little ahead', async () => {
    api.list = testList(testLeaves(3), { createdAt: inMinutes(4) });
    expect(await home.sign()).toMatchObject({ refused: null, tokenOperations: 1 });
  });

  it('once it is over', async () => {
    api.refuseOnce.set('/heartbeats', 'SESSION_ENDED');
    expect(await home.sign()).toMatchObject(refused('SESSION_ENDED'));
  });

  it("by the API, under the API's own code", async () => {
    api.refuseOnce.set('/signing-sessions', 'BATCH_BEING_SIGNED');
    expect(await home.sign()).toMatchObject(refused('BATCH_BEING_SIGNED'));
    api.cut.set('/challenges', 1);
    expect(await home.sign()).toMatchObject(refused('API_UNREACHABLE'));
  });

  it('while another agent works in the same folder', async () => {
    const [first, second] = await Promise.all([home.sign(), home.sign()]);
    expect([first.refused, second.refused].sort()).toEqual(['AGENT_BUSY', null]);
    expect(api.collected).toHaveLength(1);
  });
});

describe('nothing is signed where leaves are', () => {
  const [, , third] = leaves;
  it.each([
    ['missing', testList(leaves.slice(1)), 'BATCH_CHANGED'],
    ['doubled', testList([...leaves.slice(0, 3), ...leaves.slice(2)]), 'BATCH_CHANGED'],
    [
      'out of order',
      testList([...leaves.slice(0, 2), ...leaves.slice(2, 4).reverse(), ...leaves.slice(4)]),
      'BATCH_CHANGED',
    ],
    ['changed', testList(leaves.with(2, testLeaf(testRecord(2, { version: 2 }), 2))), 'BATCH_CHANGED'],
    [
      'of another district',
      testList(
        leaves.with(11, testLeaf(testRecord(11, { residence: { district: '769', ward: '27112' } }), 11)),
      ),
      'RECORD_NOT_ELIGIBLE',
    ],
    [
      'with another id number',
      testList(leaves.with(2, testLeaf(testRecord(2), 2, '079080099999'))),
      'OPENING_INVALID',
    ],
    [
      'not canonical',
      {
        ...list,
        leaves: leaves.with(2, { text: third?.text ?? '', line: (third?.line ?? '').replace('":1', '": 1') }),
      },
      'NOT_CANONICAL',
    ],
  ])('%s', async (_, received, code) => {
    api.stream = streamOf(received);
    expect(await home.sign()).toMatchObject(refused(code));
    expect(api.collected).toHaveLength(0);
    expect(existsSync(join(home.folder, 'journal.ndjson'))).toBe(false);
  });

  it('others when they are fetched again for the sample', async () => {
    api.stream = streamOf(list);
    api.list = {
      ...list,
      leaves: leaves.map((_, index) => testLeaf(testRecord(index, { version: 2 }), index)),
    };
    expect(await home.sign()).toMatchObject(refused('BATCH_CHANGED'));
  });
});

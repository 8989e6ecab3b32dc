import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { base64url, utf8 } from '#core/bytes';
import { signerNamed, type Pki } from '#certs-test/pki';
import { sha256 } from '#verifier/crypto-node';
import { readCms } from '#verifier/evidence/read-cms';
import { AgentHome } from '../support/agent-home.ts';
import { startFakeApi, type FakeApi } from '../support/fake-api.ts';
import { testLeaves, testList } from '../support/lists.ts';
import { dropSoftTokens, softTokens } from '../support/soft-tokens.ts';

const list = testList(testLeaves(6));
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

const journalFile = () => join(home.folder, 'journal.ndjson');

/** Keeps the first lines of the journal: what a machine that lost power then would find. */
function cutJournal(lines: number): void {
  const kept = readFileSync(journalFile(), 'utf8').split('\n').slice(0, lines);
  writeFileSync(journalFile(), kept.map((line) => line + '\n').join(''));
}

describe('resuming', () => {
  it('hands in again while the API is away for a moment: one request, one key', async () => {
    api.cut.set('/signatures', 2);
    expect(await home.sign()).toMatchObject({ tokenOperations: 1, report: { resumed: false } });
    const keys = api.requests
      .filter(({ line }) => line.endsWith('/signatures'))
      .map(({ idempotencyKey }) => idempotencyKey);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  it('hands in what was signed before, without a PIN and without a second token operation', async () => {
    api.refuseOnce.set('/signatures', 'INTERNAL');
    expect(await home.sign()).toMatchObject({ refused: 'INTERNAL', tokenOperations: 1 });
    expect(home.journalTypes()).toEqual(['intent', 'result']);
    expect(await home.sign({ pin: 'not the PIN' })).toMatchObject({
      tokenOperations: 0,
      report: { resumed: true, tokenOperations: 0 },
    });
    expect(api.collected).toHaveLength(1);
    expect(home.journalTypes()).toEqual(['intent', 'result', 'collected']);
  });

  it('signs anew with the certificate of a new enrolment, and keeps what each certificate made apart', async () => {
    api.refuseOnce.set('/signatures', 'INTERNAL');
    await home.sign();
    await home.enrol('district-769');
    api.refuseOnce.set('/signatures', 'INTERNAL');
    expect(await home.sign()).toMatchObject({ refused: 'INTERNAL', tokenOperations: 1 });
    expect(await home.sign()).toMatchObject({ tokenOperations: 0, report: { resumed: true } });
    await home.enrol('district-760');
    expect(await home.sign()).toMatchObject({ tokenOperations: 0, report: { resumed: true } });
    expect(home.journalTypes()).toEqual(['intent', 'result', 'intent', 'result', 'collected', 'collected']);
    const signers = api.collected.map((cms) => Buffer.from(readCms(cms).signer.der).toString('base64'));
    expect(signers).toEqual(
      ['district-769', 'district-760'].map((name) => signerNamed(pki, name).certificate),
    );
  });

  it('signs the identical bytes again only with the certificate that may have signed them', async () => {
    await home.sign();
    cutJournal(1);
    await home.enrol('district-769');
    expect((await home.sign({ pin: '99999999' })).shown).not.toContain('CÓ THỂ ĐÃ KÝ');
    await home.enrol('district-760');
    expect((await home.sign()).shown).toContain('CÓ THỂ ĐÃ KÝ');
    expect(home.journalTypes()).toEqual(['intent', 'intent', 'unsigned', 'result', 'collected']);
  });

  it('signs the identical bytes again where it may have signed', async () => {
    await home.sign();
    const [intent] = home.journal();
    cutJournal(1);
    api.collected.length = 0;
    const again = await home.sign();
    expect(again.shown).toContain('CÓ THỂ ĐÃ KÝ');
    expect(again.tokenOperations).toBe(1);
    expect(home.journalTypes()).toEqual(['intent', 'result', 'collected']);
    const [cms = new Uint8Array()] = api.collected;
    expect(Buffer.from(readCms(cms).signedBytes).toString('base64')).toBe(intent?.['signedAttributes']);
  });

  it('has nothing signed that a changed journal slips in', async () => {
    await home.sign();
    const intent = home.journal()[0] ?? {};
    const attributes = Buffer.from(String(intent['signedAttributes']), 'base64');
    attributes.writeUInt8((attributes.at(-1) ?? 0) ^ 1, attributes.length - 1);
    const changed = { ...intent, signedAttributes: attributes.toString('base64') };
    writeFileSync(journalFile(), JSON.stringify(changed) + '\n');
    expect(await home.sign()).toMatchObject({ refused: 'AGENT_STATE_DAMAGED', tokenOperations: 0 });
  });

  it('knows that a wrong PIN signed nothing', async () => {
    await home.sign({ pin: '99999999' });
    expect(home.journalTypes()).toEqual(['intent', 'unsigned']);
    const again = await home.sign();
    expect(again.shown).not.toContain('CÓ THỂ ĐÃ KÝ');
    expect(home.journalTypes()).toEqual(['intent', 'unsigned', 'intent', 'result', 'collected']);
  });

  it('goes on after a journal line that a crash tore', async () => {
    api.refuseOnce.set('/signatures', 'INTERNAL');
    await home.sign();
    appendFileSync(journalFile(), '{"type":"collected","at":"2026-11-2');
    expect(await home.sign()).toMatchObject({ tokenOperations: 0, report: { resumed: true } });
    expect(home.journalTypes()).toEqual(['intent', 'result', 'collected']);
  });

  it('refuses to go on where a whole line was changed', async () => {
    await home.sign();
    writeFileSync(
      journalFile(),
      readFileSync(journalFile(), 'utf8').replace('"type":"result"', '"type":"resolt"'),
    );
    expect(await home.sign()).toMatchObject({ refused: 'AGENT_STATE_DAMAGED', tokenOperations: 0 });
  });
});

describe("the unit's lists", () => {
  const previous = base64url(sha256(utf8(list.statementText)));
  const next = (sequence: number, before: string) =>
    testList(testLeaves(4), { batchId: '01800000-0000-7000-9000-000000000005', sequence, previous: before });

  it('follow one another', async () => {
    const first = await home.sign();
    expect(first.shown).toContain('đầu tiên được ký trên máy này');
    api.list = next(2, previous);
    const second = await home.sign();
    expect(second).toMatchObject({ refused: null, tokenOperations: 1 });
    expect(second.shown).toContain('nối tiếp danh sách máy này đã ký');
  });

  it('may have been signed on another machine in between, which is said', async () => {
    await home.sign();
    api.list = next(4, base64url(sha256(utf8('signed elsewhere'))));
    const later = await home.sign();
    expect(later.shown).toContain('ở máy khác');
    expect(later.tokenOperations).toBe(1);
  });

  it('follow one that the server collected when it could not be heard', async () => {
    api.refuseOnce.set('/signatures', 'INTERNAL');
    await home.sign();
    expect(home.journalTypes()).toEqual(['intent', 'result']);
    api.list = next(2, previous);
    const second = await home.sign();
    expect(second.shown).toContain('nối tiếp danh sách máy này đã ký');
    expect(second.tokenOperations).toBe(1);
  });

  it('follow one that was only begun here where another machine signed it', async () => {
    await home.sign({ pin: '99999999' });
    api.list = next(2, previous);
    expect((await home.sign()).shown).toContain('đầu tiên được ký trên máy này');
  });

  it('do not name the last one as their previous and count on beyond it', async () => {
    await home.sign();
    api.list = next(3, previous);
    expect(await home.sign()).toMatchObject({ refused: 'STATEMENT_OUT_OF_SEQUENCE', tokenOperations: 0 });
  });

  it('are not replaced or forked', async () => {
    await home.sign();
    api.list = testList(testLeaves(4), { batchId: '01800000-0000-7000-9000-000000000005' });
    expect(await home.sign()).toMatchObject({ refused: 'STATEMENT_OUT_OF_SEQUENCE', tokenOperations: 0 });
    api.list = next(2, base64url(sha256(utf8('another past'))));
    expect(await home.sign()).toMatchObject({ refused: 'STATEMENT_OUT_OF_SEQUENCE', tokenOperations: 0 });
  });
});

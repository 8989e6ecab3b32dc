import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Pki } from '#certs-test/pki';
import { openBatches, statusCommand, statusText } from '#signer-agent/commands/status';
import type { Entry } from '#signer-agent/journal';
import { AgentHome } from '../support/agent-home.ts';
import { startFakeApi, type FakeApi } from '../support/fake-api.ts';
import { testLeaves, testList } from '../support/lists.ts';
import { dropSoftTokens, softTokens } from '../support/soft-tokens.ts';

let pki: Pki;
let api: FakeApi;
let home: AgentHome;

beforeAll(async () => {
  pki = await softTokens();
});
afterAll(() => dropSoftTokens(pki));
beforeEach(async () => {
  api = await startFakeApi(testList(testLeaves(2)));
  home = new AgentHome(pki, api);
});
afterEach(async () => {
  await api.close();
  home.remove();
});

describe('kyso agent status', () => {
  it('says whose this machine is, and that the agent does not run', async () => {
    expect(await statusCommand(home.folder)).toEqual({ running: null, enrolled: null, resumable: [] });
    await home.enrol();
    const report = await statusCommand(home.folder);
    expect(report).toMatchObject({ running: null, enrolled: { unit: { code: '760' }, storage: 'token' } });
    expect(statusText(report)).toContain('AGENT_NOT_RUNNING');
    expect(statusText(report)).toContain('Trung tâm Y tế Quận 1 (760)');
  });

  it('names the list that was signed and not handed in, until it is', async () => {
    await home.enrol();
    api.refuseOnce.set('/signatures', 'SESSION_ENDED');
    await home.sign();
    const { resumable } = await statusCommand(home.folder);
    expect(resumable).toMatchObject([
      { batchId: api.list.statement.batchId, mode: 'list', signed: 'yes', sequence: 1 },
    ]);
    await home.sign();
    expect((await statusCommand(home.folder)).resumable).toEqual([]);
  });
});

describe('what can be gone on with', () => {
  const place = { instance: 'test', kind: 'district', unit: '760' } as const;
  const of = {
    at: '2026-11-22T00:00:00Z',
    batchId: '01800000-0000-7000-9000-000000000001',
    statementSha256: 'A'.repeat(43),
  };
  const one = { ...of, signerSha256: 'B'.repeat(43) };
  const intent: Entry = {
    type: 'intent',
    ...one,
    ...place,
    sequence: 3,
    algorithm: 'RSA-PKCS1-SHA256',
    signedAttributes: '',
  };
  const other = { ...of, statementSha256: 'C'.repeat(43) };

  it.each<[string, Entry[], string[]]>([
    ['the token was asked, and nothing heard', [intent], ['perhaps']],
    ['the token refused', [intent, { type: 'unsigned', ...one, reason: 'PIN_WRONG' }], []],
    ['signed', [intent, { type: 'result', ...one, cms: '', cmsSha256: '' }], ['yes']],
    ['collected', [intent, { type: 'collected', ...of, ...place, sequence: 3 }], []],
    ['overtaken by a later list', [intent, { type: 'collected', ...other, ...place, sequence: 4 }], []],
    [
      'an earlier list was collected',
      [{ type: 'collected', ...other, ...place, sequence: 2 }, intent],
      ['perhaps'],
    ],
    [
      "another unit's list was collected",
      [intent, { type: 'collected', ...other, ...place, unit: '769', sequence: 4 }],
      ['perhaps'],
    ],
    ['items', [{ type: 'items', ...one, ...place, sequence: 3 }], ['perhaps']],
  ])('%s', (_name, entries, signed) => {
    expect(openBatches(entries).map((batch) => batch.signed)).toEqual(signed);
  });
});

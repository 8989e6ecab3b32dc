import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { signerNamed, type Pki } from '#certs-test/pki';
import { AgentHome } from '../support/agent-home.ts';
import { enrolmentCode, startFakeApi, type FakeApi } from '../support/fake-api.ts';
import { testLeaves, testList, testNumber } from '../support/lists.ts';
import { AGENT, runAgent } from '../support/run-agent.ts';
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
});
afterEach(async () => {
  await api.close();
  home.remove();
});

describe('kyso agent', () => {
  it('enrols and signs; the PIN and id numbers show nowhere', async () => {
    const { tokenSerial } = signerNamed(pki, 'district-760');
    const where = [
      '--api',
      api.origin,
      '--module',
      pki.modulePath,
      '--serial',
      tokenSerial,
      '--home',
      home.folder,
    ];
    const enrolled = await runAgent(['enrol', enrolmentCode, ...where, '--json']);
    expect(enrolled).toMatchObject({
      code: 0,
      report: { instance: 'test', unit: { code: '760' }, token: { serial: tokenSerial } },
    });
    const given = { pin: pki.pin, stdin: `${api.newTicket()}\n` };
    const { code, report, stdout, stderr } = await runAgent(
      ['sign', '--home', home.folder, '--yes', '--sample', '6', '--json'],
      given,
    );
    expect(code).toBe(0);
    expect(report).toMatchObject({ batchId: list.statement.batchId, count: 6, tokenOperations: 1 });
    expect(Object.keys(report['seconds'] as object).sort()).toEqual([
      'approve',
      'sign',
      'stream',
      'submit',
      'total',
    ]);
    expect(stderr).toContain('Trần Thị Thử');
    expect(stdout).not.toContain('Trần');
    expect(home.files()).not.toContain('Trần');
    const everything = stdout + stderr + home.files() + JSON.stringify(api.requests);
    expect(everything).not.toContain(pki.pin);
    for (let index = 0; index < 6; index++) expect(everything).not.toContain(testNumber(index));
  });

  it('says what refused, in both languages, and exits with 1', async () => {
    const run = await runAgent(['sign', api.newTicket(), '--home', home.folder]);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('AGENT_NOT_ENROLLED: Máy này chưa đăng ký');
    expect(run.stderr).toContain('This machine is not enrolled');
    expect((await runAgent(['sign', 'short', '--home', home.folder, '--json'])).report).toMatchObject({
      refused: 'TICKET_UNKNOWN',
    });
  });

  it('has no option for the PIN itself, and exits with 2 on wrong usage', async () => {
    expect((await runAgent(['sign', '--pin', '1234'])).code).toBe(2);
    expect((await runAgent(['sign', '--pin-fd', 'x'])).code).toBe(2);
    expect((await runAgent(['--help'])).code).toBe(0);
  });

  it('in production takes neither a PIN from a descriptor nor a yes from the command line', async () => {
    api.instance = 'production';
    await home.enrol();
    const sign = ['sign', api.newTicket(), '--home', home.folder, '--json'];
    expect((await runAgent([...sign, '--yes'])).report).toMatchObject({
      refused: 'APPROVAL_DECLINED',
      tokenOperations: 0,
    });
    expect((await runAgent(sign, { pin: pki.pin })).report).toMatchObject({
      refused: 'PIN_UNREADABLE',
      tokenOperations: 0,
    });
  });

  it('leaves a folder alone that others may enter', async () => {
    writeFileSync(join(home.folder, 'something'), '');
    chmodSync(home.folder, 0o755);
    expect((await runAgent(['sign', api.newTicket(), '--home', home.folder])).stderr).toContain(
      'CONFIG_INVALID',
    );
    expect(statSync(home.folder).mode & 0o777).toBe(0o755);
  });

  it('lists tokens, usable or why not, without a PIN', async () => {
    const { code, report } = await runAgent(['tokens', '--module', pki.modulePath, '--json']);
    expect(code).toBe(0);
    const tokens = report['tokens'] as {
      serial: string;
      pin: string;
      unusable: string | null;
      certificates: { keyType: string }[];
    }[];
    const of = (name: string) => tokens.find(({ serial }) => serial === signerNamed(pki, name).tokenSerial);
    expect(of('district-760')).toMatchObject({ unusable: null, certificates: [{ keyType: 'RSA-2048' }] });
    expect(of('district-769')).toMatchObject({ unusable: null, certificates: [{ keyType: 'P-256' }] });
    expect(of('bad-expired')).toMatchObject({ unusable: 'SIGNER_EXPIRED' });
    expect((await runAgent(['tokens', '--module', pki.modulePath])).stdout).toContain('kyso 760');
  });

  it('probes the modules it knows', async () => {
    const { report } = await runAgent(['tokens', '--json']);
    const tokens = report['tokens'] as { label: string }[];
    expect(tokens.map(({ label }) => label)).toContain('kyso 760');
  });
});

describe('on a terminal', () => {
  /** Answers each question when it is asked; gives all that the terminal showed. */
  async function onTerminal(
    answers: readonly (readonly [question: string, keys: string])[],
  ): Promise<{ shown: string; code: number | null }> {
    const argv = [process.execPath, AGENT, 'sign', api.newTicket(), '--home', home.folder, '--json'];
    const child = spawn('script', ['-qefc', argv.join(' '), '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let shown = '';
    let next = 0;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      const [question, keys] = answers[next] ?? [];
      if (question === undefined || !shown.includes(question)) return;
      next++;
      child.stdin.write(keys ?? '');
    });
    const [code] = (await once(child, 'close')) as [number | null];
    return { shown, code };
  }

  it('signs after a typed yes and a PIN that is not shown', async () => {
    await home.enrol();
    const { shown, code } = await onTerminal([
      ['để đồng ý: ', 'kx\u007fý\r'],
      ['PIN: ', `${pki.pin}\r`],
    ]);
    expect(code).toBe(0);
    expect(shown).toContain('"tokenOperations":1');
    expect(shown).not.toContain(pki.pin);
    expect(api.collected).toHaveLength(1);
  });

  it.each([
    ['a mere Enter', '\r'],
    ['a no', 'không\r'],
    ['Ctrl-C', '\u0003'],
  ])('declines at %s', async (_, keys) => {
    await home.enrol();
    const { shown, code } = await onTerminal([['để đồng ý: ', keys]]);
    expect(code).toBe(1);
    expect(shown).toContain('APPROVAL_DECLINED');
    expect(api.collected).toHaveLength(0);
    expect(api.requests.at(-1)?.line).toMatch(/^DELETE /);
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Fault } from '#certs-test/fault-module';
import type { Pki } from '#certs-test/pki';
import { readEnrolment, writeEnrolment } from '#signer-agent/config';
import { allowModule } from '#signer-agent/token/modules';
import { AgentHome } from '../support/agent-home.ts';
import { startFakeApi, type FakeApi } from '../support/fake-api.ts';
import { faultTokens } from '../support/fault-tokens.ts';
import { testLeaves, testList } from '../support/lists.ts';
import { AGENT } from '../support/run-agent.ts';
import { dropSoftTokens } from '../support/soft-tokens.ts';

/** Ctrl-C amid a batch that is signed record by record, at the agent as its own process, and the rest signed with a new ticket. */

const COUNT = 600;

let pki: Pki;
let fault: Fault;
let api: FakeApi;
let home: AgentHome;
/** whether the agent loads the module that counts: not where this checkout is not the administrator's */
let isCounted: boolean;

beforeAll(async () => {
  ({ pki, fault } = await faultTokens());
  api = await startFakeApi(testList(testLeaves(COUNT), { mode: 'each' }));
  home = new AgentHome(pki, api);
  await home.enrol();
  isCounted = isAllowed(fault.modulePath);
  if (isCounted) writeEnrolment(home, { ...readEnrolment(home), module: fault.modulePath });
  fault.reset();
});
afterAll(async () => {
  await api.close();
  home.remove();
  dropSoftTokens(pki);
});

function isAllowed(module: string): boolean {
  try {
    allowModule(module);
    return true;
  } catch {
    return false;
  }
}

type Ended = {
  readonly code: number | null;
  readonly said: string;
  readonly report: Record<string, unknown>;
};

/** @param interruptAfter how many records the API has, at the least, when Ctrl-C is pressed */
async function sign({ interruptAfter = Infinity }: { interruptAfter?: number } = {}): Promise<Ended> {
  const argv = [AGENT, 'sign', '--home', home.folder, '--yes', '--pin-fd', '3', '--json'];
  const child = spawn(process.execPath, argv, { stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
  let out = '';
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  api.before.set('POST /signatures', () => {
    if (api.items.size < interruptAfter) return;
    // once: a second Ctrl-C ends it at once
    api.before.delete('POST /signatures');
    child.kill('SIGINT');
  });
  child.stdin?.end(`${api.newTicket()}\n`);
  (child.stdio[3] as Writable).end(`${pki.pin}\n`);
  const [code] = (await once(child, 'close')) as [number | null];
  if (out === '') throw new Error(`ended with ${code ?? child.signalCode ?? ''}: ${said}`);
  return { code, said, report: JSON.parse(out) as Record<string, unknown> };
}

it('Ctrl-C keeps what is signed, ends with 4 and the counts, and a new ticket signs exactly the rest', async () => {
  const stopped = await sign({ interruptAfter: 1 });
  expect(stopped.code, stopped.said).toBe(4);
  const signed = Number(stopped.report['signed']);
  expect(stopped.report).toMatchObject({
    refused: 'SIGNING_STOPPED',
    skipped: 0,
    failed: 0,
    tokenOperations: signed,
  });
  expect(signed).toBeGreaterThan(0);
  expect(signed).toBeLessThan(COUNT);
  expect(stopped.said).toContain('Đã dừng theo yêu cầu. Phần đã ký được giữ; có thể ký tiếp phần còn lại.');
  expect(stopped.said).toContain(`Đã ký ${signed} hồ sơ, 0 đã ký từ trước, 0 lỗi.`);
  expect(api.items.size).toBe(signed);

  const rest = await sign();
  expect(rest.code, rest.said).toBe(0);
  expect(rest.report).toMatchObject({
    ...{ mode: 'each', count: COUNT, signed: COUNT - signed, skipped: signed, failed: 0 },
    tokenOperations: COUNT - signed,
  });
  expect(rest.said).toContain(`Đã ký ${COUNT - signed} hồ sơ, ${signed} đã ký từ trước,`);
  expect([...api.items.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: COUNT }, (_, i) => i));
  expect(api.received).toHaveLength(COUNT);
  if (isCounted) expect([fault.count('C_Sign'), fault.count('signatures')]).toEqual([COUNT, COUNT]);
});

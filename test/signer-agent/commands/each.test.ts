import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { base64url, utf8 } from '#core/bytes';
import { Refusal } from '#core/refusal';
import { signerNamed, type Pki } from '#certs-test/pki';
import { openPkcs11Token } from '#signer-agent/token/host';
import { AGENT_VERSION } from '#signer-agent/version';
import { sha256 } from '#verifier/crypto-node';
import { AgentHome } from '../support/agent-home.ts';
import { startFakeApi, type FakeApi } from '../support/fake-api.ts';
import { testLeaves, testList, testNumber } from '../support/lists.ts';
import { AGENT } from '../support/run-agent.ts';
import { dropSoftTokens, softTokens } from '../support/soft-tokens.ts';
import { TestDoor } from '../support/test-door.ts';
import { UnsteadyToken } from '../support/unsteady-token.ts';

const COUNT = 12;
const list = testList(testLeaves(COUNT), { mode: 'each' });
const ALL = Array.from({ length: COUNT }, (_, index) => index);
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

type ItemLine = { readonly type: string; readonly items?: [number, string][] };

function itemLines(): ItemLine[] {
  const lines = readFileSync(home.itemsFile(), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as ItemLine);
}

function indexesOf(lines: readonly ItemLine[], type: string): number[] {
  return lines
    .filter((line) => line.type === type)
    .flatMap(({ items = [] }) => items.map(([index]) => index));
}

const storedAt = () => [...api.items.keys()].sort((a, b) => a - b);

/** Its module, wrapped. */
function unsteady(after?: number, code?: ConstructorParameters<typeof UnsteadyToken>[2]): UnsteadyToken {
  return new UnsteadyToken(openPkcs11Token(pki.modulePath), after, code);
}

describe('signing record by record', () => {
  it('signs each record once with one PIN; the API gets what it can verify', async () => {
    const { report, refused, counts, door } = await home.signAtDoor();
    expect(refused).toBeNull();
    expect(report).toMatchObject({ mode: 'each', count: COUNT, signed: COUNT, skipped: 0, failed: 0 });
    expect(report).toMatchObject({ tokenOperations: COUNT, resumed: false });
    expect(counts).toEqual({ tokenOperations: COUNT, signed: COUNT, skipped: 0, failed: 0 });
    expect(storedAt()).toEqual(ALL);
    expect(api.received).toHaveLength(COUNT);
    expect(door.unlocked).toHaveLength(1);
    expect(door.summaries[0]).toMatchObject({
      signedItems: 0,
      earlier: { perhapsSigned: 0 },
      revocation: 'good',
    });
    expect(home.journalTypes()).toEqual(['items', 'collected']);
    expect(api.requests.every(({ userAgent }) => userAgent === `kyso-agent/${AGENT_VERSION}`)).toBe(true);
  });

  it('has written down every intent before its result, in windows, for its owner only', async () => {
    await home.signAtDoor();
    const lines = itemLines();
    expect(lines[0]?.type).toBe('opened');
    for (const [at, line] of lines.entries())
      if (line.type === 'results')
        for (const [index] of line.items ?? [])
          expect(indexesOf(lines.slice(0, at), 'intents')).toContain(index);
    expect(indexesOf(lines, 'intents')).toEqual(ALL);
    expect(indexesOf(lines, 'results')).toEqual(ALL);
    expect(statSync(home.itemsFile()).mode & 0o777).toBe(0o600);
    const written = home.files();
    for (const secret of [pki.pin, 'Nguyễn', testNumber(0)]) expect(written).not.toContain(secret);
  });

  it.each(['district-769', 'district-760'])('signs with the key of %s', async (name) => {
    await home.enrol(name);
    const { report } = await home.signAtDoor({ pss: name === 'district-760' });
    expect(report).toMatchObject({ signed: COUNT });
    expect(storedAt()).toEqual(ALL);
  });

  it('tells how far it is and how long it takes', async () => {
    const { door } = await home.signAtDoor();
    const done = door.progresses.filter(({ stage }) => stage === 'sign').map(({ done: value }) => value);
    expect(done[0]).toBe(0);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(door.progresses.at(-1)).toEqual({ stage: 'sign', done: COUNT, total: COUNT, secondsLeft: 0 });
  });

  it('tries a wrong PIN once and signs nothing', async () => {
    const door = new TestDoor('99999999', pki.pin);
    expect(await home.signAtDoor({ door })).toMatchObject({ refused: 'PIN_WRONG', counts: { signed: 0 } });
    expect(door.unlocked).toHaveLength(1);
    expect(api.items.size).toBe(0);
    expect(await home.signAtDoor()).toMatchObject({ refused: null, report: { signed: COUNT } });
  });

  it('takes no signature that does not hold', async () => {
    const token = unsteady();
    token.spoilt = 5;
    expect(await home.signAtDoor({ openToken: () => token })).toMatchObject({
      refused: 'KEY_MISMATCH',
      counts: { signed: 5, failed: 1 },
    });
    expect(storedAt()).toEqual([0, 1, 2, 3, 4]);
    expect(indexesOf(itemLines(), 'results')).toEqual([0, 1, 2, 3, 4]);
  });

  it('refuses before the PIN where this clock is wrong, and where the certificate cannot be checked', async () => {
    api.aheadSeconds = 600;
    expect(await home.signAtDoor()).toMatchObject({ refused: 'CLOCK_WRONG' });
    api.aheadSeconds = 0;
    api.pki = null;
    const { refused, door } = await home.signAtDoor();
    expect(refused).toBe('REVOCATION_UNKNOWN');
    expect(door.unlocked).toHaveLength(0);
  });
});

describe('stopped', () => {
  async function stoppedAfter(items: number) {
    const door = new TestDoor(pki.pin);
    door.onProgress = ({ stage, done }) => {
      if (stage === 'sign' && done >= items) door.wantStop();
    };
    return home.signAtDoor({ door });
  }

  it('keeps and hands in what is signed; a new ticket signs the rest', async () => {
    const stopped = await stoppedAfter(2);
    expect(stopped.refused).toBe('SIGNING_STOPPED');
    const signed = stopped.counts?.signed ?? 0;
    expect(signed).toBeGreaterThanOrEqual(2);
    expect(signed).toBeLessThan(COUNT);
    expect(storedAt()).toEqual(ALL.slice(0, signed));
    expect(api.requests.at(-1)?.line).toMatch(/^DELETE /);
    const rest = await home.signAtDoor();
    expect(rest.report).toMatchObject({
      signed: COUNT - signed,
      skipped: signed,
      tokenOperations: COUNT - signed,
    });
    expect(rest.door.summaries[0]).toMatchObject({ signedItems: signed });
    expect(storedAt()).toEqual(ALL);
    expect(api.received).toHaveLength(COUNT);
  });

  it.each([
    ['while the list is received', 'GET /leaves'],
    ['while the sample is fetched', 'GET /0'],
  ])('%s, shows no list and asks no PIN', async (_, request) => {
    api.list = testList(testLeaves(1), { mode: 'each' });
    const door = new TestDoor(pki.pin);
    api.before.set(request, () => door.wantStop());
    expect(await home.signAtDoor({ door })).toMatchObject({ refused: 'SIGNING_STOPPED' });
    expect(door.summaries).toHaveLength(0);
    expect(door.unlocked).toHaveLength(0);
  });

  it('after the yes, is asked no PIN', async () => {
    const door = new TestDoor(pki.pin);
    Object.assign(door, {
      approve: () => {
        door.wantStop();
        return Promise.resolve();
      },
    });
    expect(await home.signAtDoor({ door })).toMatchObject({ refused: 'SIGNING_STOPPED' });
    expect(door.unlocked).toHaveLength(0);
  });

  it('before the PIN is given, signs nothing', async () => {
    const door = new TestDoor(pki.pin);
    door.wantStop();
    expect(await home.signAtDoor({ door })).toMatchObject({
      refused: 'SIGNING_STOPPED',
      counts: { signed: 0, tokenOperations: 0 },
    });
  });
});

describe('the token', () => {
  it('may be pulled out: it pauses, asks the PIN of the same token again and signs nothing twice', async () => {
    const token = unsteady(4);
    const { report, door } = await home.signAtDoor({ openToken: () => token });
    expect(report).toMatchObject({ signed: COUNT, tokenOperations: COUNT });
    expect(door.pauses.map(({ code }) => code)).toEqual(['TOKEN_REMOVED']);
    const { tokenSerial } = signerNamed(pki, 'district-760');
    expect(door.unlocked.map(({ serial }) => serial)).toEqual([tokenSerial, tokenSerial]);
    expect(new Set(token.signed).size).toBe(COUNT);
    expect(api.received).toHaveLength(COUNT);
  });

  it('may crash its driver: the same', async () => {
    const token = unsteady(4, 'MODULE_FAILED');
    const { report, door } = await home.signAtDoor({ openToken: () => token });
    expect(report).toMatchObject({ signed: COUNT, tokenOperations: COUNT });
    expect(door.pauses.map(({ code }) => code)).toEqual(['MODULE_FAILED']);
  });

  it('that crashes its driver at once is not asked for ever', async () => {
    const token = unsteady(0, 'MODULE_FAILED');
    expect(await home.signAtDoor({ openToken: () => token })).toMatchObject({ refused: 'MODULE_FAILED' });
  });

  it('gets one try with a wrong PIN after it was pulled out; what was signed is handed in', async () => {
    const door = new TestDoor(pki.pin, '99999999');
    const outcome = await home.signAtDoor({ openToken: () => unsteady(4), door });
    expect(outcome).toMatchObject({ refused: 'PIN_WRONG', counts: { signed: 4 } });
    expect(door.unlocked).toHaveLength(2);
    expect(storedAt()).toEqual([0, 1, 2, 3]);
  });

  it('that wants its PIN for each signature is refused', async () => {
    const token = unsteady();
    token.openSigner = () => Promise.reject(new Refusal('TOKEN_WANTS_PIN_EACH'));
    expect(await home.signAtDoor({ openToken: () => token })).toMatchObject({
      refused: 'TOKEN_WANTS_PIN_EACH',
      counts: { signed: 0 },
    });
  });

  it('may be stopped while it is out', async () => {
    const token = unsteady(4);
    const door = new TestDoor(pki.pin);
    const present = token.list.bind(token);
    token.list = async (options) => {
      if (door.pauses.length === 0) return present(options);
      door.wantStop();
      return [];
    };
    expect(await home.signAtDoor({ openToken: () => token, door })).toMatchObject({
      refused: 'SIGNING_STOPPED',
      counts: { signed: 4 },
    });
    expect(storedAt()).toEqual([0, 1, 2, 3]);
  });
});

describe('the API', () => {
  it('may be away for a moment: the same windows are the same requests', async () => {
    api.cut.set('POST /signatures', 3);
    expect(await home.signAtDoor()).toMatchObject({ report: { signed: COUNT, tokenOperations: COUNT } });
    expect(api.received).toHaveLength(COUNT);
    const keys = api.requests
      .filter(({ line }) => /^POST .*signatures$/.test(line))
      .map((r) => r.idempotencyKey);
    expect(keys.length).toBe(new Set(keys).size + 3);
  });

  it('may end the session: everything signed is journalled and handed in with a new ticket', async () => {
    api.leaseSeconds = 3;
    api.cut.set('POST /signatures', 1000);
    api.before.set('POST /signatures', () => api.refuseOnce.set('/heartbeats', 'SESSION_ENDED'));
    const ended = await home.signAtDoor();
    expect(ended.refused).toBe('SESSION_ENDED');
    const signed = ended.counts?.signed ?? 0;
    expect(signed).toBeGreaterThan(0);
    expect(api.items.size).toBe(0);
    api.cut.clear();
    api.before.clear();
    api.refuseOnce.clear();
    const again = await home.signAtDoor();
    expect(again.report).toMatchObject({
      skipped: signed,
      signed: COUNT - signed,
      tokenOperations: COUNT - signed,
    });
    expect(storedAt()).toEqual(ALL);
  });

  it('ends the session with the last item, which is no failure', async () => {
    const token = unsteady();
    const late = token.openSigner.bind(token);
    token.openSigner = async (...asked) => {
      const signer = await late(...asked);
      const close = async () => {
        await signer.close();
        // collected, and the next heartbeat says that the session is over
        for (let tries = 0; tries < 100 && api.items.size < COUNT; tries++) await wait(20);
        api.refuseOnce.set('/heartbeats', 'SESSION_ENDED');
        for (let tries = 0; tries < 200 && api.refuseOnce.size > 0; tries++) await wait(20);
        await wait(50);
      };
      return { otherCertificates: [], sign: (messages) => signer.sign(messages), close };
    };
    api.leaseSeconds = 3;
    expect(await home.signAtDoor({ openToken: () => token })).toMatchObject({
      refused: null,
      report: { signed: COUNT },
    });
    expect(home.journalTypes()).toEqual(['items', 'collected']);
  });

  it('may refuse a window: signing ends, and says how many', async () => {
    api.refuseOnce.set('POST /signatures', 'SIGNATURE_INVALID');
    const { refused, counts } = await home.signAtDoor();
    expect(refused).toBe('SIGNATURE_INVALID');
    expect(counts?.failed).toBeGreaterThan(0);
  });

  it('has items of another machine: they are skipped and counted', async () => {
    const other = new AgentHome(pki, api);
    await other.enrol();
    const door = new TestDoor(pki.pin);
    door.onProgress = ({ stage, done }) => {
      if (stage === 'sign' && done > 0) door.wantStop();
    };
    const first = await other.signAtDoor({ door });
    const signed = first.counts?.signed ?? 0;
    other.remove();
    await home.enrol();
    const { report } = await home.signAtDoor();
    expect(report).toMatchObject({
      skipped: signed,
      signed: COUNT - signed,
      tokenOperations: COUNT - signed,
    });
    expect(storedAt()).toEqual(ALL);
    expect(api.received).toHaveLength(COUNT);
  });

  it('that claims what it has not gets the rest; nothing is signed twice, and the claim is counted', async () => {
    api.claimed = [[3, 6]];
    const { refused, counts } = await home.signAtDoor();
    expect(refused).toBe('API_ANSWER_INVALID');
    expect(counts).toMatchObject({ skipped: 4, signed: COUNT - 4 });
    api.claimed = null;
    expect(await home.signAtDoor()).toMatchObject({
      report: { skipped: COUNT - 4, signed: 4, tokenOperations: 4 },
    });
    expect(api.received).toHaveLength(COUNT);
  });

  it.each([
    ['more than there are', [[0, COUNT]]],
    ['backwards', [[5, 3]]],
    [
      'twice',
      [
        [0, 3],
        [3, 4],
      ],
    ],
  ] as [string, [number, number][]][])('is refused where it claims %s', async (_, claimed) => {
    api.claimed = claimed;
    expect(await home.signAtDoor()).toMatchObject({
      refused: 'API_ANSWER_INVALID',
      counts: { tokenOperations: 0 },
    });
  });

  it('that claims all of it in an open batch is not believed to have collected it', async () => {
    api.claimed = [[0, COUNT - 1]];
    expect(await home.signAtDoor()).toMatchObject({
      refused: 'BATCH_ALREADY_SIGNED',
      counts: { skipped: COUNT },
    });
    expect(() => home.journalTypes()).toThrow();
  });
});

describe('killed at any point', () => {
  let whole: {
    readonly home: string;
    readonly lines: readonly string[];
    readonly cms: ReadonlyMap<number, string>;
  };

  beforeEach(async () => {
    expect((await home.signAtDoor()).refused).toBeNull();
    const saved = `${home.folder}-saved`;
    cpSync(home.folder, saved, { recursive: true });
    const lines = readFileSync(home.itemsFile(), 'utf8').split('\n').slice(0, -1);
    const cms = new Map([...api.items].map(([index, der]) => [index, base64url(sha256(der))]));
    whole = { home: saved, lines, cms };
    api.items.clear();
    api.received.length = 0;
    const [begun = ''] = readFileSync(join(saved, 'journal.ndjson'), 'utf8').split('\n');
    writeFileSync(join(home.folder, 'journal.ndjson'), `${begun}\n`);
  });
  afterEach(() => rmSync(whole.home, { recursive: true, force: true }));

  /** One window at the end of every second line: eight lines and the opening. */
  const cuts = ALL.slice(0, 10).flatMap((lines) => [
    { lines, torn: 0 },
    { lines, torn: 40 },
  ]);

  it.each(cuts)('after $lines lines and $torn bytes', async ({ lines, torn }) => {
    const kept = whole.lines.slice(0, lines);
    const next = (whole.lines[lines] ?? '').slice(0, torn);
    writeFileSync(home.itemsFile(), kept.map((line) => line + '\n').join('') + next);
    const parsed = kept.map((line) => JSON.parse(line) as ItemLine);
    const results = indexesOf(parsed, 'results');
    const perhaps = indexesOf(parsed, 'intents').filter((index) => !results.includes(index));
    const token = unsteady();
    const { report, door } = await home.signAtDoor({ openToken: () => token });
    expect(report).toMatchObject({ signed: COUNT - results.length, skipped: results.length });
    expect(token.signed).toHaveLength(COUNT - results.length);
    if (results.length < COUNT)
      expect(door.summaries[0]).toMatchObject({ earlier: { perhapsSigned: perhaps.length } });
    expect(storedAt()).toEqual(ALL);
    expect(api.received).toHaveLength(COUNT);
    // RSA PKCS #1 v1.5 gives the same signature for the same bytes: so these are the same bytes
    for (const index of [...results, ...perhaps])
      expect(api.received.find((item) => item.index === index)?.sha256).toBe(whole.cms.get(index));
  });

  it('but not with bytes that the journal has of another item', async () => {
    const [opened = '', intents = ''] = whole.lines;
    const { items = [], ...line } = JSON.parse(intents) as ItemLine;
    const moved = { ...line, items: items.map(([index, bytes]) => [index + 1, bytes]) };
    writeFileSync(home.itemsFile(), `${opened}\n${JSON.stringify(moved)}\n`);
    expect(await home.signAtDoor()).toMatchObject({
      refused: 'AGENT_STATE_DAMAGED',
      counts: { signed: 0, tokenOperations: 0 },
    });
  });

  it('but not where a whole line was changed', async () => {
    const text = readFileSync(home.itemsFile(), 'utf8');
    writeFileSync(home.itemsFile(), text.replace('"results"', '"resolts"'));
    expect(await home.signAtDoor()).toMatchObject({ refused: 'AGENT_STATE_DAMAGED' });
    writeFileSync(
      home.itemsFile(),
      text.replace(/"statementSha256":"[^"]*"/, `"statementSha256":"${digestText('x')}"`),
    );
    expect(await home.signAtDoor()).toMatchObject({ refused: 'BATCH_CHANGED' });
  });
});

it('is stopped by Ctrl-C after the signature in hand, and says how far it came', async () => {
  const many = 2000;
  api.list = testList(testLeaves(many), { mode: 'each' });
  const argv = [AGENT, 'sign', api.newTicket(), '--home', home.folder, '--yes', '--pin-fd', '3', '--json'];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  (child.stdio[3] as Writable).end(`${pki.pin}\n`);
  let said = '';
  let report = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (report += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (!said.includes(`đã ký 0 / ${many}`) && (said + text).includes(`đã ký 0 / ${many}`))
      child.kill('SIGINT');
    said += text;
  });
  await once(child, 'close');
  const ended = JSON.parse(report) as { refused: string; signed: number; tokenOperations: number };
  expect(ended.refused).toBe('SIGNING_STOPPED');
  expect(ended.signed).toBeLessThan(many);
  expect(ended.signed).toBe(ended.tokenOperations);
  expect(api.items.size).toBe(ended.signed);
  expect(said).not.toContain(pki.pin);
});

function digestText(text: string): string {
  return createHash('sha256').update(utf8(text)).digest('base64url');
}

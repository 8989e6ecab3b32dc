import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signerNamed } from '#certs-test/pki';
import { base64url } from '#core/bytes';
import type { Row } from '#core/record/row';
import { shortDigest } from '#core/sign/short-digest';
import { enrolCommand } from '#signer-agent/commands/enrol';
import { buildApp } from '#signing-api/app';
import { sha256 } from '#verifier/crypto-node';
import { makeWorld, untilFrozen, type World } from '../support/world.ts';
import { filesBelow, leaksIn, type Secrets } from './support/leak-search.ts';
import { bringIn } from './support/new-batch.ts';
import { WatchedAgent } from './support/watched-agent.ts';

/**
 * A PIN, a ticket, the secret of a session and what a record says of a person must stay where they belong. Everything that the agent writes,
 * says or shows to other programs of its machine is searched for them after whole runs, and so is the API's log.
 */

const COUNT = 12;
const WRITTEN_BY_THE_AGENT = 'agent';

let world: World;
let app: Awaited<ReturnType<typeof buildApp>>;
let api: string;
let log = '';
let key: string;
let deviceId: string;
/** all that the agent could write to: its folder, its home, its folder for temporary files */
let folder: string;
const rows: Row[] = [];
const tickets: string[] = [];
/** as sent in the Authorization header */
const bearers = new Set<string>();

beforeAll(async () => {
  world = await makeWorld();
  key = await world.key('district', '760');
  await startLoggedApi();
  folder = mkdtempSync(join(tmpdir(), 'kyso-leaks-'));
  for (const name of ['tmp', 'home', 'work']) mkdirSync(join(folder, name));
  process.env['SOFTHSM2_CONF'] = world.pki.environment.SOFTHSM2_CONF;
  const { body } = await world.call('POST', '/v1/enrolments', { key, body: {} });
  ({ deviceId } = await enrolCommand({
    home: join(folder, WRITTEN_BY_THE_AGENT),
    code: String(body['code']),
    api,
    module: world.pki.modulePath,
    serial: signerNamed(world.pki, 'district-760').tokenSerial,
    phrase: 'Con mèo mướp thích mưa',
    lastTry: false,
  }));
});
afterAll(async () => {
  await app.close();
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The world's service once more, on a port of its own, with every line of its log kept. */
async function startLoggedApi(): Promise<void> {
  const { service } = world;
  const kept = new Writable({
    write(chunk: Buffer, _encoding, done) {
      log += chunk.toString('utf8');
      done();
    },
  });
  app = await buildApp({ ...service, config: { ...service.config, logLevel: 'debug' } }, kept);
  app.server.prependListener('request', ({ url, headers }) => {
    const { authorization } = headers;
    if (url?.startsWith('/v1/signing-sessions/') && authorization !== undefined)
      bearers.add(authorization.slice('Bearer '.length));
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  api = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
}

type Frozen = { readonly ticket: string; readonly batchId: string; readonly statement: Uint8Array };

/** New people, frozen, with a ticket for this machine. */
async function newBatch(mode: 'list' | 'each'): Promise<Frozen> {
  rows.push(...(await bringIn(world, COUNT)));
  const made = await world.call('POST', '/v1/batches', { key, body: { mode } });
  const batchId = String(made.body['batchId']);
  const { statement } = await untilFrozen(world, key, batchId);
  const { body } = await world.call('POST', `/v1/batches/${batchId}/tickets`, { key, body: { deviceId } });
  const ticket = String(body['ticket']);
  tickets.push(ticket);
  return { ticket, batchId, statement: Buffer.from(String(statement)) };
}

function agent(...argv: string[]): WatchedAgent {
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: join(folder, 'home'),
    TMPDIR: join(folder, 'tmp'),
    ...world.pki.environment,
  };
  return new WatchedAgent([...argv, '--home', join(folder, WRITTEN_BY_THE_AGENT)], env, join(folder, 'work'));
}

/** Not everything that must stay secret is known before the runs are over. */
function keys(): Secrets {
  const named = (what: string, values: readonly string[]) =>
    values.map((value, i) => [`${what} ${i + 1}`, value] as const);
  return new Map([['PIN', world.pki.pin], ...named('ticket', tickets), ...named('session', [...bearers])]);
}

function people(): Secrets {
  const found = rows.flatMap(({ name = '', birthDate = '', idNumber = '' }, i) => {
    const [year, month, day] = birthDate.split('-');
    return [
      [`name ${i}`, name],
      [`name ${i} without marks`, withoutMarks(name)],
      [`name ${i} in a passport`, withoutMarks(name).toUpperCase()],
      [`id number ${i}`, idNumber],
      ...(day === undefined
        ? []
        : [
            [`birth date ${i}`, birthDate],
            [`birth date ${i} as people write it`, `${day}/${month ?? ''}/${year ?? ''}`],
          ]),
    ] as [string, string][];
  });
  return new Map(found.map(([what, value]) => [what, value]));
}

function withoutMarks(name: string): string {
  return name.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('đ', 'd').replaceAll('Đ', 'D');
}

/** What may be found nowhere. */
function everything(): Secrets {
  return new Map([...keys(), ...people()]);
}

function expectClean(what: string, text: string | Uint8Array, secrets = everything()): void {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  expect(leaksIn(bytes, secrets), what).toEqual([]);
}

function expectUnseen(agent: WatchedAgent): void {
  const seen = [...agent.seen];
  // the agent and the process that has the driver
  expect(seen.some((text) => text.includes('pkcs11-child'))).toBe(true);
  expect(seen.some((text) => text.includes(`TMPDIR=${folder}`))).toBe(true);
  for (const text of seen) expectClean('arguments and environment', text);
}

function expectNothingWritten(): void {
  const files = filesBelow(folder);
  expect(files.map(({ path }) => path)).toContain(join(folder, WRITTEN_BY_THE_AGENT, 'journal.ndjson'));
  for (const { path, bytes } of files) {
    expectClean(path, path);
    expectClean(path, bytes);
  }
}

describe.each(['list', 'each'] as const)('after a batch of mode %s at the terminal', (mode) => {
  it('nothing is left but on the screen', async () => {
    const { ticket, batchId } = await newBatch(mode);
    const run = agent('sign', '--yes', '--pin-fd', '3', '--json').give(ticket, world.pki.pin);
    expect(await run.ended(), run.err).toMatchObject({ mode, batchId, count: COUNT });
    expectUnseen(run);
    expectClean('standard output', run.out);
    // standard error is the signer's screen: a sample of the records is shown there on purpose, but nothing else
    expectClean('standard error', run.err, keys());
    expect(leaksIn(Buffer.from(run.err), people())).not.toEqual([]);
    expectNothingWritten();
  });
});

describe('after a batch at the page', () => {
  it('nothing is left', async () => {
    const { ticket, statement } = await newBatch('list');
    const run = agent('serve', '--port', '0', '--json');
    try {
      while (!run.out.includes('\n')) await once(run.process.stdout ?? run.process, 'data');
      const page = new Page(String(run.said()['page']));
      await page.load();
      await page.say('ticket', { ticket });
      await page.until('review');
      // the signer looks for someone, by name
      const found = await page.say('search', { text: rows.at(-1)?.name ?? '' });
      expect(found).toContain(rows.at(-1)?.name);
      const statementSha256 = base64url(sha256(statement));
      await page.say('approve', { shortDigest: shortDigest(sha256(statement)), statementSha256 });
      await page.until('pin');
      await page.bringPin(world.pki.pin, statementSha256);
      expect(await page.until('result')).toContain('Đã ký xong');
      // while it still serves
      expectNothingWritten();
    } finally {
      await run.stop();
    }
    expectUnseen(run);
    expectClean('standard output', run.out);
    expectClean('standard error', run.err);
    expectNothingWritten();
  });
});

it("the API's log tells of the requests, and of nothing in them", () => {
  for (const route of ['/v1/signing-sessions', '/v1/signing-sessions/:sessionId/signatures', '/v1/devices'])
    expect(log).toContain(`"route":"${route}"`);
  expectClean('log', log);
});

describe('the search itself', () => {
  it('looks for a session of each run, and for every person', () => {
    expect(tickets).toHaveLength(3);
    expect(bearers.size).toBe(3);
    expect(rows).toHaveLength(3 * COUNT);
    for (const [what, secret] of everything()) expect(secret.length, what).toBeGreaterThanOrEqual(5);
  });

  const around = (bytes: Uint8Array, before: string) =>
    Buffer.concat([Buffer.from(before), bytes, Buffer.from('}')]);
  it.each<[string, (secret: Buffer) => Uint8Array]>([
    ['as it is', (secret) => around(secret, '{')],
    ...['', '{', '{"', '{"a'].map((before): [string, (secret: Buffer) => Uint8Array] => [
      `in base64 after ${before.length} bytes`,
      (secret) => Buffer.from(around(secret, before).toString('base64')),
    ]),
    ['in base64url', (secret) => Buffer.from(around(secret, '{').toString('base64url'))],
    ['in hexadecimal', (secret) => Buffer.from(around(secret, '{').toString('hex'))],
    ['in capital hexadecimal', (secret) => Buffer.from(around(secret, '{').toString('hex').toUpperCase())],
  ])('finds each of them where it is planted in a file, %s', (_, write) => {
    const file = join(folder, 'work', 'planted');
    for (const [what, secret] of everything()) {
      writeFileSync(file, write(Buffer.from(secret)));
      const planted = filesBelow(join(folder, 'work')).find(({ path }) => path === file);
      expect(leaksIn(planted?.bytes ?? new Uint8Array(), everything())).toContain(what);
    }
    rmSync(file);
    expect(() => expectClean('planted', write(Buffer.from(world.pki.pin)))).toThrow('planted');
  });
});

/** The agent's page, as its own script speaks to the agent. */
class Page {
  readonly #url: URL;
  #key = '';

  constructor(address: string) {
    this.#url = new URL(address);
  }

  async load(): Promise<void> {
    const text = await this.#ask('GET', this.#url.pathname, {});
    this.#key = /name="kyso-page-key" content="([A-Za-z0-9_-]{43})"/.exec(text)?.[1] ?? '';
  }

  say(action: string, body: object): Promise<string> {
    return this.#post(action, { 'content-type': 'application/json' }, JSON.stringify(body));
  }

  bringPin(pin: string, statementSha256: string): Promise<string> {
    const headers = { 'content-type': 'application/octet-stream', 'kyso-statement': statementSha256 };
    return this.#post('pin', headers, pin);
  }

  /** @returns what stands there */
  async until(screen: string): Promise<string> {
    for (let seen = 0; ;) {
      const shown = JSON.parse(await this.say('state', { seen })) as { [of in 'name' | 'main']: string } & {
        readonly revision: number;
      };
      if (shown.name === screen) return shown.main;
      if (shown.name === 'result') throw new Error(shown.main);
      seen = shown.revision;
    }
  }

  #post(action: string, headers: Record<string, string>, body: string): Promise<string> {
    const own = { origin: this.#url.origin, 'kyso-page-key': this.#key };
    return this.#ask('POST', `/do/${action}`, { ...own, ...headers }, body);
  }

  async #ask(method: string, path: string, headers: Record<string, string>, body = ''): Promise<string> {
    const { host, port } = this.#url;
    const asked = request({
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: { ...headers, host },
      agent: false,
    });
    asked.end(body);
    const [answer] = (await once(asked, 'response')) as [AsyncIterable<Buffer> & { statusCode: number }];
    let text = '';
    for await (const chunk of answer) text += chunk.toString('utf8');
    if (answer.statusCode >= 400) throw new Error(text);
    return text;
  }
}

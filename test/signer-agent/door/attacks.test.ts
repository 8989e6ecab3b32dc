import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Pki } from '#certs-test/pki';
import type { Step } from '#signer-agent/door/signing-state';
import { base64url } from '#core/bytes';
import { shortDigest } from '#core/sign/short-digest';
import { startFakeApi, type FakeApi } from '../support/fake-api.ts';
import { testLeaves, testList } from '../support/lists.ts';
import { dropSoftTokens, softTokens } from '../support/soft-tokens.ts';
import { readRaw, sayRaw, type RawAnswer } from './support/raw-http.ts';
import { ServedDoor } from './support/served-door.ts';

let pki: Pki;
let api: FakeApi;
let door: ServedDoor;
let key: string;
/** a signing that waits for the signer's yes: what an attacker would want to give */
let waiting: Step & { at: 'review' };

beforeAll(async () => {
  pki = await softTokens();
  api = await startFakeApi(testList(testLeaves(12)));
  door = await ServedDoor.open(pki, api, { headersMs: 500, requestMs: 500, connections: 64 });
  key = await door.loadPage();
  await door.post(key, 'ticket', { ticket: api.newTicket() });
  await door.until('review');
  waiting = stepInReview();
});

afterAll(async () => {
  await door.close();
  await api.close();
  dropSoftTokens(pki);
});

function stepInReview(): Step & { at: 'review' } {
  const { step } = door.door.session.signing;
  if (step.at !== 'review') throw new Error(`the signing stands at ${step.at}`);
  return step;
}

function approval(): string {
  const { statementDigest } = waiting.summary;
  return JSON.stringify({
    shortDigest: shortDigest(statementDigest),
    statementSha256: base64url(statementDigest),
  });
}

type Changed = Readonly<Record<string, string | null>>;

/** The page's own approval, with some headers changed or (null) left out. */
function approve(changed: Changed, method = 'POST', body = approval()): Promise<RawAnswer> {
  const headers: Record<string, string | null> = {
    Host: door.host,
    Origin: door.door.origin,
    'Kyso-Page-Key': key,
    'Content-Type': 'application/json',
    ...changed,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === null ? [] : [`${name}: ${value}`],
  );
  return sayRaw(door.port, [`${method} /do/approve HTTP/1.1`, ...lines], body);
}

/** The headers that the page itself sends. */
function own(contentType = 'application/json'): string[] {
  return [
    `Host: ${door.host}`,
    `Origin: ${door.door.origin}`,
    `Kyso-Page-Key: ${key}`,
    `Content-Type: ${contentType}`,
  ];
}

function expectNothingDone(): void {
  expect(stepInReview()).toBe(waiting);
  expect(api.collected).toEqual([]);
  expect(door.ended).toEqual([]);
}

describe('the door, spoken to by others than its page', () => {
  const other = 'http://evil.example';
  it.each<[string, string, Changed]>([
    ['a forged Host', "Host is not this door's", { Host: 'evil.example' }],
    ['a name that was rebound to this machine', "Host is not this door's", { Host: 'rebound.example:17650' }],
    ['localhost as Host', "Host is not this door's", { Host: 'localhost:1' }],
    ['this address without its port', "Host is not this door's", { Host: '127.0.0.1' }],
    ['a Host with another port', "Host is not this door's", { Host: '127.0.0.1:17640' }],
    ['a forged Origin', "Origin is not this door's", { Origin: other }],
    ['the Origin of another port', "Origin is not this door's", { Origin: 'http://127.0.0.1:17640' }],
    ['the Origin of a sandboxed page', "Origin is not this door's", { Origin: 'null' }],
    ['no Origin', 'Origin is missing', { Origin: null }],
    [
      'a request that the browser says comes from elsewhere',
      'sent from another site',
      { 'Sec-Fetch-Site': 'cross-site' },
    ],
    ['a page of another port', 'sent from another site', { 'Sec-Fetch-Site': 'same-site' }],
    ['no page key', 'page key is missing', { 'Kyso-Page-Key': null }],
    ['a guessed page key', 'page key is not the current one', { 'Kyso-Page-Key': 'A'.repeat(43) }],
    ['a simple POST of text', 'content type', { 'Content-Type': 'text/plain' }],
    ['a form', 'content type', { 'Content-Type': 'application/x-www-form-urlencoded' }],
    ['a form with parts', 'content type', { 'Content-Type': 'multipart/form-data; boundary=x' }],
    ['no content type', 'content type', { 'Content-Type': null }],
  ])('refuses %s', async (_, detail, changed) => {
    const { status, refused } = await approve(changed);
    expect({ status, refused }).toEqual({ status: 403, refused: `DOOR_FORBIDDEN: ${detail}` });
    expectNothingDone();
  });

  it('refuses a second Host, of which Node would take the first', async () => {
    const lines = ['POST /do/approve HTTP/1.1', `Host: ${door.host}`, 'Host: evil.example'];
    const { status, refused } = await sayRaw(door.port, lines, approval());
    expect(status).toBe(403);
    expect(refused).toMatch(/^DOOR_FORBIDDEN/);
    expectNothingDone();
  });

  it('refuses a second Origin', async () => {
    const { refused } = await approve({ origin: 'http://evil.example' });
    expect(refused).toBe('DOOR_FORBIDDEN: Origin is missing');
    expectNothingDone();
  });

  it.each(['OPTIONS', 'GET', 'PUT', 'DELETE', 'PATCH'])('refuses %s', async (method) => {
    const { status, refused, headers } = await approve({ 'Access-Control-Request-Method': 'POST' }, method);
    expect({ status, refused }).toEqual({ status: 403, refused: 'DOOR_FORBIDDEN: method' });
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    expectNothingDone();
  });

  it('refuses a body that is too large, said or not', async () => {
    const large = await approve({}, 'POST', JSON.stringify({ text: 'x'.repeat(20_000) }));
    expect(large.refused).toBe('DOOR_FORBIDDEN: body too large');
    const chunk = `1000\r\n${'x'.repeat(0x1000)}\r\n`;
    const chunked = await readRaw(
      door.port,
      [
        'POST /do/approve HTTP/1.1',
        ...own(),
        'Transfer-Encoding: chunked',
        '',
        chunk.repeat(5) + '0\r\n\r\n',
      ].join('\r\n'),
    );
    expect(chunked.refused).toBe('DOOR_FORBIDDEN: body too large');
    expectNothingDone();
  });

  it('refuses headers that are too large', async () => {
    const { refused } = await approve({ 'X-Filler': 'x'.repeat(20_000) });
    expect(refused).toBe('DOOR_FORBIDDEN: not an acceptable HTTP request');
    expectNothingDone();
  });

  it('does not wait for a head that never ends', async () => {
    const { refused } = await readRaw(door.port, 'POST /do/approve HTTP/1.1\r\nHost: 127.0.0.1');
    expect(refused).toBe('DOOR_FORBIDDEN: the request takes too long');
    expectNothingDone();
  });

  it('does not wait for a body that never ends', async () => {
    const head = ['POST /do/approve HTTP/1.1', ...own(), 'Content-Length: 200', '', '{"shortDigest":'];
    const { refused } = await readRaw(door.port, head.join('\r\n'));
    expect(refused).toBe('DOOR_FORBIDDEN: the request takes too long');
    expectNothingDone();
  });

  it('answers others while many slow ones hang on', async () => {
    const slow = Array.from({ length: 30 }, () =>
      connect(door.port, '127.0.0.1').on('error', () => undefined),
    );
    for (const socket of slow) socket.write('POST /do/approve HTTP/1.1\r\nHost: ');
    expect((await approve({ Origin: null })).refused).toBe('DOOR_FORBIDDEN: Origin is missing');
    for (const socket of slow) socket.destroy();
    expectNothingDone();
  });

  it('refuses what is not HTTP', async () => {
    const { refused } = await readRaw(door.port, '\u0016\u0003\u0001 hello\r\n\r\n');
    expect(refused).toBe('DOOR_FORBIDDEN: not an acceptable HTTP request');
  });

  it('gives one and the same answer for every address that it does not have', async () => {
    const paths = [
      '/sign?x',
      '/sign/',
      '//sign',
      '/do/',
      '/do/sign',
      '/do/constructor',
      '/page.js',
      '/do/pin?x',
    ];
    const answers = await Promise.all(
      paths.map((path) => sayRaw(door.port, [`GET ${path} HTTP/1.1`, `Host: ${door.host}`])),
    );
    expect(new Set(answers.map(({ status, body }) => `${status} ${body}`)).size).toBe(1);
    expect(answers[0]?.refused).toBe('ROUTE_UNKNOWN');
  });

  it('takes no PIN before the signer has agreed', async () => {
    const pinned = [
      'POST /do/pin HTTP/1.1',
      ...own('application/octet-stream'),
      `Kyso-Statement: ${base64url(waiting.summary.statementDigest)}`,
    ];
    expect((await sayRaw(door.port, pinned, pki.pin)).refused).toMatch(/^APPROVAL_OF_OTHER_DIGEST/);
    expectNothingDone();
  });

  it('refuses an approval of another digest', async () => {
    for (const change of [{ shortDigest: '0000 0000 0000 0000' }, { statementSha256: 'A'.repeat(43) }]) {
      const body = JSON.stringify({ ...(JSON.parse(approval()) as object), ...change });
      expect((await approve({}, 'POST', body)).refused).toBe('APPROVAL_OF_OTHER_DIGEST');
    }
    expectNothingDone();
  });
});

describe('the page itself', () => {
  const load = (...lines: string[]) =>
    sayRaw(door.port, ['GET /sign HTTP/1.1', `Host: ${door.host}`, ...lines]);

  it.each([
    [
      'an iframe',
      'the page is opened within another page',
      ['Sec-Fetch-Dest: iframe', 'Sec-Fetch-Mode: navigate'],
    ],
    [
      'an embed',
      'the page is opened within another page',
      ['Sec-Fetch-Dest: embed', 'Sec-Fetch-Mode: navigate'],
    ],
    ['an object', 'the page is opened within another page', ['Sec-Fetch-Dest: object']],
    [
      'a fetch',
      'the page is opened within another page',
      ['Sec-Fetch-Dest: empty', 'Sec-Fetch-Mode: no-cors'],
    ],
    ['a script', 'the page is opened within another page', ['Sec-Fetch-Dest: script']],
    [
      'a document that is fetched',
      'the page is not opened by a navigation',
      ['Sec-Fetch-Dest: document', 'Sec-Fetch-Mode: cors'],
    ],
    ['a prefetch', 'the page is prefetched', ['Sec-Purpose: prefetch']],
  ])('is not given to %s', async (_, detail, lines) => {
    const { refused, body } = await load(...lines);
    expect(refused).toBe(`DOOR_FORBIDDEN: ${detail}`);
    expect(body).not.toContain('kyso-page-key');
    expectNothingDone();
  });

  it('is not given under another name', async () => {
    const { refused } = await sayRaw(door.port, ['GET /sign HTTP/1.1', 'Host: rebound.example']);
    expect(refused).toBe("DOOR_FORBIDDEN: Host is not this door's");
  });

  it('comes, as every answer does, with headers that keep others out', async () => {
    const page = await load(
      'Sec-Fetch-Dest: document',
      'Sec-Fetch-Mode: navigate',
      'Sec-Fetch-Site: cross-site',
    );
    key = /content="([A-Za-z0-9_-]{43})"/.exec(page.body)?.[1] ?? '';
    expect(page.status).toBe(200);
    for (const { headers } of [
      page,
      await approve({ Origin: null }),
      await readRaw(door.port, 'x\r\n\r\n'),
    ]) {
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toMatch(
        /^default-src 'none'; script-src 'sha256-[^' ]+'; style-src 'sha256-[^' ]+'; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'$/,
      );
      expect(Object.fromEntries(headers)).toMatchObject({
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
        'cross-origin-resource-policy': 'same-origin',
        'x-frame-options': 'DENY',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      });
      expect(headers.has('set-cookie')).toBe(false);
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  it('takes over from the page before, whose key is worth nothing then', async () => {
    const before = key;
    const first = await door.post(before, 'state', { seen: 0 });
    const { revision: seen } = JSON.parse(first.text) as { revision: number };
    const looking = door.post(before, 'state', { seen });
    key = await door.loadPage();
    expect(await looking).toMatchObject({ status: 403 });
    const late = await approve({ 'Kyso-Page-Key': before });
    expect(late.refused).toBe('DOOR_FORBIDDEN: page key is not the current one');
    expectNothingDone();
  });

  it('holds nothing of the list and not the phrase before its key is shown', async () => {
    const { body } = await load();
    key = /content="([A-Za-z0-9_-]{43})"/.exec(body)?.[1] ?? '';
    expect(body).not.toContain('Con mèo');
    expect(body).not.toContain('Nguyễn');
    expect(body).not.toContain(shortDigest(waiting.summary.statementDigest));
  });

  it('in the end, nothing was asked of the token', async () => {
    await door.post(key, 'stop', {});
    await door.until('refused');
    expect(door.ended).toMatchObject([{ signed: 0, tokenOperations: 0 }]);
    expect(api.collected).toEqual([]);
  });
});

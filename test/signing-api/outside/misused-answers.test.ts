import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { utf8 } from '#core/bytes';
import { instant } from '#core/dates';
import { revocationFetcher, type FetcherNeeds, type Question } from '#signing-api/outside/revocation-fetcher';
import { nodeCrypto } from '#verifier/crypto-node';
import { readCertificate } from '#verifier/der/certificate';
import { signerPolicy } from '#verifier/path/path-policy';
import { explicit, integer, oid, sequence, tlv } from '../../verifier/support/der-write.ts';
import { ocspAnswer, type Single } from '../../verifier/support/ocsp.ts';
import {
  issue,
  issueCrl,
  type CrlOptions,
  type Extension,
  type Holder,
} from '../../verifier/support/x509.ts';

/** What is properly signed, or only looks so, and is sent at the wrong time, from the wrong place or too much of it. */

const MINUTE = 60_000;
const START = Date.parse('2026-01-01T09:00:00Z');

type Given = { readonly status?: number; readonly bytes?: Uint8Array };
let server: Server;
let host = '';
let given: Record<string, Given> = {};
let asked: string[] = [];
let folder = '';
let offsetMs = 0;
let faults: string[] = [];
let close: () => void = () => undefined;

let root: Holder;
let authority: Holder;
let other: Holder;
const policy = signerPolicy({ signatures: ['ECDSA-P256-SHA256'], minRsaBits: 2048 });

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    request.resume().on('end', () => {
      const { status = 200, bytes = new Uint8Array() } = given[path] ?? { status: 404 };
      response.writeHead(status).end(bytes);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  folder = await mkdtemp(join(tmpdir(), 'kyso-misused-'));
  root = issue({ name: 'Root', ca: true });
  authority = issue({ name: 'CA', ca: true, issuer: root });
  other = issue({ name: 'Other CA', ca: true, issuer: root });
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  given = {};
  asked = [];
  offsetMs = 0;
  faults = [];
});
afterEach(() => {
  close();
});

function start(changes: Partial<FetcherNeeds> = {}) {
  const fetcher = revocationFetcher({
    hosts: [host],
    folder: join(folder, randomUUID()),
    crypto: nodeCrypto,
    clock: () => new Date(START + offsetMs),
    random: () => 1,
    wait: () => Promise.resolve(),
    ...changes,
  });
  fetcher.onFault(({ reason }) => faults.push(reason));
  close = fetcher.close;
  return fetcher;
}

const at = (ms: number) => instant(new Date(START + ms));
const uri = (path: string) => tlv(0x86, utf8(`http://${host}${path}`));
const crlAt = (...paths: readonly string[]): Extension => [
  '2.5.29.31',
  false,
  sequence(...paths.map((path) => sequence(explicit(0, explicit(0, uri(path)))))),
];
const ocspAt = (path: string): Extension => [
  '1.3.6.1.5.5.7.1.1',
  false,
  sequence(sequence(oid('1.3.6.1.5.5.7.48.1'), uri(path))),
];
/** issuingDistributionPoint with a name */
const partition = (path: string): Extension => [
  '2.5.29.28',
  true,
  sequence(explicit(0, explicit(0, uri(path)))),
];

function asking(...holders: readonly Holder[]): Question {
  const [issuer, ...signers] = [authority, root, other].map(({ certificate }) =>
    readCertificate(certificate),
  );
  if (!issuer) throw new Error('an issuer');
  const links = holders.map(({ certificate }) => ({ certificate: readCertificate(certificate), issuer }));
  return { links, signers: [issuer, ...signers], policy };
}

describe('an OCSP answer', () => {
  let holder: Holder;
  let question: Question;
  beforeAll(() => {
    holder = issue({ name: 'Signer', issuer: authority, extensions: [ocspAt('/ocsp')] });
    question = asking(holder);
  });
  const answer = (changes: Partial<Single>, ...more: readonly Single[]) => {
    const single = { of: holder, issuer: authority, from: at(-MINUTE), to: at(60 * MINUTE), ...changes };
    given['/ocsp'] = { bytes: ocspAnswer({ responder: authority, singles: [single, ...more] }) };
  };
  const ask = async (fetcher: ReturnType<typeof start>) => {
    const { ocsp } = await fetcher.ask(question);
    return ocsp.map((one) => one.answer?.singles[0]?.status);
  };
  const revoked = (reason?: number) => ({
    revokedAt: at(-10 * MINUTE),
    ...(reason === undefined ? {} : { reason }),
  });

  it('from before is not taken again, though it has not run out', async () => {
    const fetcher = start();
    answer({ status: revoked(6), from: at(-MINUTE) });
    expect(await ask(fetcher)).toEqual(['revoked']);
    offsetMs = 11 * MINUTE;
    answer({ status: 'good', from: at(-2 * MINUTE) });
    expect(await ask(fetcher)).toEqual(['revoked']);
    expect(faults).toEqual(['older than the one before']);
  });

  it('that says good never follows one that says revoked, however new', async () => {
    const fetcher = start();
    answer({ status: revoked(1) });
    expect(await ask(fetcher)).toEqual(['revoked']);
    offsetMs = 11 * MINUTE;
    answer({ status: 'good', from: at(10 * MINUTE) });
    expect(await ask(fetcher)).toEqual(['revoked']);
    expect(faults).toEqual(['good after revoked']);
  });

  it('that says good follows one that says on hold', async () => {
    const fetcher = start();
    answer({ status: revoked(6) });
    expect(await ask(fetcher)).toEqual(['revoked']);
    offsetMs = 11 * MINUTE;
    answer({ status: 'good', from: at(10 * MINUTE) });
    expect(await ask(fetcher)).toEqual(['good']);
    expect(faults).toEqual([]);
  });

  it('of a clock that is seconds ahead is waited for', async () => {
    answer({ from: at(3000) });
    const wait = (ms: number) => {
      offsetMs += ms;
      return Promise.resolve();
    };
    expect(await ask(start({ wait }))).toEqual(['good']);
    expect(offsetMs).toBeGreaterThanOrEqual(3000);
    expect(asked).toEqual(['/ocsp']);
  });

  it('of a clock that is minutes ahead is kept and used from its time on, the one before until then', async () => {
    const fetcher = start();
    answer({ from: at(5 * MINUTE) });
    expect(await ask(fetcher)).toEqual([]);
    offsetMs = 5 * MINUTE;
    expect(await ask(fetcher)).toEqual(['good']);
    offsetMs = 11 * MINUTE;
    answer({ status: revoked(), from: at(15 * MINUTE) });
    expect(await ask(fetcher)).toEqual(['good']);
    offsetMs = 15 * MINUTE;
    expect(await ask(fetcher)).toEqual(['revoked']);
    expect(asked).toEqual(['/ocsp', '/ocsp']);
    expect(faults).toEqual([]);
  });

  it('of a clock that is further ahead is none', async () => {
    answer({ from: at(5 * MINUTE + 1000) });
    expect(await ask(start())).toEqual([]);
    expect(faults).toEqual([`issued only at ${at(5 * MINUTE + 1000)}`]);
  });

  it('is kept for its own time, whatever else it says about others', async () => {
    const fetcher = start();
    const stranger = issue({ name: 'Stranger', issuer: authority });
    answer({}, { of: stranger, issuer: authority, from: at(-20 * MINUTE), to: at(-10 * MINUTE) });
    for (let n = 0; n < 3; n++) expect(await ask(fetcher)).toEqual(['good']);
    expect(asked).toEqual(['/ocsp']);
  });
});

describe('a host that does not answer', () => {
  const many = (count: number, extension: (n: number) => Extension) =>
    asking(
      ...Array.from({ length: count }, (_, n) =>
        issue({ name: `Signer ${n}`, issuer: authority, extensions: [extension(n)] }),
      ),
    );

  it('is asked about no other certificate for a while, and then again', async () => {
    const holders = ['A', 'B'].map((name) =>
      issue({ name, issuer: authority, extensions: [ocspAt(`/ocsp/${name}`)] }),
    );
    const [a, b] = holders.map((holder) => asking(holder));
    const [of] = holders.slice(1);
    if (!a || !b || !of) throw new Error('two');
    const fetcher = start();
    given = { '/ocsp/A': { status: 500 } };
    await fetcher.ask(a);
    expect(asked).toEqual(['/ocsp/A', '/ocsp/A', '/ocsp/A']);
    const single = { of, issuer: authority, from: at(-MINUTE), to: at(60 * MINUTE) };
    given['/ocsp/B'] = { bytes: ocspAnswer({ responder: authority, singles: [single] }) };
    expect((await fetcher.ask(b)).ocsp).toHaveLength(0);
    expect(asked).not.toContain('/ocsp/B');
    expect(faults).toEqual(['status 500']);
    offsetMs = 30_000;
    expect((await fetcher.ask(b)).ocsp).toHaveLength(1);
  });

  it('is left alone no longer for the many that it fails at one time', async () => {
    const question = many(20, (n) => ocspAt(`/ocsp/${n}`));
    const fetcher = start();
    for (let n = 0; n < 20; n++) given[`/ocsp/${n}`] = { status: 503 };
    await fetcher.ask(question);
    asked = [];
    offsetMs = 30_000;
    await fetcher.ask(question);
    expect(new Set(asked).size).toBe(20);
  });

  it('is left alone where nobody listens', async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const dead = `127.0.0.1:${(gone.address() as AddressInfo).port}`;
    gone.close();
    const pointing = (n: number): Extension => {
      const address = tlv(0x86, utf8(`http://${dead}/${n}.crl`));
      return ['2.5.29.31', false, sequence(sequence(explicit(0, explicit(0, address))))];
    };
    const fetcher = start({ hosts: [dead] });
    await fetcher.crlsFor(many(1, () => pointing(1)));
    await fetcher.crlsFor(many(1, () => pointing(2)));
    expect(faults).toEqual(['no connection']);
  });

  it('for OCSP answers is still asked for CRLs', async () => {
    const extensions = [ocspAt('/ocsp'), crlAt('/a.crl')];
    const question = asking(issue({ name: 'Signer', issuer: authority, extensions }));
    const bytes = issueCrl({ issuer: authority, from: at(-MINUTE), to: at(60 * MINUTE) });
    given = { '/ocsp': { status: 503 }, '/a.crl': { status: 404 } };
    const fetcher = start();
    expect((await fetcher.ask(question)).crls).toHaveLength(0);
    given['/a.crl'] = { bytes };
    offsetMs = 30_000;
    expect((await fetcher.ask(question)).crls).toHaveLength(1);
  });
});

describe('a CRL', () => {
  let question: Question;
  beforeAll(() => {
    question = asking(issue({ name: 'Signer', issuer: authority, extensions: [crlAt('/a.crl')] }));
  });
  const crl = (changes: Partial<CrlOptions> = {}) =>
    issueCrl({ issuer: authority, from: at(-MINUTE), to: at(600 * MINUTE), ...changes });

  it('that nobody signed is not read past its head', async () => {
    // entries that are none: whoever reads them says that this is no CRL
    const manyEntries = new Uint8Array(1000).fill(0x05);
    given['/a.crl'] = { bytes: crl({ manyEntries, signedBy: issue({ name: 'Nobody' }).key }) };
    expect(await start().crlsFor(question)).toHaveLength(0);
    given['/a.crl'] = { bytes: crl({ manyEntries }) };
    expect(await start().crlsFor(question)).toHaveLength(0);
    expect(faults).toEqual(['signed by nobody who may', 'no CRL']);
  });

  it.each<[string, () => Partial<CrlOptions>]>([
    ['CRL of another issuer', () => ({ issuer: other })],
    ['delta CRL', () => ({ extensions: [['2.5.29.27', true, integer(6)]] })],
    ['CRL of another distribution point', () => ({ extensions: [partition('/b.crl')] })],
    ['CRL not understood', () => ({ extensions: [['1.2.3.4', true, integer(1)]] })],
  ])('that is not the right one keeps nobody from the right one: %s', async (reason, changes) => {
    const fetcher = start();
    given['/a.crl'] = { bytes: crl({ ...changes(), from: at(-1000) }) };
    expect(await fetcher.crlsFor(question)).toHaveLength(0);
    expect(faults).toEqual([reason]);
    offsetMs = MINUTE;
    given['/a.crl'] = { bytes: crl({ from: at(-20 * MINUTE), extensions: [partition('/a.crl')] }) };
    expect(await fetcher.crlsFor(question)).toHaveLength(1);
    offsetMs += 61 * MINUTE;
    given['/a.crl'] = { bytes: crl({ ...changes(), from: at(30 * MINUTE) }) };
    const [kept] = await fetcher.crlsFor(question);
    expect(kept?.thisUpdate).toBe(at(-20 * MINUTE));
    expect(faults).toEqual([reason, reason]);
  });

  it('of a distribution point of its own is no older one of the whole issuer', async () => {
    const fetcher = start();
    given['/a.crl'] = { bytes: crl({ from: at(-MINUTE) }) };
    expect(await fetcher.crlsFor(question)).toHaveLength(1);
    offsetMs = 61 * MINUTE;
    given['/a.crl'] = { bytes: crl({ from: at(-2 * MINUTE), extensions: [partition('/a.crl')] }) };
    const [kept] = await fetcher.crlsFor(question);
    expect(kept?.thisUpdate).toBe(at(-2 * MINUTE));
    expect(faults).toEqual([]);
  });

  it('of a clock that is minutes ahead is used from its time on', async () => {
    const fetcher = start();
    given['/a.crl'] = { bytes: crl({ from: at(4 * MINUTE) }) };
    expect(await fetcher.crlsFor(question)).toHaveLength(0);
    offsetMs = 4 * MINUTE;
    expect(await fetcher.crlsFor(question)).toHaveLength(1);
    expect(asked).toEqual(['/a.crl']);
  });

  it('counts three times in memory and once on disk, and both are bounded by bytes', async () => {
    const both = asking(
      issue({ name: 'Signer', issuer: authority, extensions: [crlAt('/a.crl', '/b.crl', '/c.crl')] }),
    );
    const bytes = crl();
    for (const name of ['a', 'b', 'c']) given[`/${name}.crl`] = { bytes };
    const kept = async (limits: FetcherNeeds['limits']) => {
      const store = join(folder, randomUUID());
      const fetcher = start({ folder: store, ...(limits ? { limits } : {}) });
      const inMemory = (await fetcher.crlsFor(both)).length;
      const sizes = await Promise.all(
        (await readdir(store)).map(async (name) => (await stat(join(store, name))).size),
      );
      fetcher.close();
      return [inMemory, sizes.reduce((sum, size) => sum + size, 0) / bytes.length];
    };
    const size = bytes.length;
    expect(await kept({})).toEqual([3, 3]);
    expect(await kept({ crlBytesTogether: 6 * size })).toEqual([2, 3]);
    expect(await kept({ crlBytesTogether: 6 * size - 1 })).toEqual([1, 3]);
    expect(await kept({ crlFileBytesTogether: 2 * size })).toEqual([3, 2]);
    expect(await kept({ crlFileBytesTogether: 2 * size - 1 })).toEqual([3, 1]);
  });
});

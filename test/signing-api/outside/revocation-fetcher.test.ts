import { randomUUID } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeCrl, revoke, writeCrl } from '#certs-test/crls';
import { authorityNamed, bytesOfText, crlFile, signerNamed } from '#certs-test/pki';
import type { Manner } from '#certs-test/responders';
import {
  revocationFetcher,
  type FetcherNeeds,
  type Question,
  type RevocationFault,
  type RevocationFetcher,
} from '#signing-api/outside/revocation-fetcher';
import { nodeCrypto } from '#verifier/crypto-node';
import { readCertificate } from '#verifier/der/certificate';
import { readCrl } from '#verifier/der/crl';
import { signerPolicy } from '#verifier/path/path-policy';
import { countOf, CRL, makeAddressedPki, OCSP, type AddressedPki } from '../support/addressed-pki.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let outside: AddressedPki;
let question: Question;
let offsetMs = 0;
let folder = '';
let faults: RevocationFault[] = [];
let open: RevocationFetcher[] = [];

beforeAll(async () => {
  outside = await makeAddressedPki();
  const signer = signerNamed(outside.pki, 'district-760');
  const certificate = readCertificate(bytesOfText(signer.certificate));
  const [issuer, root] = signer.chain.map((text) => readCertificate(bytesOfText(text)));
  if (!issuer || !root) throw new Error('a chain of two');
  const policy = signerPolicy({ signatures: ['RSA-PKCS1-SHA256', 'ECDSA-P256-SHA256'], minRsaBits: 2048 });
  question = { links: [{ certificate, issuer }], signers: [issuer, root], policy };
});
afterAll(() => outside.close());
beforeEach(() => {
  offsetMs = 0;
  folder = join(outside.folder, randomUUID());
  faults = [];
  outside.responders.behave('honest');
});
afterEach(() => {
  for (const fetcher of open) fetcher.close();
  open = [];
});

function start(changes: Partial<FetcherNeeds> = {}): RevocationFetcher {
  const fetcher = revocationFetcher({
    hosts: [outside.host],
    folder,
    crypto: nodeCrypto,
    clock: () => new Date(Date.now() + offsetMs),
    random: () => 1,
    wait: () => Promise.resolve(),
    ...changes,
  });
  fetcher.onFault((fault) => faults.push(fault));
  open.push(fetcher);
  return fetcher;
}

/** How many CRLs and OCSP answers there are. */
async function ask(fetcher: RevocationFetcher): Promise<[number, number]> {
  const { crls, ocsp } = await fetcher.ask(question);
  return [crls.length, ocsp.length];
}

/** How often CRL and OCSP address were asked while something went on. */
async function requestsOf(act: () => Promise<unknown>): Promise<[number, number]> {
  const counts = () => [CRL, OCSP].map((path) => countOf(outside.responders, path));
  const [crlBefore = 0, ocspBefore = 0] = counts();
  await act();
  const [crl = 0, ocsp = 0] = counts();
  return [crl - crlBefore, ocsp - ocspBefore];
}

describe('where certificates say where to ask', () => {
  it('fetches the CRL and an OCSP answer, each once', async () => {
    const fetcher = start();
    const file = await readFile(crlFile(outside.pki.files, 'government-ca'));
    const requests = await requestsOf(async () => {
      const { crls, ocsp } = await fetcher.ask(question);
      expect(crls.map(({ der }) => Buffer.from(der))).toEqual([file]);
      expect(ocsp[0]?.answer?.singles[0]).toMatchObject({
        status: 'good',
        serial: question.links[0]?.certificate.serial,
      });
      expect(await ask(fetcher)).toEqual([1, 1]);
    });
    expect(requests).toEqual([1, 1]);
    expect(faults).toEqual([]);
  });

  it('asks once for fifty who ask at the same time', async () => {
    const fetcher = start();
    const requests = await requestsOf(async () => {
      const all = await Promise.all(Array.from({ length: 50 }, () => ask(fetcher)));
      expect(all).toEqual(Array.from({ length: 50 }, () => [1, 1]));
    });
    expect(requests).toEqual([1, 1]);
  });

  it('never asks a host that is not listed, nor the same host at another port', async () => {
    for (const hosts of [[], ['ca.example'], ['127.0.0.1'], ['127.0.0.1:1'], ['localhost']]) {
      const before = outside.responders.requests.length;
      const fetcher = start({ hosts });
      faults = [];
      expect(await ask(fetcher)).toEqual([0, 0]);
      expect(await ask(fetcher)).toEqual([0, 0]);
      expect(outside.responders.requests.length).toBe(before);
      expect(faults).toEqual([{ host: outside.host, reason: 'not listed' }]);
    }
  });

  it('takes a CRL in PEM', async () => {
    const file = crlFile(outside.pki.files, 'government-ca');
    const der = await readFile(file);
    const lines = der.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
    await writeFile(file, `-----BEGIN X509 CRL-----\n${lines}\n-----END X509 CRL-----\n`);
    try {
      const { crls } = await start().ask(question);
      expect(crls.map((crl) => Buffer.from(crl.der))).toEqual([der]);
    } finally {
      await writeFile(file, der);
    }
  });

  it('takes an OCSP answer without the nonce, as responders make them ahead', async () => {
    outside.responders.behave('no-nonce', 'ocsp');
    expect(await ask(start())).toEqual([1, 1]);
  });

  it('keeps an answer that says revoked', async () => {
    const before = await readFile(outside.pki.files.description);
    const crl = await readFile(crlFile(outside.pki.files, 'government-ca'));
    await revoke(outside.pki, 'district-760', new Date(Date.now() - MINUTE), 'keyCompromise');
    const { ocsp } = await start().ask(question);
    await writeFile(outside.pki.files.description, before);
    await writeFile(crlFile(outside.pki.files, 'government-ca'), crl);
    expect(ocsp[0]?.answer?.singles[0]?.status).toBe('revoked');
  });
});

describe('a hostile address', () => {
  it.each<[Manner, string]>([
    ['garbage', 'no OCSP answer'],
    ['wrong-signer', 'not signed by a responder of the issuer'],
    ['wrong-nonce', 'answer to another request'],
    ['other-certificate', 'answer about another certificate'],
    ['try-later', 'response status 3'],
    ['redirect', 'status 302'],
    ['server-error', 'status 500'],
  ])('gives no OCSP answer: %s', async (manner, reason) => {
    outside.responders.behave(manner, 'ocsp');
    expect(await ask(start())).toEqual([1, 0]);
    expect(faults).toEqual([{ host: outside.host, reason }]);
  });

  it.each<[Manner, string]>([
    ['garbage', 'no CRL'],
    ['wrong-signer', 'signed by nobody who may'],
    ['stale', 'not in force'],
    ['try-later', 'status 503'],
    ['redirect', 'status 302'],
    ['server-error', 'status 500'],
  ])('gives no CRL: %s', async (manner, reason) => {
    outside.responders.behave(manner, 'crl');
    expect(await ask(start())).toEqual([0, 1]);
    expect(faults).toEqual([{ host: outside.host, reason }]);
    // it never came to the disk either
    outside.responders.behave('server-error', 'crl');
    expect(await ask(start())).toEqual([0, 1]);
  });

  it('gives no OCSP answer that has run out', async () => {
    outside.responders.behave('stale', 'ocsp');
    expect(await ask(start())).toEqual([1, 0]);
    expect(faults[0]?.reason).toMatch(/^next update /);
  });

  it('is cut off past the size', async () => {
    outside.responders.behave('huge');
    expect(await ask(start({ limits: { crlBytes: 256 * 1024, ocspBytes: 64 * 1024 } }))).toEqual([0, 0]);
    expect(faults.map(({ reason }) => reason)).toEqual(['size limit', 'size limit']);
  });

  it('is cut off past the time, and is asked again later', async () => {
    outside.responders.behave('slow');
    const fetcher = start({ limits: { timeoutMs: 1000 } });
    expect(await ask(fetcher)).toEqual([0, 0]);
    expect(faults.map(({ reason }) => reason)).toEqual(['time limit', 'time limit']);
    outside.responders.behave('honest');
    offsetMs = MINUTE;
    expect(await ask(fetcher)).toEqual([1, 1]);
  });

  it('does not hold up those who ask for longer than they wait', async () => {
    outside.responders.behave('slow', 'ocsp');
    const fetcher = start({ limits: { patienceMs: 50, timeoutMs: 3_600_000 } });
    while ((await fetcher.crlsFor(question)).length === 0);
    expect(await ask(fetcher)).toEqual([1, 0]);
    expect(faults).toEqual([]);
  });
});

describe('an address that fails', () => {
  it('is asked again at once where that may pass, with growing pauses', async () => {
    outside.responders.behaveFor(2, 'server-error');
    const pauses: number[] = [];
    const wait = (ms: number) => {
      pauses.push(ms);
      return Promise.resolve();
    };
    const fetcher = start({ wait });
    expect(await fetcher.crlsFor(question)).toHaveLength(1);
    expect(pauses).toEqual([250, 500]);
    expect(faults).toEqual([]);
  });

  it('is then left alone, for longer each time, and asked again when that is over', async () => {
    const fetcher = start();
    const asked = () => requestsOf(() => fetcher.crlsFor(question)).then(([crl]) => crl);
    outside.responders.behave('garbage');
    const found: number[] = [];
    // pauses of 30 s, 60 s, 120 s
    for (const at of [0, 1, 29, 31, 60, 89, 92, 200, 211, 213]) {
      offsetMs = at * 1000;
      found.push(await asked());
    }
    expect(found).toEqual([1, 0, 0, 1, 0, 0, 1, 0, 0, 1]);
    outside.responders.behave('honest');
    offsetMs += 10 * MINUTE;
    expect(await fetcher.crlsFor(question)).toHaveLength(1);
  });

  it('keeps nobody from the other address', async () => {
    outside.responders.behave('garbage', 'crl');
    const fetcher = start();
    await ask(fetcher);
    const requests = await requestsOf(async () => {
      for (let n = 0; n < 20; n++) expect(await ask(fetcher)).toEqual([0, 1]);
    });
    expect(requests).toEqual([0, 0]);
  });
});

describe('what was fetched', () => {
  it('is fetched again before it ends, and used to its end where that fails', async () => {
    const fetcher = start();
    await ask(fetcher);
    offsetMs = 11 * MINUTE;
    expect(await requestsOf(() => ask(fetcher))).toEqual([0, 1]);
    offsetMs = 61 * MINUTE;
    expect(await requestsOf(() => ask(fetcher))).toEqual([1, 1]);
    outside.responders.behave('try-later');
    offsetMs = 8 * 60 * MINUTE;
    expect(await ask(fetcher)).toEqual([1, 1]);
    expect(faults.map(({ reason }) => reason).sort()).toEqual(['response status 3', 'status 503']);
    offsetMs = 2 * DAY;
    expect(await ask(fetcher)).toEqual([1, 0]);
    offsetMs = 31 * DAY;
    expect(await ask(fetcher)).toEqual([0, 0]);
  });

  it('stays the same object while it is the same CRL', async () => {
    const fetcher = start();
    const [before] = await fetcher.crlsFor(question);
    offsetMs = 61 * MINUTE;
    expect(await requestsOf(() => fetcher.crlsFor(question))).toEqual([1, 0]);
    expect((await fetcher.crlsFor(question))[0]).toBe(before);
  });

  it('is taken over by a newer one and never by an older one', async () => {
    const fetcher = start();
    const file = crlFile(outside.pki.files, 'government-ca');
    const older = await readFile(file);
    const { thisUpdate } = authorityNamed(outside.pki, 'government-ca');
    await writeCrl(outside.pki, 'government-ca', { thisUpdate: new Date(Date.parse(thisUpdate) + MINUTE) });
    const newer = await readFile(file);
    await fetcher.crlsFor(question);
    await writeFile(file, older);
    offsetMs = 61 * MINUTE;
    const [kept] = await fetcher.crlsFor(question);
    expect(Buffer.from(kept?.der ?? [])).toEqual(newer);
    expect(faults).toEqual([{ host: outside.host, reason: 'older than the one before' }]);
  });

  it('is there again after a restart without asking, while it is fresh', async () => {
    await ask(start());
    const again = start();
    expect(
      await requestsOf(async () => {
        expect(await again.crlsFor(question)).toHaveLength(1);
      }),
    ).toEqual([0, 0]);
    outside.responders.behave('server-error');
    offsetMs = 61 * MINUTE;
    expect(await start().crlsFor(question)).toHaveLength(1);
    offsetMs = 31 * DAY;
    expect(await start().crlsFor(question)).toHaveLength(0);
  });

  it('is asked for anew where the file was changed', async () => {
    await ask(start());
    const [name = ''] = await readdir(folder);
    expect(await readdir(folder)).toHaveLength(1);
    const file = join(folder, name);
    const torn = Buffer.from(await readFile(file));
    torn[torn.length - 1] = (torn.at(-1) ?? 0) ^ 1;
    for (const content of [torn, torn.subarray(0, 100), Buffer.alloc(0)]) {
      await writeFile(file, content);
      const requests = await requestsOf(async () => {
        const [crl] = await start().crlsFor(question);
        expect(readCrl(await readFile(file)).thisUpdate).toBe(crl?.thisUpdate);
      });
      expect(requests).toEqual([1, 0]);
    }
  });

  it('is bounded in number, on disk and in memory', async () => {
    const issuing = question.links[0]?.issuer;
    const root = question.signers[1];
    if (!issuing || !root) throw new Error('a chain of two');
    const both = { ...question, links: [...question.links, { certificate: issuing, issuer: root }] };
    const fetcher = start({ limits: { crls: 1 } });
    await fetcher.crlsFor(both);
    expect(await readdir(folder)).toHaveLength(1);
    expect(await fetcher.crlsFor(both)).toHaveLength(1);
    expect(await readdir(folder)).toHaveLength(1);
  });

  it('serves though the disk does not', async () => {
    const file = join(outside.folder, randomUUID());
    await writeFile(file, '');
    expect(await start({ folder: join(file, 'crls') }).crlsFor(question)).toHaveLength(1);
    expect(faults).toEqual([{ host: outside.host, reason: 'not kept on disk' }]);
  });
});

it('a CRL of another authority convinces nobody', async () => {
  const file = crlFile(outside.pki.files, 'government-ca');
  const own = await readFile(file);
  await writeFile(
    file,
    await makeCrl(outside.pki, 'national-ca', { thisUpdate: new Date(Date.now() - MINUTE) }),
  );
  try {
    expect(await start().crlsFor(question)).toHaveLength(0);
    expect(faults).toEqual([{ host: outside.host, reason: 'CRL of another issuer' }]);
  } finally {
    await writeFile(file, own);
  }
});

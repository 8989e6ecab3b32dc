import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { revoke } from '#certs-test/crls';
import { authorityNamed, bytesOfText, signerNamed, type Pki } from '#certs-test/pki';
import { startResponders, type Manner, type Responders } from '#certs-test/responders';
import { instant } from '#core/dates';
import { nodeCrypto } from '#verifier/crypto-node';
import { readCertificate } from '#verifier/der/certificate';
import { readCrl } from '#verifier/der/crl';
import { readOcspResponse } from '#verifier/der/ocsp';
import { RFC_5280 } from '#verifier/path/path-policy';
import { judgeOcsp } from '#verifier/revocation/judge-ocsp';
import { testPki, withCopy, withFolder } from './test-pki.ts';

const SIGNER = 'district-760';
let pki: Pki;
let responders: Responders;
beforeAll(async () => {
  pki = await testPki();
  responders = await startResponders({ pkiFolder: pki.dir });
});
afterAll(() => responders.close());

const pem = (der: Uint8Array) =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`;

/** Asks as `openssl ocsp` asks: what it says, and the answer's bytes. */
async function ask(manner: Manner, of: Pki = pki, at: Responders = responders) {
  at.behave(manner);
  const signer = signerNamed(of, SIGNER);
  const [certificate, issuer] = [
    bytesOfText(signer.certificate),
    bytesOfText(authorityNamed(of, signer.issuer).certificate),
  ];
  let answer = { said: '', der: new Uint8Array() };
  await withFolder(async (folder) => {
    await writeFile(join(folder, 'signer.pem'), pem(certificate));
    await writeFile(join(folder, 'issuer.pem'), pem(issuer));
    const chain = signer.chain.map(bytesOfText).map(pem).join('');
    await writeFile(join(folder, 'chain.pem'), chain);
    const args = [
      'ocsp',
      '-issuer',
      'issuer.pem',
      '-cert',
      'signer.pem',
      '-CAfile',
      'chain.pem',
      '-reqout',
      'request',
    ];
    const url = `${at.url}/ocsp/${signer.issuer}`;
    const said = await new Promise<string>((resolve) => {
      execFile('openssl', [...args, '-url', url], { cwd: folder }, (_error, stdout, stderr) => {
        resolve(stdout + stderr);
      });
    });
    const body = await readFile(join(folder, 'request'));
    const response = await fetch(url, { method: 'POST', body, redirect: 'manual' });
    answer = { said, der: new Uint8Array(await response.arrayBuffer()) };
  });
  return { ...answer, certificate, issuer };
}

async function statusOf({ der, certificate, issuer }: Awaited<ReturnType<typeof ask>>) {
  const { status } = await judgeOcsp(readOcspResponse(der), {
    certificate: readCertificate(certificate),
    issuer: readCertificate(issuer),
    at: instant(new Date()),
    until: null,
    policy: RFC_5280,
    crypto: nodeCrypto,
    isAgeing: true,
    isUnrevoked: () => Promise.resolve(false),
  });
  return status;
}

describe('the OCSP responder', () => {
  test('calls a good certificate good, to OpenSSL and to us', async () => {
    const answer = await ask('honest');
    expect(answer.said).toContain('Response verify OK');
    expect(answer.said).toContain('signer.pem: good');
    expect(await statusOf(answer)).toBe('good');
  });

  test('calls a revoked one revoked, from then on', async () => {
    await withCopy(pki, async (copy) => {
      const own = await startResponders({ pkiFolder: copy.dir });
      try {
        expect(await statusOf(await ask('honest', copy, own))).toBe('good');
        await revoke(copy, SIGNER, new Date(Date.now() - 60_000), 'keyCompromise');
        const answer = await ask('honest', copy, own);
        expect(answer.said).toContain('signer.pem: revoked');
        expect(await statusOf(answer)).toBe('revoked');
      } finally {
        await own.close();
      }
    });
  });

  test.each<Manner>(['wrong-signer', 'stale', 'try-later', 'other-certificate'])(
    'that is %s convinces nobody',
    async (manner) => {
      const answer = await ask(manner);
      expect(
        answer.said.includes('Response verify OK') &&
          /signer.pem: good/.test(answer.said) &&
          manner !== 'stale',
      ).toBe(false);
      expect(await statusOf(answer)).toBe('unknown');
    },
  );

  test('can leave the nonce out, talk nonsense, and send elsewhere', async () => {
    expect((await ask('no-nonce')).said).toMatch(/no nonce in response/i);
    const garbage = await ask('garbage');
    expect(() => readOcspResponse(garbage.der)).toThrow('OCSP_MALFORMED');
    responders.behave('redirect');
    const url = `${responders.url}/ocsp/government-ca`;
    expect((await fetch(url, { method: 'POST', body: 'x', redirect: 'manual' })).status).toBe(302);
  });

  test('can go on without end, and not go on at all', async () => {
    for (const manner of ['huge', 'slow'] as const) {
      responders.behave(manner);
      const stop = new AbortController();
      const response = await fetch(`${responders.url}/crl/government-ca.crl`, { signal: stop.signal });
      let size = 0;
      for await (const chunk of response.body ?? []) {
        size += (chunk as Uint8Array).length;
        if (manner === 'slow' || size > 1 << 20) break;
      }
      stop.abort();
      expect(size).toBeGreaterThanOrEqual(manner === 'huge' ? 1 << 20 : 1);
    }
  });
});

describe('the distribution point', () => {
  const fetched = async (manner: Manner) => {
    responders.behave(manner);
    return fetch(`${responders.url}/crl/government-ca.crl`, { redirect: 'manual' });
  };

  test('gives out the newest CRL', async () => {
    const crl = readCrl(new Uint8Array(await (await fetched('honest')).arrayBuffer()));
    expect(crl.thisUpdate).toBe(authorityNamed(pki, 'government-ca').thisUpdate);
    expect(responders.requests).toContain('GET /crl/government-ca.crl');
  });

  test('answers with status and bytes as it is told', async () => {
    expect((await fetched('try-later')).status).toBe(503);
    expect((await fetched('redirect')).status).toBe(302);
    expect(await (await fetched('garbage')).text()).toBe('<html>');
    expect((await fetch(`${responders.url}/crl/nobody.crl`)).status).toBe(404);
  });
});

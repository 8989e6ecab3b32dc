import { X509Certificate } from 'node:crypto';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { base64url } from '#core/bytes';
import { makeCrl } from '#certs-test/crls';
import { authorityNamed, bytesOfText, crlFile, type AuthorityName } from '#certs-test/pki';
import { nodeCrypto } from '#verifier/crypto-node';
import { readCertificate } from '#verifier/der/certificate';
import { readCrl } from '#verifier/der/crl';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterAll(() => world.close());

const certificateOf = (name: AuthorityName) =>
  readCertificate(bytesOfText(authorityNamed(world.pki, name).certificate));
const keyOf = (name: AuthorityName) => base64url(nodeCrypto.sha256(certificateOf(name).spki));
const nameOf = (name: AuthorityName) => base64url(nodeCrypto.sha256(certificateOf(name).subject));

async function get(path: string): Promise<{ status: number; type: string | null; bytes: Buffer }> {
  const response = await fetch(world.url + path);
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    bytes: Buffer.from(await response.arrayBuffer()),
  };
}
const codeOf = (bytes: Buffer) => (JSON.parse(bytes.toString()) as { code: string }).code;

describe('the CRL of an issuer', () => {
  it.each(['government-ca', 'government-root', 'national-ca', 'national-root'] as const)(
    'is handed out for %s, the very bytes',
    async (name) => {
      const { status, type, bytes } = await get(`/v1/crls/${keyOf(name)}`);
      expect([status, type]).toEqual([200, 'application/pkix-crl']);
      expect(bytes).toEqual(readFileSync(crlFile(world.pki.files, name)));
    },
  );

  it('is the newest complete one that it signed', async () => {
    const folder = join(world.folder, 'crls');
    const older = readCrl(readFileSync(crlFile(world.pki.files, 'government-ca')));
    const thisUpdate = new Date(Date.parse(older.thisUpdate) + 60_000);
    const newer = await makeCrl(world.pki, 'government-ca', { thisUpdate });
    writeFileSync(join(folder, 'newer.crl'), newer);
    // of the same name, by another key
    writeFileSync(join(folder, 'torn.crl'), Buffer.from(newer).fill(0, newer.length - 20));
    writeFileSync(join(folder, 'nothing.crl'), 'nothing');
    expect((await get(`/v1/crls/${keyOf('government-ca')}`)).bytes).toEqual(Buffer.from(newer));
    rmSync(join(folder, 'newer.crl'));
    expect(readCrl((await get(`/v1/crls/${keyOf('government-ca')}`)).bytes).thisUpdate).toBe(
      older.thisUpdate,
    );
  });

  it('is not one that is issued only later', async () => {
    const file = join(world.folder, 'crls', 'later.crl');
    const thisUpdate = new Date(Date.now() + 3_600_000);
    writeFileSync(file, await makeCrl(world.pki, 'government-ca', { thisUpdate }));
    expect((await get(`/v1/crls/${keyOf('government-ca')}`)).bytes).toEqual(
      readFileSync(crlFile(world.pki.files, 'government-ca')),
    );
    rmSync(file);
  });

  it('is refused for an issuer that is not known, and where it has none', async () => {
    const unknown = await get(`/v1/crls/${keyOf('unknown-ca')}`);
    expect([unknown.status, codeOf(unknown.bytes)]).toEqual([404, 'ISSUER_UNKNOWN']);
    const file = join(world.folder, 'crls', 'national-ca.crl');
    rmSync(file);
    const none = await get(`/v1/crls/${keyOf('national-ca')}`);
    expect([none.status, codeOf(none.bytes)]).toEqual([409, 'REVOCATION_UNKNOWN']);
    cpSync(crlFile(world.pki.files, 'national-ca'), file);
  });
});

describe('the certificate of an issuer', () => {
  it.each(['government-ca', 'government-root', 'national-ca', 'national-root'] as const)(
    'is handed out for %s by its name',
    async (name) => {
      const { status, type, bytes } = await get(`/v1/issuers/${nameOf(name)}`);
      expect([status, type]).toEqual([200, 'application/pkix-cert']);
      expect(new Uint8Array(bytes)).toEqual(certificateOf(name).der);
      expect(new X509Certificate(bytes).ca).toBe(true);
    },
  );

  it('is refused for a name that nobody here bears', async () => {
    const { status, bytes } = await get(`/v1/issuers/${nameOf('unknown-ca')}`);
    expect([status, codeOf(bytes)]).toEqual([404, 'ISSUER_UNKNOWN']);
    expect((await get('/v1/issuers/short')).status).toBe(400);
  });
});

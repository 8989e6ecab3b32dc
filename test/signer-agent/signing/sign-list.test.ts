import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { utf8 } from '#core/bytes';
import { signerNamed, type Pki } from '#certs-test/pki';
import { signList } from '#signer-agent/signing/sign-list';
import type { Pkcs11Token } from '#signer-agent/token/host';
import { nodeCrypto } from '#verifier/crypto-node';
import { checkCms } from '#verifier/evidence/check-cms';
import { readCms } from '#verifier/evidence/read-cms';
import { testLeaves, testList } from '../support/lists.ts';
import { dropSoftTokens, openSoftToken, pinOf, softTokens } from '../support/soft-tokens.ts';

const at = new Date('2026-11-22T10:20:30Z');
const statement = utf8(testList(testLeaves(3)).statementText);
const folder = mkdtempSync(join(tmpdir(), 'kyso-sign-list-'));
let pki: Pki;
let token: Pkcs11Token;

beforeAll(async () => {
  pki = await softTokens();
});
afterAll(() => dropSoftTokens(pki));
afterEach(async () => {
  await token.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function sign(name: string, pss = false) {
  const { tokenSerial: serial } = signerNamed(pki, name);
  return signList(token, { statement, token: { serial }, unlock: pinOf(pki.pin), at, pss });
}

/** What a stranger runs. */
function opensslVerify(cms: Uint8Array, content: Uint8Array): string {
  const [signature, statementFile] = [join(folder, 'batch.p7s'), join(folder, 'statement.json')];
  writeFileSync(signature, cms);
  writeFileSync(statementFile, content);
  const asked = ['-in', signature, '-content', statementFile, '-CAfile', pki.files.roots];
  return execFileSync(
    'openssl',
    ['cms', '-verify', '-binary', '-inform', 'DER', ...asked, '-purpose', 'any'],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
}

describe('one list signed from its statement', () => {
  it.each([
    ['RSA PKCS #1', 'district-760', false, 'RSA-PKCS1-SHA256'],
    ['RSA PSS', 'district-760', true, 'RSA-PSS-SHA256'],
    ['ECDSA P-256', 'district-769', false, 'ECDSA-P256-SHA256'],
    ['a facility of the other family', 'facility-79-01042', false, 'RSA-PKCS1-SHA256'],
  ] as const)('%s: openssl and the verifier agree, one token operation', async (_, name, pss, algorithm) => {
    token = openSoftToken(pki);
    const { cms } = await sign(name, pss);
    expect(token.tokenOperations).toBe(1);
    expect(opensslVerify(cms, statement)).toBe(Buffer.from(statement).toString('utf8'));
    const read = readCms(cms);
    expect(read.algorithm.algorithm).toBe(algorithm);
    expect(read.attributes.signingTime).toBe('2026-11-22T10:20:30Z');
    expect(await checkCms(read, statement, nodeCrypto)).toEqual([]);
  });

  it('carries the signer and its issuing CA, and no root', async () => {
    token = openSoftToken(pki);
    const { cms } = await sign('district-760');
    const { signer, others } = readCms(cms);
    expect(Buffer.from(signer.der).toString('base64')).toBe(signerNamed(pki, 'district-760').certificate);
    expect(others.map(({ der }) => Buffer.from(der).toString('base64'))).toEqual([
      signerNamed(pki, 'district-760').chain[0],
    ]);
    expect(
      others.map(({ der }) => new X509Certificate(der)).filter(({ subject, issuer }) => subject === issuer),
    ).toEqual([]);
  });

  it('is refused by openssl over any other statement', async () => {
    token = openSoftToken(pki);
    const { cms } = await sign('district-769');
    const other = utf8(testList(testLeaves(4)).statementText);
    expect(() => opensslVerify(cms, other)).toThrow(/verif/i);
  });

  it('signs nothing that is not a list statement', async () => {
    token = openSoftToken(pki);
    const { tokenSerial: serial } = signerNamed(pki, 'district-760');
    const list = { statement: utf8('{"type":"login"}'), token: { serial }, unlock: pinOf(pki.pin), at };
    await expect(signList(token, list)).rejects.toMatchObject({ code: 'STATEMENT_MALFORMED' });
    expect(token.tokenOperations).toBe(0);
  });

  it('refuses PSS with an EC key', async () => {
    token = openSoftToken(pki);
    await expect(sign('district-769', true)).rejects.toMatchObject({ code: 'TOKEN_MECHANISM_MISSING' });
    expect(token.tokenOperations).toBe(0);
  });
});

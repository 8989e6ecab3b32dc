import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signerNamed, type Pki } from '#certs-test/pki';
import { listAllTokens } from '#signer-agent/token/all-tokens';
import { certificateChoices } from '#signer-agent/token/certificate-choices';
import { findToken } from '#signer-agent/token/find-token';
import type { TokenState } from '#signer-agent/token/token';
import { dropSoftTokens, softTokens } from '../support/soft-tokens.ts';

const NO_DRIVER = '/etc/passwd';
let pki: Pki;
let states: TokenState[];

beforeAll(async () => {
  pki = await softTokens();
  const { tokens } = await listAllTokens([pki.modulePath]);
  states = tokens.map(({ state }) => state);
});
afterAll(() => dropSoftTokens(pki));

describe('the tokens of several drivers', () => {
  it('are told with their driver, beside the drivers that fail', async () => {
    const { tokens, failed } = await listAllTokens([NO_DRIVER, pki.modulePath]);
    const { tokenSerial } = signerNamed(pki, 'district-760');
    expect(tokens.find(({ state }) => state.serial === tokenSerial)?.module).toBe(pki.modulePath);
    expect(failed).toMatchObject([{ module: NO_DRIVER, refusal: { code: 'MODULE_UNFIT' } }]);
  });

  it('are told once each, by the first driver that shows them', async () => {
    const proxies = ['/usr/lib/x86_64-linux-gnu/p11-kit-proxy.so', pki.modulePath].filter((path) =>
      existsSync(path),
    );
    const { tokens } = await listAllTokens([pki.modulePath, ...proxies]);
    const serials = tokens.map(({ state }) => state.serial);
    expect(new Set(serials).size).toBe(serials.length);
    expect(tokens.every(({ module }) => module === pki.modulePath)).toBe(true);
  });

  it('cannot be told where there is no driver at all', async () => {
    await expect(listAllTokens([])).rejects.toMatchObject({ code: 'MODULE_ABSENT' });
  });
});

describe('the certificates to choose from', () => {
  const choicesOf = (name: string, at = new Date()) =>
    certificateChoices(findToken(states, { serial: signerNamed(pki, name).tokenSerial }), at);

  it('name unit, issuer, expiry and key, and can be used', () => {
    const [choice, ...others] = choicesOf('district-760');
    expect(others).toEqual([]);
    expect(choice?.unusable).toBeNull();
    const { unit, subject, issuer, notAfter, keyType, x509 } = choice?.certificate ?? {};
    const organization = /^O=(.*)$/m.exec(x509?.subject ?? '')?.[1] ?? 'none';
    expect(organization).not.toBe(subject);
    expect(unit).toBe(`${subject}, ${organization}`);
    expect(issuer).not.toBe('');
    expect(notAfter?.getTime()).toBeGreaterThan(Date.now());
    expect(keyType).toBe('RSA-2048');
  });

  it.each([
    ['bad-expired', 'SIGNER_EXPIRED'],
    ['bad-wrongKeyUsage', 'SIGNER_KEY_USAGE'],
  ])('say why one cannot be used: %s', (name, code) => {
    expect(choicesOf(name).map(({ unusable }) => unusable)).toEqual([code]);
  });

  it('are judged at the time of signing, and by what the token can do', () => {
    expect(choicesOf('district-760', new Date('2000-01-01'))).toMatchObject([
      { unusable: 'SIGNER_NOT_YET_VALID' },
    ]);
    const state = findToken(states, { serial: signerNamed(pki, 'district-760').tokenSerial });
    const unable = { ...state, algorithms: ['ECDSA-P256-SHA256'] as const };
    expect(certificateChoices(unable, new Date())).toMatchObject([{ unusable: 'TOKEN_MECHANISM_MISSING' }]);
    const noPss = { ...state, algorithms: ['RSA-PKCS1-SHA256'] as const };
    expect(certificateChoices(noPss, new Date(), true)).toMatchObject([
      { unusable: 'TOKEN_MECHANISM_MISSING' },
    ]);
  });
});

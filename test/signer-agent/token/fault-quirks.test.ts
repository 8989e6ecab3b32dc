import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fault, Quirk } from '#certs-test/fault-module';
import { signerNamed, type Pki } from '#certs-test/pki';
import { base64, utf8 } from '#core/bytes';
import type { HostedToken } from '#signer-agent/token/host';
import { faultTokens, holds, numbered, openModule } from '../support/fault-tokens.ts';
import { dropSoftTokens, pinOf, requestOf } from '../support/soft-tokens.ts';

/** What drivers in the field do that the standard does not say, or says and few expect. */

const message = utf8('what is signed');
const refusal = (code: string) => expect.objectContaining({ code }) as Error;

let pki: Pki;
let fault: Fault;
let token: HostedToken;

beforeAll(async () => {
  ({ pki, fault } = await faultTokens());
});
afterAll(() => dropSoftTokens(pki));
beforeEach(() => {
  token = openModule(fault.modulePath);
});
afterEach(async () => {
  await token.close();
  fault.reset();
});

const rsa = () => requestOf(pki, 'district-760', 'RSA-PKCS1-SHA256', message);
const ec = () => requestOf(pki, 'district-769', 'ECDSA-P256-SHA256', message);
const right = () => pinOf(pki.pin);

describe('a key that wants the PIN at every use', () => {
  it('signs a list: two logins, one signature', async () => {
    fault.quirk('always-authenticate');
    for (const request of [rsa(), ec()]) {
      const { signature } = await token.sign(request, right());
      expect(await holds(request, message, signature)).toBe(true);
    }
    expect(fault.count('C_Login')).toBe(4);
    expect(fault.count('context logins')).toBe(2);
    expect(fault.count('C_Sign')).toBe(2);
  });

  it('is refused for many signatures before it makes one', async () => {
    fault.quirk('always-authenticate');
    await expect(token.openSigner(rsa(), right())).rejects.toThrow(refusal('TOKEN_WANTS_PIN_EACH'));
    expect(fault.count('C_Sign')).toBe(0);
    expect(fault.count('C_SignInit')).toBe(0);
    expect(token.tokenOperations).toBe(0);
    // the token is free again
    const { signature } = await token.sign(rsa(), right());
    expect(await holds(rsa(), message, signature)).toBe(true);
  });

  it('that refuses the PIN it just took is not asked again', async () => {
    fault.quirk('always-authenticate');
    fault.answer('C_Login', 'CKR_PIN_INCORRECT', { nth: 2 });
    await expect(token.sign(rsa(), right())).rejects.toThrow(refusal('PIN_WRONG'));
    expect(fault.count('C_Login')).toBe(2);
    expect(fault.count('C_Sign')).toBe(0);
  });

  it('and does not say so signs nothing, once', async () => {
    fault.answer('C_Sign', 'CKR_USER_NOT_LOGGED_IN');
    await expect(token.sign(rsa(), right())).rejects.toThrow(refusal('TOKEN_FAILED'));
    expect(fault.count('C_Sign')).toBe(1);
  });
});

const quirks: readonly Quirk[] = [
  'no-read-write',
  'size-zero',
  'empty-id',
  'no-os-locking',
  'hide-before-login',
];

describe('a driver with its own ways', () => {
  it.each([
    ...quirks.map((quirk) => ({ name: quirk, some: [quirk] })),
    { name: 'all of them', some: quirks },
  ])('signs: $name', async ({ some }) => {
    fault.quirk(...some);
    for (const request of [rsa(), ec()]) {
      const { signature, otherCertificates } = await token.sign(request, right());
      expect(await holds(request, message, signature)).toBe(true);
      expect(otherCertificates.length).toBe(1);
    }
    const signer = await token.openSigner(rsa(), right());
    expect(await signer.sign(numbered(3))).toMatchObject({ fault: null });
    expect(fault.count('C_Sign')).toBe(5);
  });

  it('that shows nothing before login shows its certificates after it', async () => {
    fault.quirk('hide-before-login');
    const { tokenSerial, certificate } = signerNamed(pki, 'district-760');
    const listed = (await token.list()).find(({ serial }) => serial === tokenSerial);
    expect(listed?.fault).toBeUndefined();
    expect(listed?.certificates).toEqual([]);
    const after = await token.certificates({ serial: tokenSerial }, right());
    expect(after.map(base64)).toContain(certificate);
  });

  it('that tells no sizes shows its certificates whole', async () => {
    fault.quirk('size-zero');
    const { tokenSerial, certificate } = signerNamed(pki, 'district-760');
    const listed = (await token.list()).find(({ serial }) => serial === tokenSerial);
    expect(listed?.certificates.map(base64)).toContain(certificate);
  });

  it('that cannot lock is started without locks', async () => {
    fault.quirk('no-os-locking');
    expect((await token.list()).length).toBeGreaterThan(0);
    expect(fault.count('C_Initialize')).toBe(2);
  });
});

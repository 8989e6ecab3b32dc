import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '#certs-test/fault-module';
import type { Pki } from '#certs-test/pki';
import { utf8 } from '#core/bytes';
import type { HostedToken } from '#signer-agent/token/host';
import type { Unlock } from '#signer-agent/token/token';
import { faultTokens, openModule } from '../support/fault-tokens.ts';
import { dropSoftTokens, pinOf, requestOf } from '../support/soft-tokens.ts';

/** A PIN has few tries: every one is the signer's own decision. SoftHSM never locks, the fault module does. */

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

const request = () => requestOf(pki, 'district-760', 'RSA-PKCS1-SHA256', utf8('what is signed'));
const right = (lastTry = false): Unlock => ({ ...pinOf(pki.pin), lastTry });
const wrong = (lastTry = false): Unlock => ({ ...pinOf('99999999'), lastTry });
const pinNow = async () => (await token.list()).find(({ serial }) => serial === request().token.serial)?.pin;

/** Every operation that takes a PIN. */
const uses = [
  ['sign', (unlock: Unlock) => token.sign(request(), unlock)],
  ['openSigner', (unlock: Unlock) => token.openSigner(request(), unlock)],
  ['certificates', (unlock: Unlock) => token.certificates(request().token, unlock)],
] as const;

describe('a token that locks after three wrong PINs', () => {
  it('says how close it is, is not tried the last time without consent, and locks', async () => {
    fault.lockAfter(3);
    expect(await pinNow()).toBe('ok');
    await expect(token.sign(request(), wrong())).rejects.toThrow(refusal('PIN_WRONG'));
    expect(await pinNow()).toBe('low');
    await expect(token.sign(request(), wrong())).rejects.toThrow(refusal('PIN_WRONG'));
    expect(await pinNow()).toBe('final-try');
    expect([fault.count('C_Login'), fault.count('wrong PINs')]).toEqual([2, 2]);

    for (const [, use] of uses) await expect(use(wrong())).rejects.toThrow(refusal('PIN_LAST_TRY'));
    expect([fault.count('C_Login'), fault.count('wrong PINs')]).toEqual([2, 2]);

    await expect(token.sign(request(), wrong(true))).rejects.toThrow(refusal('PIN_WRONG'));
    expect([fault.count('C_Login'), fault.count('wrong PINs')]).toEqual([3, 3]);
    expect(await pinNow()).toBe('locked');

    for (const [, use] of uses) await expect(use(right(true))).rejects.toThrow(refusal('PIN_LOCKED'));
    expect([fault.count('C_Login'), fault.count('wrong PINs')]).toEqual([3, 3]);
    expect(fault.count('C_Sign')).toBe(0);
  });

  it('has all its tries again after the right one', async () => {
    fault.lockAfter(3);
    await expect(token.sign(request(), wrong())).rejects.toThrow(refusal('PIN_WRONG'));
    await expect(token.sign(request(), wrong())).rejects.toThrow(refusal('PIN_WRONG'));
    await token.sign(request(), right(true));
    expect(await pinNow()).toBe('ok');
    expect([fault.count('C_Login'), fault.count('wrong PINs')]).toEqual([3, 2]);
  });
});

describe('what the token’s flags say', () => {
  it.each([
    ['low', 'low', null],
    ['final-try', 'final-try', 'PIN_LAST_TRY'],
    ['locked', 'locked', 'PIN_LOCKED'],
    ['protected-path', 'ok', 'PIN_PAD_UNSUPPORTED'],
  ] as const)('%s: %s, %s', async (flag, state, code) => {
    fault.flags(flag);
    const listed = (await token.list()).find(({ serial }) => serial === request().token.serial);
    expect(listed).toMatchObject({ pin: state, pinPad: flag === 'protected-path' });
    if (code === null) {
      await token.sign(request(), right());
      expect(fault.count('C_Login')).toBe(1);
      return;
    }
    for (const [, use] of uses) await expect(use(right())).rejects.toThrow(refusal(code));
    expect(fault.count('C_Login')).toBe(0);
    expect(fault.count('C_Sign')).toBe(0);
  });
});

describe('what C_Login answers', () => {
  it.each([
    ['CKR_PIN_INCORRECT', 'PIN_WRONG'],
    ['CKR_PIN_INVALID', 'PIN_WRONG'],
    ['CKR_PIN_LEN_RANGE', 'PIN_WRONG'],
    ['CKR_PIN_LOCKED', 'PIN_LOCKED'],
    ['CKR_USER_PIN_NOT_INITIALIZED', 'PIN_LOCKED'],
    ['CKR_DEVICE_ERROR', 'TOKEN_FAILED'],
    ['CKR_FUNCTION_CANCELED', 'TOKEN_FAILED'],
  ] as const)('%s is %s, and the PIN is not tried again: %s', async (answer, code) => {
    for (const [index, [, use]] of uses.entries()) {
      fault.answer('C_Login', answer);
      await expect(use(right())).rejects.toThrow(refusal(code));
      expect(fault.count('C_Login')).toBe(index + 1);
    }
    expect(fault.count('C_Sign')).toBe(0);
  });
});

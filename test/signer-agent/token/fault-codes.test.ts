import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '#certs-test/fault-module';
import type { Pki } from '#certs-test/pki';
import { utf8 } from '#core/bytes';
import type { HostedToken } from '#signer-agent/token/host';
import { faultTokens, holds, numbered, openModule } from '../support/fault-tokens.ts';
import { dropSoftTokens, pinOf, requestOf } from '../support/soft-tokens.ts';

/** What a driver answers, and what the signer is told. fault-pin.test.ts has C_Login. */

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

const request = () => requestOf(pki, 'district-760', 'RSA-PKCS1-SHA256', message);
const right = () => pinOf(pki.pin);

describe('what a driver answers while it signs', () => {
  it.each([
    ['C_Initialize', 'CKR_GENERAL_ERROR', 'MODULE_FAILED'],
    ['C_Initialize', 'CKR_HOST_MEMORY', 'MODULE_FAILED'],
    ['C_GetSlotList', 'CKR_DEVICE_ERROR', 'TOKEN_FAILED'],
    ['C_GetTokenInfo', 'CKR_TOKEN_NOT_RECOGNIZED', 'TOKEN_ABSENT'],
    ['C_GetTokenInfo', 'CKR_DEVICE_ERROR', 'TOKEN_FAILED'],
    ['C_GetMechanismList', 'CKR_FUNCTION_FAILED', 'TOKEN_FAILED'],
    ['C_OpenSession', 'CKR_TOKEN_NOT_PRESENT', 'TOKEN_ABSENT'],
    ['C_OpenSession', 'CKR_SLOT_ID_INVALID', 'TOKEN_ABSENT'],
    ['C_OpenSession', 'CKR_SESSION_COUNT', 'TOKEN_FAILED'],
    ['C_FindObjectsInit', 'CKR_FUNCTION_FAILED', 'TOKEN_FAILED'],
    ['C_FindObjects', 'CKR_DEVICE_MEMORY', 'TOKEN_FAILED'],
    ['C_GetAttributeValue', 'CKR_DEVICE_ERROR', 'TOKEN_FAILED'],
    ['C_SignInit', 'CKR_MECHANISM_INVALID', 'TOKEN_MECHANISM_MISSING'],
    ['C_SignInit', 'CKR_MECHANISM_PARAM_INVALID', 'TOKEN_MECHANISM_MISSING'],
    ['C_SignInit', 'CKR_KEY_FUNCTION_NOT_PERMITTED', 'TOKEN_MECHANISM_MISSING'],
    ['C_SignInit', 'CKR_KEY_HANDLE_INVALID', 'TOKEN_FAILED'],
    ['C_SignInit', 'CKR_OPERATION_ACTIVE', 'TOKEN_FAILED'],
    ['C_Sign', 'CKR_DEVICE_ERROR', 'TOKEN_FAILED'],
    ['C_Sign', 'CKR_DEVICE_MEMORY', 'TOKEN_FAILED'],
    ['C_Sign', 'CKR_DEVICE_REMOVED', 'TOKEN_REMOVED'],
    ['C_Sign', 'CKR_SESSION_HANDLE_INVALID', 'TOKEN_REMOVED'],
    ['C_Sign', 'CKR_SESSION_CLOSED', 'TOKEN_REMOVED'],
    ['C_Sign', 'CKR_DATA_LEN_RANGE', 'TOKEN_FAILED'],
    ['C_Sign', 'CKR_BUFFER_TOO_SMALL', 'TOKEN_FAILED'],
    ['C_Sign', 'CKR_FUNCTION_NOT_SUPPORTED', 'TOKEN_FAILED'],
  ] as const)('%s %s is %s; nothing is tried twice', async (name, answer, code) => {
    fault.answer(name, answer);
    await expect(token.sign(request(), right())).rejects.toThrow(refusal(code));
    expect(fault.count('C_Login')).toBeLessThanOrEqual(1);
    expect(fault.count('C_Sign')).toBe(name === 'C_Sign' ? 1 : 0);
    expect(token.tokenOperations).toBe(fault.count('C_Sign'));
    expect(fault.count('signatures')).toBe(0);
    fault.reset();
    const { signature } = await token.sign(request(), right());
    expect(await holds(request(), message, signature)).toBe(true);
  });

  it('ends a window at the signature that failed; those before it stay', async () => {
    const messages = numbered(6);
    const signer = await token.openSigner(request(), right());
    fault.answer('C_Sign', 'CKR_DEVICE_ERROR', { nth: 4 });
    const [first, second] = await Promise.all([signer.sign(messages), signer.sign(messages)]);
    expect(first.fault?.code).toBe('TOKEN_FAILED');
    expect(first.signatures.length).toBe(3);
    expect(second).toMatchObject({ signatures: [], fault: refusal('TOKEN_FAILED') });
    expect(fault.count('C_Sign')).toBe(4);
    expect(fault.count('signatures')).toBe(3);
  });

  it.each(['C_Logout', 'C_CloseSession', 'C_Finalize'] as const)(
    'does not lose the signature where %s fails afterwards',
    async (name) => {
      fault.answer(name, 'CKR_DEVICE_ERROR');
      const { signature } = await token.sign(request(), right());
      expect(await holds(request(), message, signature)).toBe(true);
      await token.close();
      expect(fault.count(name)).toBe(1);
    },
  );
});

describe('what a driver answers while tokens are listed', () => {
  it.each([
    ['C_OpenSession', 'CKR_DEVICE_ERROR', 'TOKEN_FAILED'],
    ['C_FindObjectsInit', 'CKR_DEVICE_ERROR', 'TOKEN_FAILED'],
    ['C_GetMechanismList', 'CKR_DEVICE_ERROR', 'TOKEN_FAILED'],
  ] as const)('%s %s is told of that token only: %s', async (name, answer, code) => {
    fault.answer(name, answer, { nth: 1 });
    const faults = (await token.list()).map((state) => state.fault);
    expect(faults.filter((one) => one !== undefined)).toEqual([code]);
    expect(faults.length).toBeGreaterThan(1);
  });

  it('hides no other token where one does not even tell its name', async () => {
    const before = await token.list();
    fault.answer('C_GetTokenInfo', 'CKR_DEVICE_ERROR', { nth: 1 });
    const after = await token.list();
    expect(after.filter((state) => state.fault === undefined).length).toBeGreaterThanOrEqual(
      before.length - 1,
    );
  });
});

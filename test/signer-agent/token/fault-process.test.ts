import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '#certs-test/fault-module';
import type { Pki } from '#certs-test/pki';
import { utf8 } from '#core/bytes';
import type { HostedToken } from '#signer-agent/token/host';
import { faultTokens, holds, numbered, openModule } from '../support/fault-tokens.ts';
import { dropSoftTokens, pinOf, requestOf } from '../support/soft-tokens.ts';

/** Drivers that are slow, hang or crash: the agent lives, says so, and starts them again. */

const message = utf8('what is signed');
const refusal = (code: string) => expect.objectContaining({ code }) as Error;
/** short for a driver that hangs, long for one that works on a busy machine */
const SHORT = { listMs: 4000, pinMs: 4000, progressMs: 3000 };

let pki: Pki;
let fault: Fault;
let token: HostedToken;

beforeAll(async () => {
  ({ pki, fault } = await faultTokens());
});
afterAll(() => dropSoftTokens(pki));
afterEach(async () => {
  await token.close();
  fault.reset();
});

const request = () => requestOf(pki, 'district-760', 'RSA-PKCS1-SHA256', message);
const right = () => pinOf(pki.pin);

/** The next operation starts another process, and works. */
async function worksAgain(): Promise<void> {
  fault.reset();
  const { signature } = await token.sign(request(), right());
  expect(await holds(request(), message, signature)).toBe(true);
  expect(fault.count('C_Initialize')).toBe(1);
  expect(fault.count('C_Sign')).toBe(1);
}

describe('a slow driver', () => {
  it('is waited for', async () => {
    token = openModule(fault.modulePath);
    fault.delay('C_Login', 700);
    fault.delay('C_Sign', 700);
    const { signature } = await token.sign(request(), right());
    expect(await holds(request(), message, signature)).toBe(true);
  });

  it('is given up at the deadline; what it was asked is not asked again', async () => {
    token = openModule(fault.modulePath, SHORT);
    fault.delay('C_Sign', 60_000);
    await expect(token.sign(request(), right())).rejects.toThrow(refusal('MODULE_FAILED'));
    expect(fault.count('C_Sign')).toBe(1);
    expect(fault.count('signatures')).toBe(0);
    expect(token.tokenOperations).toBe(1);
    await worksAgain();
  });

  it('has all the time it needs where it makes signature after signature', async () => {
    token = openModule(fault.modulePath, { ...SHORT, progressMs: 1500 });
    fault.delay('C_Sign', 300);
    const signer = await token.openSigner(request(), right());
    const { signatures, fault: none } = await signer.sign(numbered(8));
    expect(none).toBeNull();
    expect(signatures.length).toBe(8);
  });
});

describe('a driver that hangs', () => {
  it.each(['C_Initialize', 'C_GetSlotList', 'C_GetAttributeValue'] as const)(
    'in %s while tokens are listed',
    async (name) => {
      token = openModule(fault.modulePath, SHORT);
      fault.hang(name);
      await expect(token.list()).rejects.toThrow(refusal('MODULE_FAILED'));
      await worksAgain();
    },
  );

  it.each(['C_Login', 'C_SignInit', 'C_Sign'] as const)('in %s while it signs', async (name) => {
    token = openModule(fault.modulePath, SHORT);
    fault.hang(name);
    await expect(token.sign(request(), right())).rejects.toThrow(refusal('MODULE_FAILED'));
    expect(fault.count('C_Login')).toBe(1);
    expect(fault.count('signatures')).toBe(0);
    await worksAgain();
  });

  it('in the middle of a window costs none of the signatures made', async () => {
    token = openModule(fault.modulePath, SHORT);
    // a real token's pace: every signature is reported before the next one begins
    fault.delay('C_Sign', 300);
    fault.hang('C_Sign', { nth: 4 });
    const messages = numbered(6);
    const signer = await token.openSigner(request(), right());
    const [first, second] = await Promise.all([signer.sign(messages), signer.sign(messages)]);
    expect(first.fault?.code).toBe('MODULE_FAILED');
    expect(first.signatures.length).toBe(3);
    for (const [index, signature] of first.signatures.entries())
      expect(await holds(request(), messages[index] ?? message, signature)).toBe(true);
    expect(second).toMatchObject({ signatures: [], fault: refusal('MODULE_FAILED') });
    expect(fault.count('C_Sign')).toBe(4);
    await signer.close();
    await worksAgain();
  });

  it('when it is to end is ended', async () => {
    token = openModule(fault.modulePath);
    fault.hang('C_Finalize');
    const { signature } = await token.sign(request(), right());
    expect(await holds(request(), message, signature)).toBe(true);
    await worksAgain();
  });
});

describe('a driver that crashes', () => {
  it.each(['C_Initialize', 'C_GetSlotList', 'C_GetTokenInfo', 'C_OpenSession', 'C_FindObjects'] as const)(
    'in %s while tokens are listed',
    async (name) => {
      token = openModule(fault.modulePath);
      fault.crash(name);
      await expect(token.list()).rejects.toThrow(refusal('MODULE_FAILED'));
      await worksAgain();
    },
  );

  it.each([
    ['C_OpenSession', 0],
    ['C_Login', 1],
    ['C_FindObjectsInit', 1],
    ['C_GetAttributeValue', 1],
    ['C_SignInit', 1],
    ['C_Sign', 1],
  ] as const)('in %s while it signs; PIN and signature are asked for once', async (name, logins) => {
    token = openModule(fault.modulePath);
    fault.crash(name);
    await expect(token.sign(request(), right())).rejects.toThrow(refusal('MODULE_FAILED'));
    expect(fault.count('C_Login')).toBe(logins);
    expect(fault.count('C_Sign')).toBe(name === 'C_Sign' ? 1 : 0);
    expect(fault.count('signatures')).toBe(0);
    await worksAgain();
  });

  it('after it has signed is not asked to sign again', async () => {
    token = openModule(fault.modulePath);
    fault.crash('C_Sign', { after: true });
    await expect(token.sign(request(), right())).rejects.toThrow(refusal('MODULE_FAILED'));
    expect(fault.count('signatures')).toBe(1);
    expect(fault.count('C_Sign')).toBe(1);
    expect(token.tokenOperations).toBe(1);
    await worksAgain();
  });

  it('in the middle of a window costs none of the signatures made before', async () => {
    token = openModule(fault.modulePath);
    fault.delay('C_Sign', 300);
    fault.crash('C_Sign', { nth: 4 });
    const messages = numbered(6);
    const signer = await token.openSigner(request(), right());
    const { signatures, fault: why } = await signer.sign(messages);
    expect(why?.code).toBe('MODULE_FAILED');
    expect(signatures.length).toBe(3);
    for (const [index, signature] of signatures.entries())
      expect(await holds(request(), messages[index] ?? message, signature)).toBe(true);
    expect(token.tokenOperations).toBe(4);
    expect(await signer.sign(messages)).toMatchObject({ signatures: [], fault: refusal('MODULE_FAILED') });
    await signer.close();
    await worksAgain();
  });

  it('when it ends has done its work', async () => {
    token = openModule(fault.modulePath);
    fault.crash('C_Finalize');
    const { signature } = await token.sign(request(), right());
    expect(await holds(request(), message, signature)).toBe(true);
    await worksAgain();
  });
});

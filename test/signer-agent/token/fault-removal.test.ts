import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '#certs-test/fault-module';
import { signerNamed, type Pki } from '#certs-test/pki';
import { utf8 } from '#core/bytes';
import type { HostedToken } from '#signer-agent/token/host';
import { faultTokens, holds, numbered, openModule } from '../support/fault-tokens.ts';
import { dropSoftTokens, pinOf, requestOf } from '../support/soft-tokens.ts';

/** The token is pulled out, and comes back. */

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

const request = (name = 'district-760') => requestOf(pki, name, 'RSA-PKCS1-SHA256', message);
const right = () => pinOf(pki.pin);
const serials = async (options?: { fresh: boolean }) =>
  (await token.list(options)).map(({ serial }) => serial);

async function signs(name?: string): Promise<void> {
  const { signature } = await token.sign(request(name), right());
  expect(await holds(request(name), message, signature)).toBe(true);
}

describe('a token that is pulled out', () => {
  it('is no longer listed, and is again when it is back, by the same process', async () => {
    const { tokenSerial } = signerNamed(pki, 'district-760');
    expect(await serials()).toContain(tokenSerial);
    const { pid } = token;
    fault.unplug();
    expect(await serials()).toEqual([]);
    fault.replug();
    expect(await serials()).toContain(tokenSerial);
    expect(token.pid).toBe(pid);
    await signs();
  });

  it('is seen again only when the driver starts anew, where that is the driver’s way', async () => {
    const { tokenSerial } = signerNamed(pki, 'district-760');
    await serials();
    fault.unplug();
    expect(await serials()).toEqual([]);
    fault.replug({ afterReinitialise: true });
    expect(await serials()).toEqual([]);
    expect(await serials({ fresh: true })).toContain(tokenSerial);
    await signs();
  });

  it('takes no other token with it', async () => {
    const { tokenSerial } = signerNamed(pki, 'district-760');
    const before = await serials();
    fault.unplug(tokenSerial);
    expect(new Set(await serials())).toEqual(new Set(before.filter((serial) => serial !== tokenSerial)));
    await expect(token.sign(request(), right())).rejects.toThrow(refusal('TOKEN_ABSENT'));
    await signs('facility-79-00311');
  });

  it('is absent for who wants to sign, and is told no PIN', async () => {
    await token.list();
    fault.unplug();
    await expect(token.sign(request(), right())).rejects.toThrow(refusal('TOKEN_ABSENT'));
    await expect(token.openSigner(request(), right())).rejects.toThrow(refusal('TOKEN_ABSENT'));
    expect(fault.count('C_Login')).toBe(0);
    expect(token.tokenOperations).toBe(0);
  });

  it.each([
    'C_OpenSession',
    'C_Login',
    'C_FindObjectsInit',
    'C_FindObjects',
    'C_GetAttributeValue',
    'C_SignInit',
    'C_Sign',
  ] as const)('at %s is TOKEN_REMOVED; nothing is tried twice', async (name) => {
    fault.unplugAt(name, 1);
    await expect(token.sign(request(), right())).rejects.toThrow(refusal('TOKEN_REMOVED'));
    expect(fault.count(name)).toBe(1);
    expect(fault.count('wrong PINs')).toBe(0);
    expect(fault.count('signatures')).toBe(0);
    fault.replug();
    await signs();
  });
});

describe('a token that is pulled out in the middle of a window', () => {
  it('costs none of the signatures made, and signs again after another PIN', async () => {
    const messages = numbered(6);
    const signer = await token.openSigner(request(), right());
    fault.unplugAt('C_Sign', 4);
    const [first, second] = await Promise.all([signer.sign(messages), signer.sign(messages)]);
    expect(first.fault?.code).toBe('TOKEN_REMOVED');
    expect(first.signatures.length).toBe(3);
    for (const [index, signature] of first.signatures.entries())
      expect(await holds(request(), messages[index] ?? message, signature)).toBe(true);
    expect(second).toMatchObject({ signatures: [], fault: refusal('TOKEN_REMOVED') });
    expect(fault.count('C_Sign')).toBe(4);
    expect(fault.count('signatures')).toBe(3);
    expect(token.tokenOperations).toBe(4);

    // back in its slot, it is nobody's until the PIN is given again
    fault.replug();
    expect(await signer.sign(messages)).toMatchObject({ signatures: [], fault: refusal('TOKEN_REMOVED') });
    expect(fault.count('C_Sign')).toBe(4);
    await signer.close();
    const again = await token.openSigner(request(), right());
    expect((await again.sign(messages.slice(3))).signatures.length).toBe(3);
    expect(fault.count('C_Login')).toBe(2);
  });

  it('and put back before the next signature has lost its login all the same', async () => {
    const messages = numbered(3);
    const signer = await token.openSigner(request(), right());
    expect((await signer.sign(messages)).signatures.length).toBe(3);
    fault.unplug();
    fault.replug();
    const { signatures, fault: why } = await signer.sign(messages);
    expect(signatures).toEqual([]);
    expect(why?.code).toBe('TOKEN_REMOVED');
    expect(fault.count('signatures')).toBe(3);
  });
});

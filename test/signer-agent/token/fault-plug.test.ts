import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '#certs-test/fault-module';
import { signerNamed, type Pki } from '#certs-test/pki';
import { utf8 } from '#core/bytes';
import type { HostedToken } from '#signer-agent/token/host';
import { waitForToken, watchTokens, type TokensChange } from '#signer-agent/token/watch-tokens';
import { faultTokens, holds, numbered, openModule } from '../support/fault-tokens.ts';
import { dropSoftTokens, pinOf, requestOf } from '../support/soft-tokens.ts';

/** Plug and unplug, seen by asking, with drivers that make it hard. */

const everyMs = 100;
const message = utf8('what is signed');

let pki: Pki;
let fault: Fault;
let token: HostedToken;
let serial: string;

beforeAll(async () => {
  ({ pki, fault } = await faultTokens());
  serial = signerNamed(pki, 'district-760').tokenSerial;
});
afterAll(() => dropSoftTokens(pki));
beforeEach(() => {
  token = openModule(fault.modulePath, { listMs: 4000 });
});
afterEach(async () => {
  await token.close();
  fault.reset();
});

const request = () => requestOf(pki, 'district-760', 'RSA-PKCS1-SHA256', message);
const right = () => pinOf(pki.pin);

describe('waiting for a token', () => {
  it.each([false, true])('that comes back, shown only to a driver that starts anew: %s', async (anew) => {
    await token.list();
    fault.unplug();
    expect(await token.list()).toEqual([]);
    const waiting = waitForToken(token, { serial }, { everyMs });
    fault.replug({ afterReinitialise: anew });
    expect(await waiting).toMatchObject({ serial, pin: 'ok' });
    const { signature } = await token.sign(request(), right());
    expect(await holds(request(), message, signature)).toBe(true);
  });

  it('goes on while the driver crashes, and ends when it does no more', async () => {
    fault.crash('C_GetSlotList', { nth: 1 });
    fault.crash('C_GetSlotList', { nth: 2 });
    expect(await waitForToken(token, { serial }, { everyMs })).toMatchObject({ serial });
    expect(fault.count('C_Initialize')).toBe(3);
  });

  it('goes on while the driver fails or hangs', async () => {
    fault.answer('C_GetSlotList', 'CKR_DEVICE_ERROR', { nth: 1 });
    fault.hang('C_GetSlotList', { nth: 2 });
    expect(await waitForToken(token, { serial }, { everyMs })).toMatchObject({ serial });
  });

  it('pulled out in the middle of a window continues where it was, with another PIN', async () => {
    const messages = numbered(6);
    const signer = await token.openSigner(request(), right());
    fault.unplugAt('C_Sign', 4);
    const before = await signer.sign(messages);
    expect(before.fault?.code).toBe('TOKEN_REMOVED');
    await signer.close();
    const waiting = waitForToken(token, { serial }, { everyMs });
    fault.replug({ afterReinitialise: true });
    await waiting;
    const again = await token.openSigner(request(), right());
    const after = await again.sign(messages.slice(before.signatures.length));
    expect(after.fault).toBeNull();
    const signatures = [...before.signatures, ...after.signatures];
    expect(signatures.length).toBe(messages.length);
    for (const [index, signature] of signatures.entries())
      expect(await holds(request(), messages[index] ?? message, signature)).toBe(true);
    expect(fault.count('signatures')).toBe(messages.length);
    expect(fault.count('C_Login')).toBe(2);
  });
});

describe('watching tokens', () => {
  it('tells what is pulled out and plugged in, and of a driver that crashes', async () => {
    const changes: TokensChange[] = [];
    let wake: () => void = () => undefined;
    const stop = new AbortController();
    const watching = watchTokens(
      token,
      (change) => {
        changes.push(change);
        wake();
      },
      stop.signal,
      everyMs,
    );
    const nextChange = async (): Promise<TokensChange> => {
      while (changes.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const [change, ...later] = changes.splice(0);
      changes.push(...later);
      if (!change) throw new Error('no change');
      return change;
    };
    const first = await nextChange();
    expect(first.plugged.map((state) => state.serial)).toContain(serial);
    fault.unplug(serial);
    expect((await nextChange()).pulled.map((state) => state.serial)).toEqual([serial]);
    fault.replug({ afterReinitialise: true });
    expect((await nextChange()).plugged.map((state) => state.serial)).toEqual([serial]);
    fault.crash('C_GetSlotList');
    const crashed = await nextChange();
    expect(crashed).toMatchObject({ fault: 'MODULE_FAILED', plugged: [], pulled: [] });
    expect(crashed.tokens.length).toBe(first.tokens.length);
    fault.reset();
    expect(await nextChange()).toMatchObject({ fault: null, plugged: [], pulled: [] });
    stop.abort();
    await watching;
    expect(fault.count('C_Login')).toBe(0);
  });
});

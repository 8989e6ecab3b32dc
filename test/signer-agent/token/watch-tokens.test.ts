import { readdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { signerNamed, type Pki } from '#certs-test/pki';
import { utf8 } from '#core/bytes';
import type { Pkcs11Token } from '#signer-agent/token/host';
import { watchTokens, waitForToken, type TokensChange } from '#signer-agent/token/watch-tokens';
import { dropSoftTokens, openSoftToken, pinOf, requestOf, softTokens } from '../support/soft-tokens.ts';

let pki: Pki;
let token: Pkcs11Token;
let serial: string;

beforeAll(async () => {
  pki = await softTokens();
  serial = signerNamed(pki, 'district-760').tokenSerial;
});
afterAll(() => dropSoftTokens(pki));
afterEach(async () => {
  await token.close();
});

/** A soft token is a folder, named by a UUID that ends in the serial number. */
function pullOut(): () => void {
  const tokens = join(dirname(pki.environment.SOFTHSM2_CONF), 'tokens');
  const name = readdirSync(tokens).find((folder) => folder.replaceAll('-', '').endsWith(serial)) ?? serial;
  const away = join(pki.dir, `pulled-${name}`);
  renameSync(join(tokens, name), away);
  return () => renameSync(away, join(tokens, name));
}

describe('waiting for a token', () => {
  it('ends when the token of that serial number is plugged in', async () => {
    token = openSoftToken(pki);
    const plugIn = pullOut();
    const waiting = waitForToken(token, { serial }, { everyMs: 100 });
    expect((await token.list()).map((state) => state.serial)).not.toContain(serial);
    plugIn();
    expect(await waiting).toMatchObject({ serial });
    // and it can be signed with
    await token.sign(requestOf(pki, 'district-760', 'RSA-PKCS1-SHA256', utf8('after')), pinOf(pki.pin));
  });

  it('ends when nobody waits any more', async () => {
    token = openSoftToken(pki);
    const stop = new AbortController();
    const waiting = waitForToken(token, { serial: 'none' }, { signal: stop.signal, everyMs: 60_000 });
    await token.list();
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});

describe('watching tokens', () => {
  it('ends at once when nobody watches any more, even while a signer has the token', async () => {
    token = openSoftToken(pki);
    const request = requestOf(pki, 'district-769', 'ECDSA-P256-SHA256', utf8('x'));
    const signer = await token.openSigner(request, pinOf(pki.pin));
    const stop = new AbortController();
    const watching = watchTokens(token, () => undefined, stop.signal);
    expect((await signer.sign([utf8('signed meanwhile')])).fault).toBeNull();
    stop.abort();
    await watching;
    expect((await signer.sign([utf8('and after')])).fault).toBeNull();
  });

  it('tells what is there, what is pulled out and what is plugged in', async () => {
    token = openSoftToken(pki);
    const stop = new AbortController();
    const changes: TokensChange[] = [];
    let told: () => void = () => undefined;
    const next = () => new Promise<void>((resolve) => (told = resolve));
    let change = next();
    const watching = watchTokens(
      token,
      (seen) => {
        changes.push(seen);
        told();
      },
      stop.signal,
      100,
    );
    await change;
    change = next();
    const plugIn = pullOut();
    await change;
    change = next();
    plugIn();
    await change;
    stop.abort();
    await watching;
    const serials = (states: TokensChange['tokens'] = []) => states.map((state) => state.serial);
    const [first, pulled, plugged] = changes;
    expect(serials(first?.plugged)).toContain(serial);
    expect(serials(pulled?.pulled)).toEqual([serial]);
    expect(serials(pulled?.tokens)).not.toContain(serial);
    expect(serials(plugged?.plugged)).toEqual([serial]);
    expect(serials(plugged?.tokens)).toContain(serial);
  });
});

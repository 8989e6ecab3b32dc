import { chmodSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFault, type Fault } from '#certs-test/fault-module';
import { documentSignersFile } from '#certs-test/document-signers';
import { publicKeyOf } from '#certs-test/envelope';
import { documentSignerNamed, type Pki } from '#certs-test/pki';
import { keyOf } from '#certs-test/signing-key';
import { base64 } from '#core/bytes';
import { readFileSync, writeFileSync } from 'node:fs';
import { DocumentSignerList, keysOfFiles } from '#signer-agent/issuing/document-signers';
import { findPlaces } from '#signer-agent/issuing/find-places';
import { issuingKey } from '#signer-agent/issuing/issuing-key';
import type { IssuingOrder } from '#signer-agent/issuing/run-issuing';
import { SeenSequences } from '#signer-agent/issuing/seen-sequences';
import { readServicePin } from '#signer-agent/issuing/secret-source';
import { usableKeys } from '#signer-agent/issuing/usable-keys';
import { prepareTrust } from '#verifier/trust/trust';
import { openModule } from '#test/signer-agent/support/fault-tokens';
import { lyingApi } from './support/lying-api.ts';
import { days, trustFolder, trustToday } from './support/signed-world.ts';
import {
  certificateNamed,
  dropMinistryTokens,
  kidNamed,
  ministryTokens,
  newHome,
  placesOf,
  refusedWith,
  secretFile,
  work,
  type Scene,
} from './support/worker.ts';

/** The worker refuses to run rather than to sign with what is not right. */

let pki: Pki;
let scene: Scene;
let fault: Fault;
let folder: string;
beforeAll(async () => {
  pki = await ministryTokens();
  scene = { pki, api: await lyingApi(), trust: trustFolder() };
  folder = newHome();
  fault = openFault({ ...pki, environment: pki.ministryEnvironment }, join(folder, 'fault'));
  Object.assign(process.env, fault.environment);
});
afterAll(async () => {
  await scene.api.close();
  scene.trust.remove();
  rmSync(folder, { recursive: true, force: true });
  dropMinistryTokens(pki);
});

const refusal = (changes: Partial<IssuingOrder>) => refusedWith(() => work(scene, changes));
const key = (name: string) => issuingKey(certificateNamed(pki, name), new Date());

describe('a document signer', () => {
  it.each([
    ['ministry-recovery', 'DOCUMENT_SIGNER_USAGE'],
    ['ministry-expired', 'SIGNER_EXPIRED'],
    ['ministry-next', 'SIGNER_NOT_YET_VALID'],
  ])('is not taken by its certificate: %s', async (name, code) => {
    expect(await refusedWith(() => key(name))).toBe(code);
  });

  it.each(['ministry-ec', 'ministry-rsa', 'ministry-old-arc', 'ministry-any'])('is taken: %s', (name) => {
    expect(key(name).kid).toBe(kidNamed(pki, name));
  });

  it('that is of another key than its token’s is KEY_MISMATCH', async () => {
    const place = { ...key('ministry-ec') };
    const token = { serial: documentSignerNamed(pki, 'ministry-ec-2').tokenSerial };
    const places = async () =>
      (await placesOf(pki, 'ministry-ec')).map((one) => ({ ...one, key: place, token }));
    expect(await refusal({ places })).toBe('KEY_MISMATCH');
  });

  it('that runs out within 12 months cannot be worked with alone', async () => {
    expect(await refusal({ places: () => placesOf(pki, 'ministry-ending') })).toBe('CERTIFICATE_KEY_NONE');
  });

  it('is found on the only token there is to choose from, and nowhere among several', async () => {
    const elsewhere = [{ ...key('ministry-ec'), certificate: new Uint8Array(3) }];
    const { tokenSerial } = documentSignerNamed(pki, 'ministry-ec');
    const hsm = { module: pki.modulePath, tokens: [tokenSerial] };
    expect(await findPlaces(elsewhere, hsm)).toMatchObject([{ token: { serial: tokenSerial } }]);
    expect(await refusedWith(() => findPlaces(elsewhere, { ...hsm, tokens: [] }))).toBe(
      'SIGNER_CERTIFICATE_ABSENT',
    );
    expect(await refusedWith(() => findPlaces(elsewhere, { ...hsm, tokens: ['other'] }))).toBe(
      'TOKEN_ABSENT',
    );
  });

  it('is taken from the signed list as far as its rows and its usage go, and from no list of another', async () => {
    const service = keyOf(readFileSync(pki.files.documentSignersKey, 'utf8'));
    const row = { service: 'document-signers' as const, key: base64(publicKeyOf(service)), from: days(-10) };
    const trust = prepareTrust(trustToday({ services: [row] }));
    const signers = pki.documentSigners.map(({ name, certificate }) => ({
      country: 'VN',
      certificate,
      from: days(-5),
      ...(name === 'ministry-any' ? { to: days(-1) } : {}),
    }));
    const list = {
      type: 'kyso/document-signers/v1' as const,
      instance: 'demo',
      sequence: 1,
      issuedAt: days(-1),
      nextUpdate: days(1),
      signers,
    };
    const file = join(folder, 'document-signers.json');
    writeFileSync(file, await documentSignersFile(pki, list));
    const seen = new SeenSequences({ folder: newHome() });
    const signed = new DocumentSignerList(file, seen);
    const kids = (await signed.keys(trust, new Date())).map(({ kid }) => kid);
    const fit = [
      'ministry-ec',
      'ministry-ec-2',
      'ministry-rsa',
      'ministry-ending',
      'ministry-old-arc',
      'ministry-unlisted',
    ];
    expect(kids.sort()).toEqual(fit.map((name) => kidNamed(pki, name)).sort());
    const other = keyOf(readFileSync(pki.files.statusKey, 'utf8'));
    writeFileSync(file, await documentSignersFile(pki, list, other));
    expect(await refusedWith(() => signed.keys(trust, new Date()))).toBe('DOCUMENT_SIGNERS_UNTRUSTED');
    writeFileSync(file, await documentSignersFile(pki, { ...list, nextUpdate: days(-0.5) }));
    expect(await refusedWith(() => signed.keys(trust, new Date()))).toBe('DOCUMENT_SIGNERS_STALE');
    // a key whose row was ended, and one that left the list; then an older list, after a restart, too
    const [ended, left] = ['ministry-ec', 'ministry-rsa'].map(
      (name) => documentSignerNamed(pki, name).certificate,
    );
    const rows = list.signers.flatMap((one) => {
      if (one.certificate === left) return [];
      return one.certificate === ended ? [{ ...one, to: days(-0.5) }] : [one];
    });
    writeFileSync(file, await documentSignersFile(pki, { ...list, sequence: 2, signers: rows }));
    const now = (await signed.keys(trust, new Date())).map(({ kid }) => kid);
    expect(now.sort()).toEqual(
      fit
        .slice(1)
        .filter((name) => name !== 'ministry-rsa')
        .map((name) => kidNamed(pki, name))
        .sort(),
    );
    const usable = await usableKeys([key('ministry-ec'), key('ministry-ec-2')], signed)(trust, new Date());
    expect([...usable.keys()]).toEqual([kidNamed(pki, 'ministry-ec-2')]);
    writeFileSync(file, await documentSignersFile(pki, list));
    for (const one of [signed, new DocumentSignerList(file, seen)])
      expect(await refusedWith(() => one.keys(trust, new Date()))).toBe('DOCUMENT_SIGNERS_STALE');
  });

  it('is read from a file in DER or PEM', () => {
    const file = join(pki.files.ministry, 'ministry-rsa.der');
    expect(keysOfFiles([file], new Date()).map(({ kid }) => kid)).toEqual([kidNamed(pki, 'ministry-rsa')]);
  });
});

describe('a wrong PIN', () => {
  it('costs one try, whatever the number of keys and sessions, and ends the worker', async () => {
    const wrong = secretFile(folder, 'wrong-pin', '00000000\n');
    const open = () => openModule(fault.modulePath);
    const places = async () =>
      (await placesOf(pki, 'ministry-ec', 'ministry-rsa')).map((one) => ({ ...one, open }));
    expect(await refusal({ places, sessions: 3, pin: { file: wrong } })).toBe('PIN_WRONG');
    expect(fault.count('C_Login')).toBe(1);
  });
});

describe('a PIN for a service', () => {
  it('is read again each time, from a file or a descriptor of one', () => {
    const file = secretFile(folder, 'pin', '12345678\n');
    const fd = openSync(file, 'r');
    for (const source of [{ file }, { fd }, { fd }])
      expect(Buffer.from(readServicePin(source).take()).toString()).toBe('12345678');
  });

  it('is not read from a file that others may read, from nothing, or from a pipe', async () => {
    const open = secretFile(folder, 'open-pin', '12345678\n');
    chmodSync(open, 0o640);
    for (const source of [
      { file: open },
      { file: 'pin' },
      { file: join(folder, 'none') },
      { fd: openSync('/dev/null', 'r') },
    ])
      expect(await refusedWith(() => readServicePin(source))).toBe('PIN_UNREADABLE');
    const empty = secretFile(folder, 'empty', '\n');
    expect(await refusedWith(() => readServicePin({ file: empty }))).toBe('PIN_UNREADABLE');
  });

  it('may be a credential of the service manager, opened to it by an access list', () => {
    const file = secretFile(folder, 'credential', '12345678');
    chmodSync(file, 0o440);
    process.env['CREDENTIALS_DIRECTORY'] = folder;
    try {
      expect(Buffer.from(readServicePin({ file }).take()).toString()).toBe('12345678');
    } finally {
      delete process.env['CREDENTIALS_DIRECTORY'];
    }
  });
});

describe('trust that cannot be believed', () => {
  it('keeps the worker from starting', async () => {
    const stale = trustFolder(trustToday({ nextUpdate: days(-1) }));
    expect(await refusal({ trust: stale.trust })).toBe('TRUST_STALE');
    stale.remove();
    expect(await refusal({ trust: scene.trust.trustKeys })).toMatch(/^TRUST_/);
    expect(await refusal({ trustKeys: join(folder, 'none') })).toBe('CONFIG_INVALID');
  });

  it('is a list with a lower sequence than one that was seen', async () => {
    const home = newHome();
    await work(scene, {}, home);
    const older = trustFolder(trustToday({ sequence: 4 }));
    expect(await refusedWith(() => work(scene, { trust: older.trust }, home))).toBe('TRUST_STALE');
    older.remove();
    rmSync(home, { recursive: true });
  });
});

import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reissueTrustList } from '#certs-test/trust';
import { readConfig } from '#signing-api/config';
import { trustSource } from '#signing-api/trust-source';
import { nodeCrypto } from '#verifier/crypto-node';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
let first: string;
beforeAll(async () => {
  world = await makeWorld();
  first = join(world.folder, 'first-trust.json');
  copyFileSync(world.pki.files.trust, first);
});
afterAll(() => world.close());

const DAY_MS = 86_400_000;
const now = () => new Date();

function countedSource(): { source: ReturnType<typeof trustSource>; verified: () => number } {
  let verified = 0;
  const verify: typeof nodeCrypto.verify = (...args) => {
    verified++;
    return nodeCrypto.verify(...args);
  };
  const source = trustSource(readConfig(world.env), { ...nodeCrypto, verify });
  return { source, verified: () => verified };
}

describe('the trust list that the service judges with', () => {
  it('has its signatures checked once for a file, and is dated each time', async () => {
    const { source, verified } = countedSource();
    const trust = await source.trust(now());
    const once = verified();
    expect(once).toBeGreaterThan(0);
    expect(await source.trust(now())).toBe(trust);
    const late = new Date(Date.now() + 200 * DAY_MS);
    await expect(source.trust(late)).rejects.toMatchObject({ code: 'TRUST_STALE' });
    expect((await source.reading(late)).trust).toBe(trust);
    expect(verified()).toBe(once);
  });

  it('is read again when its file changes, and an older one is refused', async () => {
    const { source } = countedSource();
    expect((await source.trust(now())).list.sequence).toBe(1);
    await reissueTrustList(world.pki, (list) => list);
    expect((await source.trust(now())).list.sequence).toBe(2);
    copyFileSync(first, world.pki.files.trust);
    await expect(source.trust(now())).rejects.toMatchObject({ code: 'TRUST_STALE' });
  });

  it('is remembered in the database: an older one is refused after a restart too', async () => {
    const { db } = world.service;
    const before = countedSource().source;
    await before.rememberIn(db);
    await reissueTrustList(world.pki, (list) => list);
    expect((await before.trust(now())).list.sequence).toBe(2);
    copyFileSync(first, world.pki.files.trust);
    const restarted = countedSource().source;
    expect((await restarted.trust(now())).list.sequence).toBe(1);
    await restarted.rememberIn(db);
    await expect(restarted.trust(now())).rejects.toMatchObject({ code: 'TRUST_STALE' });
  });
});

import { spawnSync } from 'node:child_process';
import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { isRefusal } from '#core/refusal';
import { ensurePki } from '#certs-test/ensure-pki';
import { copyPki, findPki } from '#certs-test/find-pki';
import { loadPki, writeDescription, type Pki } from '#certs-test/pki';
import { completeOptions } from '#certs-test/pki-options';
import { testPki, withCopy, withFolder } from './test-pki.ts';

const small = { districts: ['760'], facilities: [], bad: false, instance: 'test' };
const same = { districts: ['760', '769'], instance: 'test' };
const afterDays = (pki: Pki, days: number) =>
  new Date(Date.parse(pki.description.madeAt) + days * 86_400_000);

let pki: Pki;
beforeAll(async () => {
  pki = await testPki();
});

describe('ensurePki', () => {
  it('keeps what is there, for 20 days', async () => {
    expect((await ensurePki(pki.dir, same)).pin).toBe(pki.pin);
    expect(await findPki(pki.dir, same, afterDays(pki, 19.9))).not.toBeNull();
    expect(await findPki(pki.dir, same, afterDays(pki, 20))).toBeNull();
    expect(await findPki(pki.dir, same, afterDays(pki, -1))).toBeNull();
  });

  it('makes what is absent, made for others, or damaged, and leaves nothing beside it', async () => {
    await withFolder(async (folder) => {
      const dir = join(folder, 'pki');
      const first = await ensurePki(dir, small);
      expect(first.signers.map(({ name }) => name)).toEqual(['district-760']);
      const other = await ensurePki(dir, { ...small, instance: 'other' });
      expect(other.instance).toBe('other');
      await writeDescription(dir, { ...other.description, modulePath: '/nonexistent.so' });
      expect((await ensurePki(dir, { ...small, instance: 'other' })).modulePath).toBe(first.modulePath);
      expect(await readdir(folder)).toEqual(['pki']);
    });
  });

  it('gives two callers at once the same PKI', async () => {
    await withFolder(async (folder) => {
      const dir = join(folder, 'pki');
      const [one, two] = await Promise.all([ensurePki(dir, small), ensurePki(dir, small)]);
      const now = await loadPki(dir);
      expect([one.pin, two.pin]).toEqual([now.pin, now.pin]);
    });
  });

  it('keeps keys and PINs to their owner', async () => {
    const { files } = pki;
    const keys = (await readdir(files.keys)).map((name) => join(files.keys, name));
    for (const path of [files.pin, files.soPin, files.statusKey, ...keys])
      expect((await stat(path)).mode & 0o777, path).toBe(0o600);
    expect((await stat(files.tokens)).mode & 0o777).toBe(0o700);
  });

  it('points SoftHSM to where a copied or moved folder lies', async () => {
    await withCopy(pki, async (copy) => {
      const moved = `${copy.dir}-moved`;
      await rename(copy.dir, moved);
      await copyPki(await loadPki(moved), copy.dir);
      expect(await readFile(copy.files.softHsmConfiguration, 'utf8')).toContain(copy.files.tokens + '\n');
    });
  });

  it('passes on why the PKI could not be made', async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'file'), '');
      await expect(ensurePki(join(folder, 'file', 'pki'), small)).rejects.toThrow(/^INTERNAL: .*mkdir/);
    });
  });

  it('refuses units it does not know, and the production instance', () => {
    for (const options of [{ districts: ['999'] }, { facilities: ['79-99999'] }, { instance: 'production' }])
      expect(() => completeOptions(options)).toThrow(
        expect.toSatisfy((error) => isRefusal(error, 'CONFIG_INVALID')) as Error,
      );
  });

  it('lies in folders that git ignores', () => {
    for (const path of ['certs-test/generated/pki.json', '.test/pki/pki.json', '.demo/pki/pki.json'])
      expect(spawnSync('git', ['check-ignore', '-q', path]).status, path).toBe(0);
  });
});

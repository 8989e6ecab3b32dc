import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Refusal } from '#core/refusal';

/** Whom the server runs as: its own user, or (undefined) whoever runs Node. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

// "nobody" and "nogroup" of every Debian. PostgreSQL refuses to run as root.
const unprivileged: ServerUser = { uid: 65534, gid: 65534 };

/**
 * As root: the owner of the data that are there, else an unprivileged account.
 * @throws Refusal POSTGRES_FOLDER when the data belong to another account and this one is not root
 */
export function serverUser(cluster: string): ServerUser | undefined {
  const me = process.getuid?.();
  const owner = existsSync(cluster) ? statSync(cluster) : undefined;
  if (me === 0)
    return owner === undefined || owner.uid === 0 ? unprivileged : { uid: owner.uid, gid: owner.gid };
  if (owner !== undefined && owner.uid !== me) {
    throw new Refusal('POSTGRES_FOLDER', {
      detail: `${cluster} belongs to another account (uid ${owner.uid})`,
    });
  }
  return undefined;
}

/**
 * Whether the server may walk down to `path`: every folder above it is open to others. Group membership and access
 * lists are not looked at: a "no" costs a copy or a detour, a wrong "yes" would cost the start.
 */
export function canReach(path: string, user: ServerUser | undefined): boolean {
  if (user === undefined) return true;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

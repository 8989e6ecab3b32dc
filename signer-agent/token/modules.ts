import { existsSync, realpathSync, statSync, type Stats } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { Refusal } from '#core/refusal';
import { driverFiles, driverFolders } from './known-drivers.ts';

/** Which driver files may be loaded: code in a folder that the signer, or a page he visits, can write to would see the PIN. */

/**
 * @param path absolute; links are followed first
 * @returns the file to load
 * @throws Refusal MODULE_NOT_ALLOWED unless the file and every folder above it belong to the administrator alone
 */
export function allowModule(path: string): string {
  if (!isAbsolute(path)) throw new Refusal('MODULE_NOT_ALLOWED', { detail: 'not an absolute path' });
  let real: string;
  let file: Stats;
  try {
    real = realpathSync(path);
    file = statSync(real);
  } catch (cause) {
    throw new Refusal('MODULE_NOT_ALLOWED', { detail: 'no such file', cause });
  }
  if (!file.isFile()) throw new Refusal('MODULE_NOT_ALLOWED', { detail: 'not a file' });
  for (let at = real; ; at = dirname(at)) {
    if (!administratorsOnly(statSync(at)))
      throw new Refusal('MODULE_NOT_ALLOWED', { detail: `others may write to ${at}` });
    if (at === dirname(at)) return real;
  }
}

function administratorsOnly({ uid, mode }: Stats): boolean {
  return uid === 0 && (mode & 0o022) === 0;
}

/** The known drivers that lie on this machine and may be loaded, first choice first. */
export function knownModules(platform: string = process.platform): string[] {
  const folders = driverFolders(platform).filter((folder) => existsSync(folder));
  const paths = driverFiles(platform).flatMap((file) => folders.map((folder) => join(folder, file)));
  const lying = paths.filter((path) => existsSync(path) && isAllowed(path));
  return [...new Set(lying.map((path) => realpathSync(path)))];
}

function isAllowed(path: string): boolean {
  try {
    allowModule(path);
    return true;
  } catch {
    return false;
  }
}

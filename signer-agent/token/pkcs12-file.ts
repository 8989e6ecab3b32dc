import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { isAbsolute } from 'node:path';
import { Refusal } from '#core/refusal';

const MAX_BYTES = 1 << 20;
/** any right of the group or of others */
const OTHERS = 0o077;

/**
 * The container's bytes, from a file that its owner alone can read.
 * @returns null where there is no such file: it may lie on a drive that is not plugged in
 * @throws Refusal PKCS12_UNREADABLE, PKCS12_NOT_PRIVATE
 */
export function readPkcs12File(path: string): Uint8Array | null {
  if (!isAbsolute(path)) throw new Refusal('PKCS12_UNREADABLE', { detail: 'not an absolute path' });
  const file = openFile(path);
  if (file === null) return null;
  try {
    ensurePrivateFile(fstatSync(file));
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

function openFile(path: string): number | null {
  try {
    // a pipe of that name must not make the agent wait
    return openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new Refusal('PKCS12_UNREADABLE', { detail: 'the file cannot be opened', cause });
  }
}

function ensurePrivateFile(file: Stats): void {
  if (!file.isFile()) throw new Refusal('PKCS12_UNREADABLE', { detail: 'not a file' });
  // Windows has neither; there the file's access list decides
  const user = process.getuid?.();
  if (user !== undefined && file.uid !== user)
    throw new Refusal('PKCS12_NOT_PRIVATE', { detail: 'the file belongs to another user' });
  if (user !== undefined && (file.mode & OTHERS) !== 0)
    throw new Refusal('PKCS12_NOT_PRIVATE', {
      detail: `mode ${(file.mode & 0o777).toString(8)}, wanted 600`,
    });
  if (file.size > MAX_BYTES)
    throw new Refusal('PKCS12_UNREADABLE', { detail: `more than ${MAX_BYTES} bytes` });
}

import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import { Refusal, type RefusalCode } from '#core/refusal';
import { Pin } from '../token/token.ts';

/**
 * Where a service's secrets come from: a file of its owner's alone, a credential of the service manager, or a descriptor of such a file.
 * Never an argument or an environment variable: other users see those.
 */
export type SecretSource = { readonly file: string } | { readonly fd: number };

const MAX_BYTES = 255;
const OTHERS = 0o077;
/** a credential may be root's, opened to the service's user by an access list, which shows as the group's right to read */
const OTHERS_OF_CREDENTIAL = 0o037;

/**
 * The PIN, read anew for each login.
 * @throws Refusal PIN_UNREADABLE
 */
export function readServicePin(source: SecretSource): Pin {
  return new Pin(readSecret(source, 'PIN_UNREADABLE'));
}

/** @throws Refusal CONFIG_INVALID */
export function readApiKey(source: SecretSource): string {
  return readSecret(source, 'CONFIG_INVALID').toString('utf8');
}

/** The first line. A descriptor must be of a file, which can be read again. */
function readSecret(source: SecretSource, code: RefusalCode): Buffer {
  const fault = (detail: string, cause?: unknown) => new Refusal(code, { detail, cause });
  const fd = 'fd' in source ? source.fd : openFile(source.file, fault);
  const bytes = Buffer.alloc(MAX_BYTES + 2);
  let isWhole = false;
  try {
    const file = fstatSync(fd);
    if (!file.isFile()) throw fault('neither a file nor a descriptor of one: it must be readable again');
    if ('file' in source) demandPrivate(file, source.file, fault);
    const length = readSync(fd, bytes, 0, bytes.length, 0);
    const line = firstLine(bytes.subarray(0, length));
    isWhole = line.length > 0 && line.length <= MAX_BYTES && !line.includes(0);
    if (!isWhole) throw fault('empty or too long');
    return line;
  } catch (cause) {
    throw cause instanceof Refusal ? cause : fault('cannot be read', cause);
  } finally {
    if (!isWhole) bytes.fill(0);
    if ('file' in source) closeSync(fd);
  }
}

type FaultOf = (detail: string, cause?: unknown) => Refusal;

function openFile(path: string, fault: FaultOf): number {
  if (!isAbsolute(path)) throw fault('not an absolute path');
  try {
    // a pipe of that name must not make the worker wait
    return openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    throw fault('the file cannot be opened', cause);
  }
}

function demandPrivate({ uid, mode }: Stats, path: string, fault: FaultOf): void {
  const user = process.getuid?.();
  if (user === undefined) return;
  const isOfService = isCredential(path);
  const isOwn = uid === user || (isOfService && uid === 0);
  if (!isOwn) throw fault('the file belongs to another user');
  if ((mode & (isOfService ? OTHERS_OF_CREDENTIAL : OTHERS)) !== 0)
    throw fault(`mode ${(mode & 0o777).toString(8)}, wanted 600`);
}

/** systemd.exec(5): LoadCredential= puts files into a folder that only the service can enter. */
function isCredential(path: string): boolean {
  const folder = process.env['CREDENTIALS_DIRECTORY'];
  if (folder === undefined || !isAbsolute(folder)) return false;
  const inside = relative(resolve(folder), resolve(path));
  return inside !== '' && !inside.startsWith('..') && !isAbsolute(inside);
}

function firstLine(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0x0a);
  const line = end < 0 ? bytes : bytes.subarray(0, end);
  return line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
}

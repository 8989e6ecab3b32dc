import { existsSync, realpathSync, statSync, type Stats } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { Refusal } from '#core/refusal';

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

const FOLDERS = [
  '/usr/lib',
  '/usr/lib64',
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib/pkcs11',
  '/usr/lib64/pkcs11',
  '/usr/lib/x86_64-linux-gnu/pkcs11',
  '/usr/lib/aarch64-linux-gnu/pkcs11',
  '/usr/lib/softhsm',
  '/usr/lib/x86_64-linux-gnu/softhsm',
  '/usr/lib/aarch64-linux-gnu/softhsm',
  '/usr/local/lib',
  '/usr/local/lib/softhsm',
];

const versions = (name: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `${name}${from + i}`);

/** Drivers of the tokens that public units and facilities hold, then the general ones. */
const NAMES = [
  ...versions('viettel-ca_v', 1, 6),
  ...versions('vnptca_p11_v', 6, 10),
  'vnpt-ca_csp11',
  'BkavCA',
  'BkavCAv2S',
  'bkavca_p11',
  'st3csp11',
  'fpt-ca',
  ...versions('fptca_v', 3, 6),
  'CA2_csp11',
  ...versions('nca_v', 4, 9),
  'ncca_csp11_v1',
  'newca_v4',
  ...versions('Vina-CAv', 2, 10),
  'misaca_csp11_v2',
  'fca_v1',
  'ica_csp11_v1',
  'safe-ca_v2',
  'efy-ca_v1',
  'eTPkcs11',
  'eToken',
  'castle',
  'eps2003csp11',
  'bit4xpki',
  'WDPKCS',
  'opensc-pkcs11',
  'softhsm2',
];

/** The known drivers that lie on this machine and may be loaded. */
export function knownModules(): string[] {
  const found = new Set<string>();
  for (const folder of FOLDERS.filter((path) => existsSync(path)))
    for (const name of NAMES)
      for (const file of [`${name}.so`, `lib${name}.so`]) {
        const path = join(folder, file);
        if (existsSync(path) && isAllowed(path)) found.add(realpathSync(path));
      }
  return [...found];
}

function isAllowed(path: string): boolean {
  try {
    allowModule(path);
    return true;
  } catch {
    return false;
  }
}

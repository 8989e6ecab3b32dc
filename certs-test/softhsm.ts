import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '#core/refusal';

/** Where SoftHSM 2 lies, and the configuration that gives a test PKI its own tokens. */

const MODULE_PATHS = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
];

/** @throws Refusal SOFTHSM_MISSING */
export function softHsmModule(paths: readonly string[] = MODULE_PATHS): string {
  const found = paths.find((path) => existsSync(path));
  if (!found)
    throw new Refusal('SOFTHSM_MISSING', {
      detail: 'libsofthsm2.so not found; install the package softhsm2',
    });
  return found;
}

/**
 * Writes `configuration` so that SoftHSM keeps its tokens in `tokens`. SoftHSM reads its path from SOFTHSM2_CONF, and only
 * absolute paths in it: a folder that moved needs this again.
 */
export async function writeSoftHsmConfiguration(configuration: string, tokens: string): Promise<void> {
  await mkdir(tokens, { recursive: true, mode: 0o700 });
  const lines = [
    `directories.tokendir = ${tokens}`,
    'objectstore.backend = file',
    'log.level = ERROR',
    'slots.removable = false',
  ];
  await writeFile(configuration, lines.join('\n') + '\n', { mode: 0o600 });
}

/** SoftHSM's files as their owner's only, whatever the umask was. */
export async function closeTokenFolder(tokens: string): Promise<void> {
  for (const entry of await readdir(tokens, { withFileTypes: true, recursive: true }))
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o700 : 0o600);
}

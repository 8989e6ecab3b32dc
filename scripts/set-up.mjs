import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './set-up/build.mjs';
import { main } from './set-up/failure.mjs';
import { withLock } from './set-up/lock.mjs';
import { isInstalled, provideNodeModules } from './set-up/node-modules.mjs';
import { checkNodeVersion } from './set-up/node-version.mjs';
import { loads, providePkcs11Module } from './set-up/pkcs11-module.mjs';
import { provideSystemPackages } from './set-up/system-packages.mjs';

export const root = resolve(fileURLToPath(new URL('..', import.meta.url)));

/**
 * Makes a bare clone ready to run. Each step first looks whether its result is there, so a set-up that was cut off is
 * finished by the next one and a complete one takes under a second.
 * @throws SetUpFailure
 */
export async function setUp() {
  checkNodeVersion();
  await withLock(root, async () => {
    await provideSystemPackages(!(isInstalled(root) && loads(root)));
    await provideNodeModules(root);
    await providePkcs11Module(root);
    await build(root);
  });
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url))
  await main(setUp);

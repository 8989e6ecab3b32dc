import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './set-up/build.mjs';
import { main } from './set-up/failure.mjs';
import { isFresh, provideFaultModule } from './set-up/fault-module.mjs';
import { withLock } from './set-up/lock.mjs';
import { isInstalled, provideNodeModules } from './set-up/node-modules.mjs';
import { checkNodeVersion } from './set-up/node-version.mjs';
import { loads, providePkcs11Module } from './set-up/pkcs11-module.mjs';
import { provideSystemPackages } from './set-up/system-packages.mjs';

export const root = resolve(fileURLToPath(new URL('..', import.meta.url)));

/** Ready for the demo, and for real use. */
export const setUp = () => provide({ test: false });

/** Ready for tests and campaigns too: a module that fails on command, a browser. */
export const setUpForTests = () => provide({ test: true });

/**
 * Makes a bare clone ready to run. Each step first looks whether its result is there, so a set-up that was cut off is
 * finished by the next one and a complete one takes under a second.
 * @throws SetUpFailure
 */
async function provide({ test }) {
  checkNodeVersion();
  await withLock(root, async () => {
    const compile = !(isInstalled(root) && loads(root)) || (test && !isFresh(root));
    await provideSystemPackages({ compile, test });
    await provideNodeModules(root);
    await providePkcs11Module(root);
    await build(root);
    if (test) await provideFaultModule(root);
  });
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url))
  await main(process.argv.includes('--for-tests') ? setUpForTests : setUp);

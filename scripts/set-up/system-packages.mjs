import { existsSync } from 'node:fs';
import { installWithApt, printPlan } from './apt.mjs';
import { hasCommand } from './commands.mjs';
import { SetUpFailure } from './failure.mjs';

const softHsmModules = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
];

/** What the system must have, found by looking for the thing itself, whoever installed it. */
const needs = [
  {
    debian: 'g++',
    what: 'a C++ compiler, for the PKCS#11 module',
    present: () => hasCommand('g++'),
    toCompile: true,
  },
  {
    debian: 'softhsm2',
    what: 'SoftHSM, the soft tokens of the demo and the tests',
    present: () => hasCommand('softhsm2-util') && softHsmModules.some((path) => existsSync(path)),
  },
  {
    debian: 'openssl',
    what: 'openssl, the second opinion on every signature',
    present: () => hasCommand('openssl'),
  },
];

/** @param {boolean} mustCompile whether the PKCS#11 module has to be compiled */
export async function provideSystemPackages(mustCompile) {
  const missing = findMissing(mustCompile);
  if (missing.length === 0) return;
  console.log('This machine lacks:');
  for (const { debian, what } of missing) console.log(`  ${debian.padEnd(10)} ${what}`);
  const packages = missing.map(({ debian }) => debian);
  await printPlan(packages);
  if (process.env.KYSO_NO_INSTALL === '1') {
    throw new SetUpFailure(
      'PACKAGES_MISSING',
      `KYSO_NO_INSTALL=1: nothing was installed. Missing: ${packages.join(' ')}`,
    );
  }
  await installWithApt(packages);
  const still = findMissing(mustCompile).map(({ debian }) => debian);
  if (still.length > 0)
    throw new SetUpFailure('PACKAGES_MISSING', `Still missing after apt-get: ${still.join(' ')}`);
}

function findMissing(mustCompile) {
  return needs.filter(({ present, toCompile }) => !(toCompile && !mustCompile) && !present());
}

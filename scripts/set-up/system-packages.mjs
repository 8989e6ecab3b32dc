import { existsSync } from 'node:fs';
import { join } from 'node:path';
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

const p11KitModules = ['x86_64-linux-gnu', 'aarch64-linux-gnu', '.', '../lib64'].map((folder) =>
  join('/usr/lib', folder, 'pkcs11/p11-kit-client.so'),
);
const browsers = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** What the system must have, found by looking for the thing itself, whoever installed it. */
const needs = [
  {
    debian: 'g++',
    what: 'a compiler, for the PKCS#11 binding and the fault module of the tests',
    present: () => hasCommand('g++') && hasCommand('gcc'),
    onlyTo: 'compile',
  },
  {
    debian: 'softhsm2',
    what: 'SoftHSM, the soft tokens of the demo and the tests',
    present: () => hasCommand('softhsm2-util') && softHsmModules.some((path) => existsSync(path)),
    /** the demo can sign with keys in files instead */
    isReplaceable: true,
  },
  {
    debian: 'openssl',
    what: 'openssl, the second opinion on every signature',
    present: () => hasCommand('openssl'),
  },
  {
    debian: 'p11-kit',
    what: 'p11-kit, through which the tests reach SoftHSM too',
    present: () => hasCommand('p11-kit') && p11KitModules.some((path) => existsSync(path)),
    onlyTo: 'test',
  },
  {
    debian: 'poppler-utils',
    what: "poppler, which reads the tests' PDF files",
    present: () => ['pdftotext', 'pdfinfo', 'pdftoppm'].every((name) => hasCommand(name)),
    onlyTo: 'test',
  },
  {
    debian: 'chromium',
    what: "a browser, for the tests of the agent's page",
    present: () => browsers.some((name) => hasCommand(name)),
    onlyTo: 'test',
  },
];

/** @param {{compile: boolean, test: boolean}} purposes what is going to be done on this machine, beside running the demo */
export async function provideSystemPackages(purposes) {
  const missing = findMissing(purposes);
  if (missing.length === 0) return;
  console.log('This machine lacks:');
  for (const { debian, what } of missing) console.log(`  ${debian.padEnd(13)} ${what}`);
  const packages = namesOf(missing);
  await printPlan(packages);
  if (process.env.KYSO_NO_INSTALL === '1') {
    throw new SetUpFailure(
      'PACKAGES_MISSING',
      `KYSO_NO_INSTALL=1: nothing was installed. Missing: ${packages.join(' ')}`,
    );
  }
  await install(missing, purposes);
  const still = findMissing(purposes).filter((need) => !mayDoWithout(need, purposes));
  if (still.length > 0)
    throw new SetUpFailure('PACKAGES_MISSING', `Still missing after apt-get: ${namesOf(still).join(' ')}`);
}

/** What can be done without is tried, and not insisted on. */
async function install(missing, purposes) {
  const needed = missing.filter((need) => !mayDoWithout(need, purposes));
  try {
    await installWithApt(namesOf(missing));
  } catch (error) {
    // who may not install anything gets nothing of it
    const canInstall = error.code === 'STEP_FAILED';
    if (needed.length === missing.length || (needed.length > 0 && !canInstall)) throw error;
    if (needed.length > 0) await installWithApt(namesOf(needed));
    console.log(
      `${error.message}\n\nGoing on without: ${namesOf(missing.filter((need) => !needed.includes(need))).join(' ')}`,
    );
  }
}

function mayDoWithout({ isReplaceable }, { test }) {
  return isReplaceable === true && !test;
}

function namesOf(packages) {
  return packages.map(({ debian }) => debian);
}

function findMissing(purposes) {
  return needs.filter(({ present, onlyTo }) => (onlyTo === undefined || purposes[onlyTo]) && !present());
}

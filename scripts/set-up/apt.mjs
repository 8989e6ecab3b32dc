import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCommand } from './commands.mjs';
import { SetUpFailure } from './failure.mjs';
import { run, runQuietly } from './run.mjs';

const install = ['install', '-y', '--no-install-recommends'];

// Only for a machine whose package lists are empty: Debian 12, download with all dependencies, in MB.
const roughMegabytes = {
  'g++': 58,
  softhsm2: 3,
  openssl: 3,
  'p11-kit': 1,
  'poppler-utils': 10,
  chromium: 130,
};

/** Says what would be downloaded, before apt is asked to change anything. */
export async function printPlan(packages) {
  if (!hasCommand('apt-get')) return;
  const rough = packages.reduce((sum, name) => sum + roughMegabytes[name], 0);
  const unknown = `about ${rough} MB, after the package lists (10 to 30 MB)`;
  console.log(`To install with apt-get: ${packages.join(' ')}`);
  console.log(`To download: ${(await plannedDownload(packages)) ?? unknown}`);
}

export async function installWithApt(packages) {
  if (!hasCommand('apt-get')) {
    throw new SetUpFailure(
      'PACKAGES_MISSING',
      `There is no apt-get here. Install by other means, then run again (Debian's names): ${packages.join(' ')}`,
    );
  }
  const words = privileged(packages);
  // A repository of others may be out of order; what matters is whether the packages can be had.
  await patiently(words, 'apt-get update', ['apt-get', 'update']).catch((error) =>
    console.log(error.message),
  );
  console.log(`To download: ${(await plannedDownload(packages)) ?? 'unknown'}`);
  const label = `apt-get install ${packages.join(' ')}`;
  try {
    await patiently(words, label, ['apt-get', ...install, ...packages]);
  } catch (error) {
    if (!/dpkg was interrupted/.test(error.message)) throw error;
    await patiently(words, 'dpkg --configure -a', ['dpkg', '--configure', '-a']);
    await patiently(words, label, ['apt-get', ...install, ...packages]);
  }
}

/** Another apt (unattended upgrades on a fresh machine) may hold a lock for some minutes. */
async function patiently([command, ...before], label, args) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await run(label, command, [...before, ...args]);
    } catch (error) {
      if (tries === 60 || !/could not get lock|unable to lock|is locked by/i.test(error.message)) throw error;
      console.log('  … another package manager is at work; waiting for it');
      await sleep(5_000);
    }
  }
}

/** apt's own figures, dependencies included; undefined where it has no package lists (yet). */
async function plannedDownload(packages) {
  const dry = ['-o', 'Debug::NoLocking=1', '--print-uris'];
  const { output } = await runQuietly('apt-get', [...dry, ...install, ...packages], {
    env: { ...process.env, LC_ALL: 'C' },
  });
  const size = /Need to get (?:[^/\n]+\/)?(.+) of archives/.exec(output)?.[1];
  const count = /(\d+) newly installed/.exec(output)?.[1];
  const disk = /After this operation, (.+) of additional disk/.exec(output)?.[1];
  return size === undefined ? undefined : `${size} in ${count} packages, ${disk ?? 'nothing'} on disk`;
}

/** The words before `apt-get`: none but the environment as root, else sudo. */
function privileged(packages) {
  const proxies = Object.entries(process.env).filter(([name]) => /^(https?|no|all)_proxy$/i.test(name));
  const environment = [
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    ...proxies.map(([name, value]) => `${name}=${value}`),
  ];
  if (process.getuid() === 0) return environment;
  if (hasCommand('sudo')) {
    if (spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0)
      return ['sudo', '-n', ...environment];
    if (process.stdin.isTTY && spawnSync('sudo', ['-v'], { stdio: 'inherit' }).status === 0) {
      return ['sudo', '-n', ...environment];
    }
  }
  throw new SetUpFailure(
    'NOT_ALLOWED_TO_INSTALL',
    `Not root, and sudo does not help. Ask an administrator: apt-get install ${packages.join(' ')}`,
  );
}

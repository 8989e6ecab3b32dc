import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasCommand } from './commands.mjs';
import { SetUpFailure } from './failure.mjs';
import { run } from './run.mjs';

/** Installs what package-lock.json names, without any package's scripts; nothing to do when it is all there. */
export async function provideNodeModules(root) {
  if (isInstalled(root)) return;
  const [command, ...before] = npm();
  // A user's or a server's settings may leave out what building and testing need.
  const all = ['--include=dev', '--include=optional'];
  await run('npm ci', command, [...before, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', ...all], {
    cwd: root,
  });
}

/** npm writes node_modules/.package-lock.json last: a half-finished installation has none, or an older one. */
export function isInstalled(root) {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const present = packagesOf(join(root, 'node_modules/.package-lock.json'));
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    if (present[path] === undefined) return isOfOtherMachine(entry);
    return present[path].integrity === entry.integrity && existsSync(join(root, path, 'package.json'));
  });
}

/** npm leaves out optional packages of other systems, and what only those need. */
function isOfOtherMachine({ optional, os, cpu, libc }) {
  if (!optional) return false;
  if (os === undefined || libc !== undefined) return true;
  return !os.includes(process.platform) || !(cpu ?? [process.arch]).includes(process.arch);
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch {
    return {};
  }
}

function npm() {
  const running = process.env.npm_execpath;
  if (running?.endsWith('npm-cli.js')) return [process.execPath, running];
  if (hasCommand('npm')) return ['npm'];
  throw new SetUpFailure(
    'NPM_MISSING',
    'npm is not on the PATH. It comes with Node; on Debian it is the package npm.',
  );
}

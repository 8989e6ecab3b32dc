import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.mjs';

const settings = ['tsconfig.json', 'package.json', 'package-lock.json'];

/** Compiles TypeScript into dist/, when a source, a setting or a dependency changed. */
export async function build(root) {
  const { include } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  const folders = include.map((pattern) => pattern.split('/')[0]);
  const stamp = join(root, 'dist/.sources.json');
  const now = inventory(root, folders);
  const before = existsSync(stamp) ? JSON.parse(readFileSync(stamp, 'utf8')) : {};
  if (JSON.stringify(now) === JSON.stringify(before)) return;
  rmSync(stamp, { force: true });
  // What was compiled from a file that is gone would still be found by imports.
  if (Object.keys(before).some((path) => now[path] === undefined))
    rmSync(join(root, 'dist'), { recursive: true });
  await run(
    'compile TypeScript',
    process.execPath,
    ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'],
    {
      cwd: root,
    },
  );
  writeFileSync(stamp, JSON.stringify(now));
}

function inventory(root, folders) {
  const sources = folders.flatMap((folder) =>
    existsSync(join(root, folder))
      ? readdirSync(join(root, folder), { recursive: true })
          .filter((path) => path.endsWith('.ts') || path.endsWith('.json'))
          .map((path) => join(folder, path))
      : [],
  );
  return Object.fromEntries(
    [...sources.sort(), ...settings].map((path) => {
      const { size, mtimeMs } = statSync(join(root, path));
      return [path, `${size} ${mtimeMs}`];
    }),
  );
}

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './run.mjs';

const sources = 'certs-test/fault-module';
const module = 'dist/fault-module/kyso-fault.so';

/** Compiles the PKCS#11 module that fails on command, for the tests; nothing to do when it is newer than its sources. */
export async function provideFaultModule(root) {
  if (isFresh(root)) return;
  const target = join(root, module);
  mkdirSync(dirname(target), { recursive: true });
  const draft = `${target}.${process.pid}`;
  const flags = ['-shared', '-fPIC', '-O2', '-pthread', '-fvisibility=hidden', '-Wall', '-Wextra', '-Werror'];
  // the header of PKCS#11 comes with the binding
  const include = ['-I', join(root, 'node_modules/pkcs11js/includes/pkcs11')];
  try {
    await run('compile the fault module', 'gcc', [
      ...flags,
      ...include,
      ...files(root).filter((path) => path.endsWith('.c')),
      '-o',
      draft,
      '-ldl',
    ]);
    renameSync(draft, target);
  } finally {
    rmSync(draft, { force: true });
  }
}

export function isFresh(root) {
  const target = join(root, module);
  if (!existsSync(target)) return false;
  const { mtimeMs } = statSync(target);
  return files(root).every((path) => statSync(path).mtimeMs <= mtimeMs);
}

function files(root) {
  return readdirSync(join(root, sources)).map((name) => join(root, sources, name));
}

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { SetUpFailure } from './failure.mjs';
import { run } from './run.mjs';

/**
 * Compiles pkcs11js, the only package that has to be. It is three C++ files against Node-API, whose modules load in
 * every Node: so the compiler is called directly, and node-gyp with its Python, make and download of headers is not
 * needed. Sources and flags are those of its binding.gyp.
 */
export async function providePkcs11Module(root) {
  if (loads(root)) return;
  const folder = join(root, 'node_modules/pkcs11js');
  const output = join(folder, 'build/Release');
  mkdirSync(output, { recursive: true });
  const draft = join(output, `pkcs11.node.${process.pid}`);
  const sources = ['dl', 'common', 'main'].map((name) => join(folder, 'src', `${name}.cpp`));
  const flags = ['-shared', '-fPIC', '-pthread', '-O3', '-std=gnu++17', '-fno-rtti', '-fno-exceptions'];
  const defines = ['NODE_GYP_MODULE_NAME=pkcs11', 'BUILDING_NODE_EXTENSION', 'NAPI_DISABLE_CPP_EXCEPTIONS'];
  const includes = [findHeaders(root), join(folder, 'includes')];
  try {
    await run('compile pkcs11js', 'g++', [
      ...flags,
      ...defines.map((define) => `-D${define}`),
      ...includes.flatMap((include) => ['-I', include]),
      ...sources,
      '-o',
      draft,
      '-ldl',
    ]);
    renameSync(draft, join(output, 'pkcs11.node'));
  } finally {
    rmSync(draft, { force: true });
  }
  if (!loads(root))
    throw new SetUpFailure('STEP_FAILED', 'pkcs11js was compiled but does not load in this Node.');
}

/** Tried in another process: a module of another machine may crash the one that loads it. */
export function loads(root) {
  return (
    spawnSync(process.execPath, ['-e', "require('pkcs11js')"], { cwd: root, stdio: 'ignore' }).status === 0
  );
}

/** Any version's headers do: those of the npm package, else beside the running Node, else the system's. */
function findHeaders(root) {
  const bin = dirname(process.execPath);
  const machine = `${process.platform}-${process.arch}`;
  const places = [
    join(root, 'node_modules/node-api-headers/include'),
    resolve(bin, '../include/node'),
    resolve(bin, `../node_modules/node-${machine}/include/node`),
    resolve(bin, `../../node-${machine}/include/node`),
    '/usr/include/node',
  ];
  const found = places.find((place) => existsSync(join(place, 'node_api.h')));
  if (found !== undefined) return found;
  throw new SetUpFailure(
    'NODE_HEADERS_MISSING',
    `node_api.h is in none of these folders:\n  ${places.join('\n  ')}`,
  );
}

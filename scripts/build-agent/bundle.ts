import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { build as bundleWith, type Plugin } from 'esbuild';

/** The agent's own code and the packages it needs, each process in one readable file: what runs can be read. */

/** Processes and threads that the agent starts; they are looked for beside the file that starts them. */
const STARTED = /(?:-child|-watch|-worker)\.js$/;

/** What the agent reads beside itself: the page's script, which runs in the browser. */
const READ = ['browser/page.js'];

/** pkcs11js asks for its native part by this path; in the bundle it lies beside the file. */
const nativePart: Plugin = {
  name: 'native-part',
  setup: (build) =>
    build.onResolve({ filter: /pkcs11\.node$/ }, () => ({ path: './pkcs11.node', external: true })),
};

/** Zod brings its messages in fifty languages; the agent has its own. */
const noLocales: Plugin = {
  name: 'no-locales',
  setup: (build) => build.onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({ contents: '' })),
};

/**
 * @param dist the compiled project
 * @param lib where to
 * @returns every file that went in, relative to the working directory
 */
export async function bundle(dist: string, lib: string): Promise<string[]> {
  const agent = join(dist, 'signer-agent');
  const started = readdirSync(agent, { recursive: true, encoding: 'utf8' }).filter((path) =>
    STARTED.test(path),
  );
  const { metafile } = await bundleWith({
    entryPoints: [
      { in: join(agent, 'bin.js'), out: 'agent' },
      ...started.map((path) => ({ in: join(agent, path), out: basename(path, '.js') })),
    ],
    outdir: lib,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // packages in the older module form ask for others by require
    banner: {
      js: "import { createRequire as createRequire_ } from 'node:module';\nconst require = createRequire_(import.meta.url);",
    },
    legalComments: 'none',
    metafile: true,
    logLevel: 'silent',
    plugins: [nativePart, noLocales],
  });
  for (const path of READ) {
    mkdirSync(dirname(join(lib, path)), { recursive: true });
    copyFileSync(join(agent, 'door', path), join(lib, path));
  }
  refuseMissing(lib);
  return Object.keys(metafile.inputs);
}

/** What a bundled file looks for beside itself must lie there: else it would be missed only at work. */
function refuseMissing(lib: string): void {
  for (const file of readdirSync(lib).filter((name) => name.endsWith('.js')))
    for (const [, beside = ''] of readFileSync(join(lib, file), 'utf8').matchAll(BESIDE))
      if (!existsSync(join(lib, beside))) throw new Error(`${file} looks for ${beside} beside itself`);
}

const BESIDE = /new URL\(\s*['"]([^'"]+)['"],\s*import\.meta\.url\)/g;

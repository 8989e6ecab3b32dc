import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** A project with the real set-up scripts, whose dependencies are as the test makes them. */
let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'kyso-set-up-'));
  for (const path of [
    'scripts/set-up',
    'scripts/set-up.mjs',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
  ]) {
    cpSync(path, join(project, path), { recursive: true });
  }
});
afterEach(() => rmSync(project, { recursive: true }));

function setUp(environment: Record<string, string>): { status: number | null; output: string } {
  const script = join(project, 'scripts/set-up.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
    encoding: 'utf8',
    env: environment,
  });
  return { status, output: stdout + stderr };
}

/** Runs one set-up module in a process of its own: they are plain scripts outside the compiler's reach. */
function evaluate(file: string, expression: string): unknown {
  const url = JSON.stringify(join(process.cwd(), 'scripts/set-up', file));
  const program = `import * as it from ${url}; console.log(JSON.stringify({ value: await (${expression}) }))`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return (JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { value: unknown }).value;
}

describe('set-up on a machine that lacks everything', () => {
  it('names the missing packages and stops where nothing may be installed', () => {
    const { status, output } = setUp({ PATH: join(project, 'empty'), KYSO_NO_INSTALL: '1' });
    for (const name of ['g++', 'softhsm2', 'openssl']) expect(output).toContain(name);
    expect(output).toContain('PACKAGES_MISSING');
    expect(status).toBe(11);
    expect(existsSync(join(project, 'node_modules'))).toBe(false);
  });

  it('names the missing packages where there is no apt-get', () => {
    const { status, output } = setUp({ PATH: join(project, 'empty') });
    expect(output).toMatch(/no apt-get here.*g\+\+ softhsm2 openssl/s);
    expect(status).toBe(11);
  });

  it('prints names and size before it asks apt for anything', () => {
    const tools = join(project, 'tools');
    mkdirSync(tools);
    const fake = `#!/bin/sh\necho "$@" >> ${project}/asked\ncase "$*" in *--print-uris*)
echo '0 upgraded, 3 newly installed'; echo 'Need to get 0 B/42.5 MB of archives.';; *) exit 1;; esac\n`;
    writeFileSync(join(tools, 'apt-get'), fake, { mode: 0o755 });
    writeFileSync(join(tools, 'sudo'), `#!/bin/sh\n[ "$1" = -n ] && shift\nexec "$@"\n`, { mode: 0o755 });
    for (const name of ['sh', 'env', 'true']) symlinkSync(`/bin/${name}`, join(tools, name));
    const { status, output } = setUp({ PATH: tools });
    expect(output).toMatch(
      /To install with apt-get: g\+\+ softhsm2 openssl\nTo download: 42\.5 MB in 3 packages.*apt-get update …/s,
    );
    expect(readFileSync(join(project, 'asked'), 'utf8').split('\n')[0]).toContain('--print-uris');
    expect(output).toContain('STEP_FAILED');
    expect(status).toBe(14);
  });
});

describe('set-up that was done before', () => {
  it('finds everything in place and runs nothing', () => {
    symlinkSync(join(process.cwd(), 'node_modules'), join(project, 'node_modules'));
    expect(evaluate('node-modules.mjs', `it.isInstalled(${JSON.stringify(project)})`)).toBe(true);
    expect(evaluate('pkcs11-module.mjs', `it.loads(${JSON.stringify(project)})`)).toBe(true);
    const built = `it.build(${JSON.stringify(project)})`;
    mkdirSync(join(project, 'core'));
    writeFileSync(join(project, 'core/one.ts'), 'export const one: number = 1;\n');
    evaluate('build.mjs', built);
    const first = readFileSync(join(project, 'dist/core/one.js'), 'utf8');
    writeFileSync(join(project, 'dist/core/one.js'), `${first}// untouched`);
    const { status, output } = setUp({ PATH: process.env['PATH'] ?? '' });
    expect({ status, output }).toEqual({ status: 0, output: '' });
    expect(readFileSync(join(project, 'dist/core/one.js'), 'utf8')).toContain('untouched');
  });

  it('compiles again after a change, and forgets what was compiled from a file that is gone', () => {
    symlinkSync(join(process.cwd(), 'node_modules'), join(project, 'node_modules'));
    mkdirSync(join(project, 'core'));
    for (const name of ['one', 'two'])
      writeFileSync(join(project, `core/${name}.ts`), `export const ${name} = 1;\n`);
    evaluate('build.mjs', `it.build(${JSON.stringify(project)})`);
    rmSync(join(project, 'core/two.ts'));
    writeFileSync(join(project, 'core/one.ts'), 'export const changed = 1;\n');
    evaluate('build.mjs', `it.build(${JSON.stringify(project)})`);
    expect(readFileSync(join(project, 'dist/core/one.js'), 'utf8')).toContain('changed');
    expect(existsSync(join(project, 'dist/core/two.js'))).toBe(false);
  });

  it('stops with the compiler’s words when a source is wrong', () => {
    symlinkSync(join(process.cwd(), 'node_modules'), join(project, 'node_modules'));
    mkdirSync(join(project, 'core'));
    writeFileSync(join(project, 'core/one.ts'), 'export const one: number = "one";\n');
    const { status, output } = setUp({ PATH: process.env['PATH'] ?? '' });
    expect(output).toContain('TS2322');
    expect(status).toBe(14);
  });
});

describe('set-up after an installation that was cut off', () => {
  it('does not take half a node_modules for a whole one', () => {
    mkdirSync(join(project, 'node_modules/pg'), { recursive: true });
    writeFileSync(join(project, 'node_modules/pg/package.json'), '{}');
    expect(evaluate('node-modules.mjs', `it.isInstalled(${JSON.stringify(project)})`)).toBe(false);
    cpSync('node_modules/.package-lock.json', join(project, 'node_modules/.package-lock.json'));
    expect(evaluate('node-modules.mjs', `it.isInstalled(${JSON.stringify(project)})`)).toBe(false);
  });
});

describe('set-up and versions of Node', () => {
  it.each([
    ['18.20.4', false],
    ['20.18.3', false],
    ['20.19.0', true],
    ['22.0.0', true],
    ['24.1.0', true],
  ])('%s: %s', (version, good) => {
    const checked = `(() => { try { it.checkNodeVersion('${version}'); return true; } catch (e) { return e.code; } })()`;
    expect(evaluate('node-version.mjs', checked)).toBe(good ? true : 'NODE_TOO_OLD');
  });
});

describe('two set-ups at once', () => {
  it('run one after the other', () => {
    const order = `(async () => {
      const seen = [];
      const work = (name) => it.withLock(${JSON.stringify(project)}, async () => {
        seen.push(name + ' begins');
        await new Promise((resolve) => setTimeout(resolve, 50));
        seen.push(name + ' ends');
      });
      await Promise.all([work('a'), work('b')]);
      return seen;
    })()`;
    expect(evaluate('lock.mjs', order)).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });
});

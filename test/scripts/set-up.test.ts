import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
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

function setUp(
  environment: Record<string, string>,
  ...words: readonly string[]
): { status: number | null; output: string } {
  const script = join(project, 'scripts/set-up.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...words], {
    encoding: 'utf8',
    env: environment,
  });
  return { status, output: stdout + stderr };
}

function copyFaultModule(): void {
  cpSync('certs-test/fault-module', join(project, 'certs-test/fault-module'), { recursive: true });
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
    // what only the tests need is not asked of who wants the demo
    for (const name of ['p11-kit', 'poppler-utils', 'chromium']) expect(output).not.toContain(name);
    expect(output).toContain('PACKAGES_MISSING');
    expect(status).toBe(11);
    expect(existsSync(join(project, 'node_modules'))).toBe(false);
  });

  it('names what the tests need besides, where it is for them', () => {
    copyFaultModule();
    const nothing = { PATH: join(project, 'empty'), KYSO_NO_INSTALL: '1' };
    const { status, output } = setUp(nothing, '--for-tests');
    for (const name of ['g++', 'softhsm2', 'openssl', 'chromium', 'p11-kit', 'poppler-utils'])
      expect(output).toContain(name);
    expect(status).toBe(11);
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

describe('set-up where SoftHSM cannot be had', () => {
  it('says so and goes on for the demo, which can sign without, and stops for the tests', () => {
    symlinkSync(join(process.cwd(), 'node_modules'), join(project, 'node_modules'));
    copyFaultModule();
    mkdirSync(join(project, 'core'));
    writeFileSync(join(project, 'core/one.ts'), 'export const one: number = 1;\n');
    const tools = join(project, 'tools');
    mkdirSync(tools);
    const fake = `#!/bin/sh\ncase "$*" in *--print-uris*) ;; *softhsm2*) echo no such package; exit 100;; esac\n`;
    writeFileSync(join(tools, 'apt-get'), fake, { mode: 0o755 });
    writeFileSync(join(tools, 'sudo'), `#!/bin/sh\n[ "$1" = -n ] && shift\nexec "$@"\n`, { mode: 0o755 });
    for (const name of ['sh', 'env', 'true']) symlinkSync(`/bin/${name}`, join(tools, name));
    for (const name of ['g++', 'gcc', 'openssl']) writeFileSync(join(tools, name), '', { mode: 0o755 });
    const forDemo = setUp({ PATH: tools });
    expect(forDemo.output).toContain('no such package');
    expect(forDemo.output).toContain('Going on without: softhsm2');
    expect(forDemo.status).toBe(0);
    expect(setUp({ PATH: tools }, '--for-tests').status).toBe(14);
    expect(setUp({ PATH: tools, KYSO_NO_INSTALL: '1' }).status).toBe(11);
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

describe('set-up of the fault module', () => {
  const fresh = () => evaluate('fault-module.mjs', `it.isFresh(${JSON.stringify(project)})`);
  const provide = () => evaluate('fault-module.mjs', `it.provideFaultModule(${JSON.stringify(project)})`);
  const compiled = () => join(project, 'dist/fault-module/kyso-fault.so');

  it('compiles it once, and again when a source is newer', () => {
    symlinkSync(join(process.cwd(), 'node_modules'), join(project, 'node_modules'));
    copyFaultModule();
    expect(fresh()).toBe(false);
    provide();
    expect(fresh()).toBe(true);
    expect(readdirSync(join(project, 'dist/fault-module'))).toEqual(['kyso-fault.so']);
    const { ino } = statSync(compiled());
    provide();
    expect(statSync(compiled()).ino).toBe(ino);
    const later = new Date(Date.now() + 60_000);
    utimesSync(join(project, 'certs-test/fault-module/token.c'), later, later);
    expect(fresh()).toBe(false);
    provide();
    expect(statSync(compiled()).ino).not.toBe(ino);
  });

  it('stops with the compiler’s words where a source is wrong, and leaves nothing', () => {
    symlinkSync(join(process.cwd(), 'node_modules'), join(project, 'node_modules'));
    copyFaultModule();
    writeFileSync(join(project, 'certs-test/fault-module/wrong.c'), 'int wrong(void) { return nothing; }\n');
    const tried = `it.provideFaultModule(${JSON.stringify(project)}).catch((e) => [e.code, e.message.includes('nothing')])`;
    expect(evaluate('fault-module.mjs', tried)).toEqual(['STEP_FAILED', true]);
    expect(readdirSync(join(project, 'dist/fault-module'))).toEqual([]);
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

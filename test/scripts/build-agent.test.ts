import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pkcs12File, signerNamed, type Pki } from '#certs-test/pki';
import { buildAgent, type BuiltAgent } from '#scripts/build-agent/build-agent';
import { AGENT_VERSION } from '#signer-agent/version';
import { enrolmentCode, startFakeApi } from '../signer-agent/support/fake-api.ts';
import { testLeaves, testList } from '../signer-agent/support/lists.ts';
import { runAgent } from '../signer-agent/support/run-agent.ts';
import { dropSoftTokens, softTokens } from '../signer-agent/support/soft-tokens.ts';

/** The folder that signers' machines get, built once and run away from the project with an empty environment. */

const NOBODY = 65534;
const place = mkdtempSync(join(tmpdir(), 'kyso-built-'));
let built: BuiltAgent;
let pki: Pki;

beforeAll(async () => {
  pki = await softTokens();
  built = await buildAgent(process.cwd(), place);
  // another user's program has to enter it below
  chmodSync(place, 0o755);
});
afterAll(() => {
  dropSoftTokens(pki);
  rmSync(place, { recursive: true, force: true });
});

function run(argv: readonly string[], env: NodeJS.ProcessEnv = {}): SpawnSyncReturns<string> {
  const home = ['--home', join(place, 'home')];
  const flags = argv[0]?.startsWith('--') ? [] : home;
  return spawnSync(join(built.folder, 'bin/kyso-agent'), [...argv, ...flags], {
    cwd: '/',
    env,
    encoding: 'utf8',
  });
}

/** As a browser's window opens it; `fetch` would say that it is no navigation. */
async function opened(page: string): Promise<string> {
  const [response] = (await once(get(page), 'response')) as [IncomingMessage];
  let shown = '';
  for await (const chunk of response.setEncoding('utf8')) shown += String(chunk);
  return shown;
}

function text(name: string): string {
  return readFileSync(join(built.folder, name), 'utf8');
}

describe('the built agent', () => {
  it('is named by version and platform, and says so', () => {
    expect(built.folder).toBe(join(place, `kyso-agent-${AGENT_VERSION}-${process.platform}-${process.arch}`));
    expect(text('VERSION')).toContain(`kyso-agent ${AGENT_VERSION}\nnode ${process.version}`);
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(version).toBe(AGENT_VERSION);
  });

  it('runs away from the project: help and version', () => {
    expect(run(['--version']).stdout.trim()).toBe(AGENT_VERSION);
    const help = run(['--help']);
    expect(help.status).toBe(0);
    for (const command of ['enrol', 'tokens', 'sign', 'serve', 'open', 'status', 'doctor'])
      expect(help.stdout).toContain(`  ${command}`);
  });

  it('reads real tokens, through its own child process and native part', () => {
    const listed = run(['tokens', '--json', '--module', pki.modulePath], { ...pki.environment });
    expect(listed.stderr).toBe('');
    const { tokens } = JSON.parse(listed.stdout) as { tokens: { serial: string; certificates: unknown[] }[] };
    const { tokenSerial } = signerNamed(pki, 'district-760');
    expect(tokens.find(({ serial }) => serial === tokenSerial)?.certificates).toHaveLength(1);
  });

  it('checks the machine', () => {
    const checked = run(['doctor', '--json', '--module', pki.modulePath], { ...pki.environment });
    expect(checked.status).toBe(1);
    const { firstBroken, links } = JSON.parse(checked.stdout) as { firstBroken: string; links: object[] };
    expect(firstBroken).toBe('agent');
    expect(links.slice(0, 3)).toMatchObject([
      { link: 'agent', code: 'AGENT_NOT_ENROLLED' },
      { link: 'driver', state: 'ok' },
      { link: 'token', state: 'ok' },
    ]);
  });

  it.each(['token', 'software'])('enrols and signs with a key in: %s', async (storage) => {
    const api = await startFakeApi(testList(testLeaves(3)));
    api.pki = pki;
    try {
      const home = join(place, `signs-${storage}`);
      const key =
        storage === 'token'
          ? ['--module', pki.modulePath, '--serial', signerNamed(pki, 'district-760').tokenSerial]
          : ['--pkcs12', pkcs12File(pki, signerNamed(pki, 'facility-79-01088'))];
      const program = [join(built.folder, 'bin/kyso-agent')] as const;
      const common = ['--home', home, '--json'];
      const enrolled = await runAgent(
        ['enrol', enrolmentCode, '--api', api.origin, ...key, ...common],
        { pin: pki.pin },
        program,
      );
      expect(enrolled).toMatchObject({ code: 0, report: { storage } });
      // the issuer's certificate lies on tokens; of a file nothing shows before its password
      if (storage === 'software') writeFileSync(join(home, 'settings.json'), '{"revocation":"if-given"}');
      const given = { pin: pki.pin, stdin: `${api.newTicket()}\n` };
      const signed = await runAgent(['sign', '--yes', ...common], given, program);
      expect(signed).toMatchObject({ code: 0, report: { count: 3, tokenOperations: 1 } });
      expect(api.collected).toHaveLength(1);
    } finally {
      await api.close();
    }
  });

  it('serves its page, is found there, and ends when told to', async () => {
    const home = join(place, 'serving');
    const argv = ['serve', '--port', '0', '--home', home, '--json'];
    const agent = spawn(join(built.folder, 'bin/kyso-agent'), argv, {
      cwd: '/',
      env: {},
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const [line] = (await once(agent.stdout.setEncoding('utf8'), 'data')) as [string];
      const { page } = JSON.parse(line) as { page: string };
      expect(await opened(page)).toContain('<title>kyso</title>');
      const status = spawnSync(join(built.folder, 'bin/kyso-agent'), ['status', '--json', '--home', home], {
        encoding: 'utf8',
      });
      expect(status.status).toBe(0);
      expect(JSON.parse(status.stdout)).toMatchObject({
        running: { pid: agent.pid, version: AGENT_VERSION },
        resumable: [],
      });
    } finally {
      agent.kill('SIGTERM');
    }
    expect(await once(agent, 'exit')).toEqual([0, null]);
  });

  it('holds nothing of the API, and no second copy of a package', () => {
    const packages = new Set(
      built.inputs.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
    );
    for (const absent of ['fastify', 'pg', 'pino', 'csv-parse', 'esbuild'])
      expect([...packages]).not.toContain(absent);
    expect([...packages]).toContain('pkcs11js');
    expect(
      built.inputs.filter((path) => /dist\/(?:signing-api|certs-test|test|scripts|bench)\//.test(path)),
    ).toEqual([]);
  });

  it('names no path of the machine it was built on', () => {
    for (const name of readdirSync(join(built.folder, 'lib')).filter((file) => file.endsWith('.js')))
      expect(text(join('lib', name))).not.toContain(process.cwd());
  });

  it('carries the licence of each package and of Node', () => {
    expect(text('LICENSE')).toContain('Apache License');
    const licences = text('THIRD-PARTY-LICENSES.txt');
    for (const name of ['Node.js', 'pkcs11js', 'node-forge', 'zod', 'pkijs', 'commander'])
      expect(licences).toContain(`\n${name} `);
  });
});

describe('the installation', () => {
  const home = join(place, 'a-signer');

  function install(...argv: string[]): SpawnSyncReturns<string> {
    const isRoot = process.getuid?.() === 0;
    // as a user without rights, whoever runs the tests; nobody's own session manager is meant
    const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
    const env = { HOME: home, PATH: '/usr/bin:/bin' };
    return spawnSync('/bin/sh', [join(built.folder, 'install.sh'), ...argv], {
      cwd: '/',
      env,
      encoding: 'utf8',
      ...user,
    });
  }

  beforeAll(() => {
    mkdirSync(home);
    if (process.getuid?.() === 0) chownSync(home, NOBODY, NOBODY);
  });

  it('puts the agent into the home of its user, as a service and for kyso: links, and takes it away', () => {
    const installed = install();
    expect(installed.stderr).toBe('');
    expect(installed.status).toBe(0);
    const again = install();
    expect(again.status).toBe(0);
    const lib = join(home, '.local/lib/kyso-agent');
    expect(readdirSync(join(home, '.local/lib'))).toEqual(['kyso-agent']);
    expect(statSync(join(lib, 'lib/node')).mode & 0o022).toBe(0);
    const command = spawnSync(join(home, '.local/bin/kyso-agent'), ['--version'], {
      env: {},
      encoding: 'utf8',
    });
    expect(command.stdout.trim()).toBe(AGENT_VERSION);

    const unit = readFileSync(join(home, '.config/systemd/user/kyso-agent.service'), 'utf8');
    expect(unit).toContain(`ExecStart=${lib}/bin/kyso-agent serve\n`);
    for (const line of ['NoNewPrivileges=yes', 'LimitCORE=0', 'UMask=0077'])
      expect(unit).toContain(`\n${line}\n`);
    // these would hide from it that drivers belong to the administrator
    expect(unit).not.toMatch(/^(?:Private|Protect)/m);
    const entry = readFileSync(join(home, '.local/share/applications/kyso-agent.desktop'), 'utf8');
    expect(entry).toContain(`Exec="${lib}/bin/kyso-agent" open %u\n`);
    expect(entry).toContain('MimeType=x-scheme-handler/kyso;\n');

    expect(install('--remove').status).toBe(0);
    for (const path of [
      '.local/lib/kyso-agent',
      '.local/bin/kyso-agent',
      '.config/systemd/user/kyso-agent.service',
    ])
      expect(existsSync(join(home, path))).toBe(false);
  });

  it('wants no argument that it does not know', () => {
    expect(install('--everything').status).toBe(2);
  });
});

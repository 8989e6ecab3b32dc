import { X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { ensurePki } from '#certs-test/ensure-pki';
import { bytesOfText, signerNamed, type Pki } from '#certs-test/pki';
import { Client } from '#scripts/demo/client';
import { startApi } from '#scripts/demo/processes';
import { freeze, signAtAgent } from '#scripts/demo/sign-unit';
import { projectFolder } from '#signing-api/project-folder';
import { canVerifyInC, compileCLoop, runCLoop } from './c-loop.ts';
import { cpuSecondsOf, cpuSecondsOfTree, watchAgent } from './cpu.ts';
import { eachTable, type MeasuredEach } from './each-table.ts';
import { fill } from './fill.ts';
import { peakMb, watchTree } from './memory.ts';

/**
 * Record by record, end to end: from the opening of the token until the API has collected every item, against a loop of C_Sign in C over the
 * same token, before and after it. Each process as in the field. `npm run bench:each -- 1000 10000 50000`
 */

export type Key = {
  readonly name: string;
  readonly district: string;
  /** of the C loop: CKM_RSA_PKCS over a DigestInfo, CKM_ECDSA over a digest */
  readonly mechanism: number;
  readonly inputBytes: number;
  readonly loopCount: number;
  /** the C loop verifies too (where OpenSSL's headers are there) */
  readonly isVerified: boolean;
};

const KEYS: readonly Key[] = [
  { name: 'RSA-2048', district: '760', mechanism: 1, inputBytes: 51, loopCount: 3000, isVerified: false },
  {
    name: 'P-256',
    district: '769',
    mechanism: 0x1041,
    inputBytes: 32,
    loopCount: 15_000,
    isVerified: canVerifyInC,
  },
];

const bench = join(projectFolder(), '.bench');

async function measure(pki: Pki, program: string, key: Key, records: number): Promise<MeasuredEach> {
  const folder = join(bench, `each-${key.district}-${records}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const env = environment(pki, folder);
  say(`${key.name}, ${records}: filling …`);
  const client = await fill(env, records, records, key.district);
  const before = loopRate(pki, program, key, folder);
  const api = await startApi(env, join(folder, 'api.log'));
  const postmaster = postmasterIn(env.KYSO_DATA);
  const postgres = watchTree(postmaster);
  const signer = `district-${key.district}`;
  try {
    const console = new Client(api.url, client);
    const { batchId } = await freeze(console, () => undefined, 'each');
    say(`${key.name}, ${records}: signing …`);
    const cpu = { api: cpuSecondsOf(api.pid), postgres: cpuSecondsOfTree(postmaster) };
    const agent = watchAgent(join(folder, 'agents', `${signer}-${batchId}`));
    const answer = await signAtAgent({ folder, pki, apiUrl: api.url }, console, batchId, signer);
    if (answer.refused !== undefined) throw new Error(`refused: ${answer.refused}`);
    const used = agent.stop();
    const { sign = NaN, submit = NaN } = answer.seconds;
    const apiCpu = cpuSecondsOf(api.pid) - cpu.api;
    const postgresCpu = cpuSecondsOfTree(postmaster) - cpu.postgres;
    const after = loopRate(pki, program, key, folder);
    return {
      key: key.name,
      records,
      tokenOperations: answer.tokenOperations,
      seconds: { sign, total: sign + submit },
      loopRates: [before, after],
      cpu: {
        agent: used.agent.cpu,
        driver: used.driver.cpu,
        api: apiCpu,
        postgres: postgresCpu,
      },
      peakMb: {
        agent: answer.peakRssMb,
        driver: used.driver.mb,
        api: peakMb(api.pid),
        postgres: postgres.stop(),
      },
    };
  } finally {
    postgres.stop();
    await api.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns signatures a second */
function loopRate(pki: Pki, program: string, key: Key, folder: string): number {
  const { tokenSerial, certificate } = signerNamed(pki, `district-${key.district}`);
  const { mechanism, inputBytes, loopCount: count } = key;
  const loop = { module: pki.modulePath, serial: tokenSerial, pin: pki.pin, mechanism, inputBytes, count };
  if (!key.isVerified) return count / runCLoop(program, loop).seconds;
  const spki = join(folder, 'key.der');
  writeFileSync(
    spki,
    new X509Certificate(bytesOfText(certificate)).publicKey.export({ format: 'der', type: 'spki' }),
  );
  return count / runCLoop(program, { ...loop, spki }).seconds;
}

function environment(pki: Pki, folder: string) {
  return {
    KYSO_INSTANCE: 'bench',
    KYSO_DATA: join(folder, 'data'),
    KYSO_PORT: '0',
    KYSO_TRUST: pki.files.trust,
    KYSO_TRUST_KEYS: pki.files.trustKeys,
    KYSO_CRLS: pki.files.crls,
    KYSO_CERTIFICATES: pki.files.certificates,
    KYSO_STATUS_KEY: pki.files.statusKey,
    KYSO_REGISTER_URL: 'http://127.0.0.1:9/',
    KYSO_LOG_LEVEL: 'warn',
  };
}

function postmasterIn(data: string): number {
  return Number(readFileSync(join(data, 'postgres/cluster/postmaster.pid'), 'utf8').split('\n')[0]);
}

function say(text: string): void {
  process.stderr.write(text + '\n');
}

const given = process.argv.slice(2).map(Number);
const sizes = given.length > 0 ? given : [1000, 10_000, 50_000];
const pki = await ensurePki(join(bench, 'token-pki'), {
  districts: ['760', '769'],
  facilities: ['79-00123'],
  bad: false,
  instance: 'bench',
});
Object.assign(process.env, pki.environment);
const program = compileCLoop(join(bench, 'each-loop'));
const rows: MeasuredEach[] = [];
for (const key of KEYS)
  for (const records of sizes) {
    rows.push(await measure(pki, program, key, records));
    say(JSON.stringify(rows.at(-1)));
  }
rmSync(join(bench, 'each-loop'), { recursive: true, force: true });
if (!canVerifyInC) say("P-256: the C loop does not verify, OpenSSL's headers are not there (libssl-dev)");
process.stdout.write(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, PIN not counted.\n\n${eachTable(rows)}\n`,
);

import { cpus } from 'node:os';
import { join } from 'node:path';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { ensurePki } from '#certs-test/ensure-pki';
import { Client } from '#scripts/demo/client';
import { startApi } from '#scripts/demo/processes';
import { freeze, signAtAgent } from '#scripts/demo/sign-unit';
import { projectFolder } from '#signing-api/project-folder';
import { fill } from './fill.ts';
import { listFloor } from './floor.ts';
import { peakMb, watchTree } from './memory.ts';

/**
 * freeze → recompute at the agent → one token signature → collected, for lists of growing size, each process as in the field: the API,
 * the agent, the driver and PostgreSQL. `npm run bench:list -- 10000 100000 1000000`
 */
type Measured = {
  readonly records: number;
  readonly seconds: {
    readonly freeze: number;
    readonly agent: number;
    readonly total: number;
    readonly floor: number;
  };
  readonly agentStages: Record<string, number>;
  readonly peakMb: { readonly api: number; readonly agent: number; readonly postgres: number };
  readonly tokenOperations: number;
};

async function measure(records: number): Promise<Measured> {
  const folder = join(projectFolder(), '.bench', String(records));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const pki = await ensurePki(join(projectFolder(), '.bench', 'pki'), {
    districts: ['760'],
    facilities: ['79-00123'],
    bad: false,
    instance: 'bench',
  });
  const env = {
    KYSO_INSTANCE: 'bench',
    KYSO_DATA: join(folder, 'data'),
    KYSO_PORT: '0',
    KYSO_TRUST: pki.files.trust,
    KYSO_TRUST_KEYS: pki.files.trustKeys,
    KYSO_CRLS: pki.files.crls,
    KYSO_STATUS_KEY: pki.files.statusKey,
    KYSO_REGISTER_URL: 'http://127.0.0.1:9/',
    KYSO_LOG_LEVEL: 'warn',
  };
  say(`${records}: filling …`);
  const key = await fill(env, records, records);
  const floor = await listFloor(env);
  const api = await startApi(env, join(folder, 'api.log'));
  const postmaster = Number(
    readFileSync(join(env.KYSO_DATA, 'postgres/cluster/postmaster.pid'), 'utf8').split('\n')[0],
  );
  const postgres = watchTree(postmaster);
  try {
    const client = new Client(api.url, key);
    say(`${records}: freezing and signing …`);
    const start = performance.now();
    const batch = await freeze(client, () => undefined);
    const frozen = performance.now();
    const answer = await signAtAgent({ folder, pki, apiUrl: api.url }, client, batch.batchId, 'district-760');
    if (answer.refused !== undefined) throw new Error(`refused: ${answer.refused}`);
    const end = performance.now();
    return {
      records,
      seconds: {
        freeze: (frozen - start) / 1000,
        agent: (end - frozen) / 1000,
        total: (end - start) / 1000,
        floor,
      },
      agentStages: answer.seconds,
      peakMb: { api: peakMb(api.pid), agent: answer.peakRssMb, postgres: postgres.stop() },
      tokenOperations: answer.tokenOperations,
    };
  } finally {
    postgres.stop();
    await api.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function say(text: string): void {
  process.stderr.write(text + '\n');
}

function report(rows: readonly Measured[]): string {
  const head =
    '| records | freeze s | agent s | total s | floor s | total ÷ floor | growth | API MB | agent MB | PostgreSQL MB | C_Sign |';
  const lines = rows.map(({ records, seconds, peakMb, tokenOperations }, i) => {
    const before = rows[i - 1];
    const growth = before
      ? `${(seconds.total / before.seconds.total).toFixed(1)} × for ${(records / before.records).toFixed(0)} ×`
      : '';
    const times = [seconds.freeze, seconds.agent, seconds.total, seconds.floor].map((value) =>
      value.toFixed(1),
    );
    const cells = [
      records,
      ...times,
      (seconds.total / seconds.floor).toFixed(1),
      growth,
      peakMb.api,
      peakMb.agent,
      peakMb.postgres,
      tokenOperations,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [head, head.replace(/[^|]+/g, ' --- '), ...lines].join('\n');
}

const sizes = process.argv.slice(2).map(Number);
const rows: Measured[] = [];
for (const records of sizes.length > 0 ? sizes : [10_000, 100_000]) {
  rows.push(await measure(records));
  say(JSON.stringify(rows.at(-1)));
}
process.stdout.write(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, PIN not counted.\n\n${report(rows)}\n`,
);

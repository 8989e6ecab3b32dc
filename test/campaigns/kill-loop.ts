import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Random } from '#scripts/demo/random';
import { checkInvariants, people, showBatch, signToTheEnd, verdictOf } from '../flow/support/kill-flow.ts';
import { KillStage, type Reply } from '../flow/support/kill-stage.ts';
import type { Signer } from '../flow/support/signer.ts';

/**
 * Kills −9 at random moments: the API, PostgreSQL's backends, its postmaster, while lists go their whole way from import to collection
 * again and again. After each round nothing acknowledged may be missing, nothing unsigned shown as signed, and each batch must have exactly
 * one signature, made with exactly one token operation.
 */

const VICTIMS = ['api', 'backends', 'postmaster', 'api and backends'] as const;
type Victim = (typeof VICTIMS)[number];

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, kills: { type: 'string', default: '30' } },
});
const seed = Number(values.seed);
const random = new Random(seed);
const wanted = Number(values.kills);

const counts = {
  rounds: 0,
  records: 0,
  tokenOperations: 0,
  tickets: 0,
  killed: {} as Partial<Record<Victim, number>>,
};
let acknowledged = 0;

const start = performance.now();
const stage = await KillStage.set();
try {
  const signer = await stage.signer();
  while (killsSoFar() < wanted) await round(signer);
  report();
} catch (error) {
  process.stderr.write(
    `${readFileSync(join(stage.folder, 'data', 'postgres', 'postgres.log'), 'utf8').slice(-3000)}\n`,
  );
  throw error;
} finally {
  await stage.close();
}

/** One list from its rows to its collected signature, with two kills on the way. */
async function round(signer: Signer): Promise<void> {
  const size = 50 + random.below(2000);
  const kills = [1, 2].map(() => ({
    after: random.below(2500),
    victim: random.pick(VICTIMS),
    restartAfter: random.below(600),
  }));
  process.stderr.write(`round ${counts.rounds + 1}: ${size} records, ${JSON.stringify(kills)}\n`);
  const killing = killInTurn(kills);
  await bringIn(size);
  await identities();
  const batchId = await freeze();
  const { outcome, tokenOperations, tickets } = await persist(() => signToTheEnd(signer, batchId));
  await killing;
  await persist(() => stage.must('district', `/v1/batches/${batchId}`));
  const { state, count } = await showBatch(stage, batchId);
  const at = `round ${counts.rounds + 1} (seed ${seed}), kills ${JSON.stringify(kills)}`;
  demand(outcome.refused === null, `${at}: signing ended with ${String(outcome.refused)}`);
  demand(
    state === 'collected' && count === size,
    `${at}: batch ${state} with ${String(count)} of ${size} records`,
  );
  demand(tokenOperations === 1, `${at}: ${tokenOperations} token operations`);
  demand((await verdictOf(stage, batchId)) === 'valid', `${at}: evidence is not valid`);
  await checkInvariants(stage, acknowledged);
  counts.rounds++;
  counts.records += size;
  counts.tokenOperations += tokenOperations;
  counts.tickets += tickets;
}

async function killInTurn(
  kills: readonly { readonly after: number; readonly victim: Victim; readonly restartAfter: number }[],
): Promise<void> {
  for (const { after, victim, restartAfter } of kills) {
    await wait(after);
    counts.killed[victim] = (counts.killed[victim] ?? 0) + 1;
    if (victim !== 'api' && victim !== 'postmaster') stage.killBackends();
    if (victim === 'postmaster') stage.killPostmaster();
    if (victim !== 'backends') {
      if (victim !== 'postmaster') await stage.killApi();
      await wait(restartAfter);
      await stage.restartApi();
    }
  }
}

async function bringIn(size: number): Promise<void> {
  const rows = people(stage, size);
  await persist(async () => {
    const { status, body } = must(await stage.import(rows), 'SOURCE_ALREADY_IMPORTED');
    demand(status !== 201 || body['new'] === size, `import: ${JSON.stringify(body)}`);
  });
  acknowledged += size;
}

async function identities(): Promise<void> {
  await persist(async () => {
    const { body } = must(await stage.call('operator', 'POST', '/v1/identity-checks', '{}'));
    await settled('operator', `/v1/jobs/${String(body['jobId'])}`, ['queued', 'running']);
  });
}

async function freeze(): Promise<string> {
  return persist(async () => {
    const asked = must(
      await stage.call('district', 'POST', '/v1/batches', JSON.stringify({ mode: 'list' })),
      'BATCH_OPEN',
    );
    const { batches } = await stage.must('district', '/v1/batches');
    const open = (batches as { state: string; batchId: string }[]).find(({ state }) =>
      ['open', 'freezing'].includes(state),
    );
    const batchId = open?.batchId ?? String(asked.body['batchId']);
    const batch = await settled('district', `/v1/batches/${batchId}`, ['freezing']);
    if (batch['state'] !== 'open') throw new Error(`freezing: ${JSON.stringify(batch)}`);
    return batchId;
  });
}

async function settled(
  role: string,
  path: string,
  waiting: readonly string[],
): Promise<Record<string, unknown>> {
  for (;;) {
    const answer = await persist(() => stage.must(role, path));
    if (!waiting.includes(String(answer['state']))) return answer;
    await wait(100);
  }
}

/** Tries again while something is away. */
async function persist<T>(action: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + 90_000; ; await wait(200)) {
    try {
      return await action();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (
        !/fetch failed|terminated|"UNAVAILABLE"|"INTERNAL"|other side closed/.test(text) ||
        Date.now() > end
      )
        throw error;
    }
  }
}

function must(reply: Reply, ...fine: string[]): Reply {
  if (reply.status < 400 || fine.includes(String(reply.body['code']))) return reply;
  throw new Error(reply.text);
}

function demand(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(what);
}

function killsSoFar(): number {
  return Object.values(counts.killed).reduce((sum, n) => sum + n, 0);
}

function report(): void {
  const seconds = Math.round((performance.now() - start) / 1000);
  const [cpu] = cpus();
  const machine = `${cpus().length} × ${cpu?.model.trim() ?? ''}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}`;
  process.stdout.write(
    JSON.stringify({ campaign: 'kill-loop', seed, kills: killsSoFar(), ...counts, seconds, machine }) + '\n',
  );
}

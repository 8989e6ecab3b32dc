import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from '#scripts/demo/random';
import { drawRound, KillRounds } from '../flow/support/kill-rounds.ts';

/** `npm run campaign -- kill [--kills 300] [--seed N]`: see docs/campaigns.md. Told on standard error, one line of JSON at the end. */

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, kills: { type: 'string', default: '300' } },
});
const seed = Number(values.seed);
const wanted = Number(values.kills);

const random = new Random(seed);
const start = performance.now();
const rounds = await KillRounds.set(random);
try {
  for (let round = 1; rounds.counts.kills < wanted; round++) {
    const left = wanted - rounds.counts.kills;
    const plan = drawRound(random, Math.min(left, 5 + random.below(8)));
    const begun = performance.now();
    await rounds.round(plan).catch((cause: unknown) => {
      throw new Error(`round ${round} (seed ${seed}): ${JSON.stringify(plan)}`, { cause });
    });
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    const { kills } = rounds.counts;
    say(
      `round ${round}: ${plan.size} records, ${plan.modes.join(' and ')}; ${kills} kills so far; ${seconds} s`,
    );
  }
  process.stdout.write(JSON.stringify(report()) + '\n');
} catch (error) {
  for (const log of ['api.log', join('data', 'postgres', 'postgres.log')])
    say(readFileSync(join(rounds.stage.folder, log), 'utf8').slice(-3000));
  throw error;
} finally {
  await rounds.close();
}

function report(): object {
  const [cpu] = cpus();
  const machine = `${cpus().length} × ${cpu?.model.trim() ?? ''}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}`;
  const { kills, killed, batches, records, tickets } = rounds.counts;
  const seconds = Math.round((performance.now() - start) / 1000);
  const cSign = rounds.tokenOperations;
  return { campaign: 'kill', seed, kills, killed, batches, records, cSign, tickets, seconds, machine };
}

function say(text: string): void {
  process.stderr.write(text + '\n');
}

import { afterAll, beforeAll, expect, it } from 'vitest';
import { Random } from '#scripts/demo/random';
import { KillRounds } from './support/kill-rounds.ts';
import type { Kill, Victim } from './support/kill-victims.ts';

/** A short piece of the campaign `kill`: what must hold after every kill is asked there, and ends the round where it does not. */

let rounds: KillRounds;
beforeAll(async () => {
  rounds = await KillRounds.set(new Random(20220429));
});
afterAll(() => rounds.close());

function kill(victim: Victim, machine: number): Kill {
  return { victim, machine, isSigning: true, after: 60, restartAfter: 100 };
}

it('signs record by record, each record once, while agents, drivers, the API and PostgreSQL are killed', async () => {
  const kills = [
    kill('agent', 0),
    kill('driver', 0.9),
    kill('api', 0),
    kill('backends', 0),
    kill('agent', 0.9),
  ];
  await rounds.round({ size: 250, modes: ['each', 'each'], early: [], kills });
  expect(rounds.counts.kills).toBeGreaterThan(2);
  expect(rounds.counts.batches).toEqual({ list: 0, each: 2 });
}, 150_000);

import { setTimeout as wait } from 'node:timers/promises';
import type { Random } from '#scripts/demo/random';
import type { AgentMachine } from './kill-agent.ts';
import type { KillStage } from './kill-stage.ts';

/** Who is killed, and when: drawn from the seed alone. */

export const VICTIMS = ['agent', 'driver', 'api', 'backends', 'postmaster', 'api and postmaster'] as const;
export type Victim = (typeof VICTIMS)[number];

export type Kill = {
  readonly victim: Victim;
  /** which of the machines at work, where an agent or a driver is killed; in [0, 1) */
  readonly machine: number;
  /** whether an agent or driver is killed once the agent has begun to sign, or whenever it runs */
  readonly isSigning: boolean;
  /** milliseconds from there, or from the kill before */
  readonly after: number;
  /** milliseconds until what was killed is started again */
  readonly restartAfter: number;
};

const SERVERS = VICTIMS.filter((victim) => victim !== 'agent' && victim !== 'driver');
/** Agents and drivers, which are killed at the most different moments, come most often. */
const LOTS: readonly Victim[] = ['agent', 'agent', 'agent', 'driver', 'driver', 'driver', ...SERVERS];

export function drawServerKill(random: Random): Kill {
  return drawKill(random, SERVERS);
}

export function drawKill(random: Random, victims = LOTS): Kill {
  const victim = random.pick(victims);
  return {
    victim,
    machine: random.next(),
    isSigning: random.chance(0.6),
    after: random.below(700),
    restartAfter: random.below(400),
  };
}

/**
 * Kills, and starts again what does not start again by itself.
 * @param atWork the machines whose batch is not collected, while a round lasts
 * @returns whether something was killed
 */
export async function carryOut(
  kill: Kill,
  stage: KillStage,
  atWork: ReadonlySet<AgentMachine>,
): Promise<boolean> {
  const { victim, after, restartAfter } = kill;
  if (victim === 'agent' || victim === 'driver') {
    const machine = [...atWork][Math.floor(kill.machine * atWork.size)];
    if (!machine || !(await comes(kill, machine, () => !atWork.has(machine)))) return false;
    return victim === 'agent' ? machine.killAgent() : machine.killDriver();
  }
  await wait(after);
  if (victim === 'backends') stage.killBackends();
  else {
    if (victim !== 'api') stage.killPostmaster();
    if (victim !== 'postmaster') await stage.killApi();
    await wait(restartAfter);
    await stage.restartApi();
  }
  return true;
}

/** Waits for the moment. @returns false where the machine's work is over before it comes */
async function comes(
  { victim, isSigning, after }: Kill,
  machine: AgentMachine,
  isOver: () => boolean,
): Promise<boolean> {
  const written = machine.journalBytes;
  const isThere = () => (victim === 'agent' ? machine.isRunning : machine.hasDriver);
  const until = async (isTrue: () => boolean) => {
    while (!isTrue() && !isOver()) await wait(4);
  };
  if (isSigning) await until(() => machine.journalBytes > written);
  // signing is over within a second: most moments lie within it
  await wait(isSigning ? after / 3 : after);
  await until(isThere);
  return isThere();
}

import { readdirSync } from 'node:fs';
import { descendants, peakMb, readText } from './memory.ts';

const TICKS_A_SECOND = 100;

/** Seconds of processor time that a process has had, all its threads together. */
export function cpuSecondsOf(pid: number): number {
  return cpuOf(pid, 2);
}

/** The same of a process and those below it have had, with what their ended children had (proc(5), fields 14 to 17). */
export function cpuSecondsOfTree(pid: number): number {
  return descendants(pid).reduce((sum, one) => sum + cpuOf(one, 4), 0);
}

/** Processor time and peak memory of an agent that runs in `home`, and of its driver's child, as far as they can be seen from outside. */
export type AgentUse = {
  readonly agent: { readonly cpu: number; readonly mb: number };
  readonly driver: { readonly cpu: number; readonly mb: number };
};

/** Looks at the agent until stopped: what it used until a twentieth of a second before its end. */
export function watchAgent(home: string): { readonly stop: () => AgentUse } {
  const use = { agent: { cpu: 0, mb: 0 }, driver: { cpu: 0, mb: 0 } };
  // started again, a driver is another process: their times are added
  const drivers = new Map<number, number>();
  let agent = 0;
  const look = () => {
    if (!commandOf(agent).includes(home)) agent = findAgent(home);
    if (agent === 0) return;
    use.agent = { cpu: Math.max(use.agent.cpu, cpuOf(agent, 2)), mb: Math.max(use.agent.mb, peakMb(agent)) };
    for (const pid of descendants(agent).slice(1))
      drivers.set(pid, Math.max(drivers.get(pid) ?? 0, cpuOf(pid, 2)));
    for (const pid of drivers.keys()) use.driver.mb = Math.max(use.driver.mb, peakMb(pid));
    use.driver.cpu = [...drivers.values()].reduce((sum, one) => sum + one, 0);
  };
  const timer = setInterval(look, 50);
  return {
    stop: () => {
      clearInterval(timer);
      return use;
    },
  };
}

function findAgent(home: string): number {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.find((pid) => commandOf(pid).includes(home) && commandOf(pid).includes('\0sign\0')) ?? 0;
}

function commandOf(pid: number): string {
  return readText(`/proc/${pid}/cmdline`);
}

/** @param fields from the 14th: 2 for the process's own, 4 with its ended children's */
function cpuOf(pid: number, fields: 2 | 4): number {
  // the command may hold spaces and parentheses: counted from after its last one, where the third field stands
  const rest = readText(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ');
  return rest.slice(11, 11 + fields).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_A_SECOND;
}

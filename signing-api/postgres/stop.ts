import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '#core/refusal';
import { isServing, processesOf, readPidFile } from './running.ts';
import { removeRuntimeFolder } from './runtime-folder.ts';

// Signals of the postmaster: fast (ends sessions, writes a checkpoint), immediate (the next start recovers).
const ways = [
  { signal: 'SIGINT', seconds: 120 },
  { signal: 'SIGQUIT', seconds: 20 },
  { signal: 'SIGKILL', seconds: 10 },
] as const;

/**
 * Ends every server process at work in `cluster` and waits until they are gone; nothing to do is fine.
 * @throws Refusal POSTGRES_FAILED when one does not end
 */
export async function stopServer(cluster: string): Promise<void> {
  const found = readPidFile(cluster);
  for (const { signal, seconds } of ways) {
    const running = processesOf(cluster);
    // Without their postmaster the others (left over from its violent end) understand only SIGQUIT.
    const postmaster = running.filter((pid) => pid === found?.pid);
    if (signal === 'SIGINT' && postmaster.length === 0 && running.length > 0) continue;
    // A fast shutdown waits for a recovery that may have lost its process (seen with 18.4); the next start recovers anyway.
    if (signal === 'SIGINT' && found?.status !== 'stopping' && !isServing(cluster)) continue;
    for (const pid of signal === 'SIGKILL' || postmaster.length === 0 ? running : postmaster)
      send(pid, signal);
    if (await gone(cluster, seconds)) {
      if (found !== undefined) removeRuntimeFolder(found.socketFolder);
      return;
    }
  }
  throw new Refusal('POSTGRES_FAILED', { detail: `processes ${processesOf(cluster).join(', ')} do not end` });
}

async function gone(cluster: string, seconds: number): Promise<boolean> {
  for (const end = Date.now() + seconds * 1_000; Date.now() < end; await sleep(20)) {
    if (processesOf(cluster).length === 0) return true;
  }
  return false;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // ended in between
  }
}

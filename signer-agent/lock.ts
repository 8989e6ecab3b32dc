import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '#core/refusal';
import type { Home } from './config.ts';

/**
 * One agent at a time writes in a folder. A lock left by a process that is gone is taken over.
 * @returns what gives the folder free again
 * @throws Refusal AGENT_BUSY
 */
export function lockHome(home: Home): () => void {
  const file = join(home.folder, 'lock');
  for (let tries = 0; tries < 3; tries++) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx', mode: 0o600 });
      return () => rmSync(file, { force: true });
    } catch (cause) {
      if (isRunning(holder(file))) throw new Refusal('AGENT_BUSY', { cause });
      rmSync(file, { force: true });
    }
  }
  throw new Refusal('AGENT_BUSY', { detail: 'the lock cannot be taken' });
}

function holder(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startOf } from './running.ts';

/**
 * Which Node process answers for the running server: who started it, or who found it after that one was killed. Others
 * may use the server but leave it running when they stop.
 */
export function claim(dataDir: string): void {
  const file = join(dataDir, 'owner');
  writeFileSync(`${file}.${process.pid}`, nameOf(process.pid), { mode: 0o600 });
  renameSync(`${file}.${process.pid}`, file);
}

export function belongsToAnother(dataDir: string): boolean {
  const owner = readOwner(dataDir);
  if (owner === nameOf(process.pid)) return false;
  const pid = Number(owner.split(' ')[0]);
  return pid > 0 && startOf(pid) !== undefined && nameOf(pid) === owner;
}

function nameOf(pid: number): string {
  return `${pid} ${startOf(pid) ?? ''}`;
}

function readOwner(dataDir: string): string {
  try {
    return readFileSync(join(dataDir, 'owner'), 'utf8');
  } catch {
    return '';
  }
}

import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Binaries } from './binaries.ts';
import { nameForServer } from './data-folder.ts';
import type { DataFolder } from './data-folder.ts';
import { processesOf, readPidFile } from './running.ts';
import type { ServerUser } from './server-user.ts';
import { serverArguments } from './settings.ts';

export type Log = (line: string) => void;

/** A server process that was asked to start. */
export interface Launched {
  readonly pid: number | undefined;
  ended(): boolean;
  problem(): Error | undefined;
}

/** In a session of its own: Ctrl-C in the terminal reaches Node, which then stops the server in good order. */
export function launch(
  folder: DataFolder,
  binaries: Binaries,
  user: ServerUser | undefined,
  runtime: string,
): Launched {
  const log = openSync(folder.log, 'a', 0o600);
  const child = spawn(
    join(binaries.bin, 'postgres'),
    serverArguments(nameForServer(folder.cluster, user, binaries.major), runtime),
    { cwd: folder.cluster, detached: true, stdio: ['ignore', log, log], ...user },
  );
  closeSync(log);
  child.unref();
  let problem: Error | undefined;
  child.on('error', (error) => (problem = error));
  return {
    pid: child.pid,
    ended: () => problem !== undefined || child.exitCode !== null || child.signalCode !== null,
    problem: () => problem,
  };
}

/**
 * Waits for a server that starts, recovers or stops in `cluster`.
 * @returns its process id once it is ready; undefined when there is none (any more)
 */
export async function waitUntilReady(
  cluster: string,
  log: Log,
  launched?: Launched,
): Promise<number | undefined> {
  for (let waited = 0; ; waited += 20, await sleep(20)) {
    const file = readPidFile(cluster);
    const alive = file !== undefined && processesOf(cluster).includes(file.pid);
    if (alive && file.status === 'ready') return file.pid;
    if (!alive && (launched === undefined || launched.ended())) return undefined;
    if (waited > 0 && waited % 10_000 === 0) log(`PostgreSQL is still ${file?.status ?? 'starting'}`);
  }
}

export function lastWords({ log }: DataFolder): string {
  return readFileSync(log, 'utf8').slice(-1_000).trim();
}

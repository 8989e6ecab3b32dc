import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '#core/refusal';
import { findBinaries } from './binaries.ts';
import { dataMajor, openDataFolder, readOrMakePassword } from './data-folder.ts';
import type { DataFolder } from './data-folder.ts';
import { makeDatabase } from './database.ts';
import { initialiseOnce } from './initialise.ts';
import { lastWords, launch, waitUntilReady } from './launch.ts';
import type { Log } from './launch.ts';
import { belongsToAnother, claim } from './owner.ts';
import { isRecovering, processesOf, programIsGone, readPidFile, removeMisleadingPidFile } from './running.ts';
import { makeRuntimeFolder, removeRuntimeFolder } from './runtime-folder.ts';
import { serverUser } from './server-user.ts';
import type { ServerUser } from './server-user.ts';
import { connectionString } from './settings.ts';
import { stopServer } from './stop.ts';

export interface Postgres {
  /** For `pg`: the owner's login, a superuser of this server alone. Holds the password: never log it. */
  readonly url: string;
  readonly pid: number;
  /** Fast shutdown, waits for its end. Leaves a server running that another live process answers for. */
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** Made if absent. Holds the data, the owner's password and the server's log. */
  readonly dataDir: string;
  readonly log?: Log;
}

/** SQLSTATE: the server starts, recovers or stops */
const CANNOT_CONNECT_NOW = '57P03';
const IDLE_TRIES = 20;

/**
 * Starts the embedded PostgreSQL, or takes over the one that a killed process left running on the same data. Its only
 * door is a socket in a 0700 folder, its only login has a generated password (SCRAM). Waits as long as recovery takes.
 * The server outlives a caller that does not `stop()` it; the next start finds it.
 * @throws Refusal POSTGRES_MISSING, POSTGRES_FOLDER, POSTGRES_FAILED
 */
export async function startPostgres({ dataDir, log = () => undefined }: PostgresOptions): Promise<Postgres> {
  const folder = openDataFolder(resolve(dataDir));
  const user = serverUser(folder.cluster);
  const password = readOrMakePassword(folder);
  const found = await findRunning(folder, password, log);
  if (found !== undefined) return found;
  if (belongsToAnother(folder.dataDir) && processesOf(folder.cluster).length > 0) {
    throw new Refusal('POSTGRES_FAILED', {
      detail: `another process runs a server in ${folder.dataDir} that does not answer`,
    });
  }
  await stopServer(folder.cluster);
  return startNew(folder, user, password, log);
}

async function findRunning(folder: DataFolder, password: string, log: Log): Promise<Postgres | undefined> {
  const pid = await waitUntilReady(folder.cluster, log);
  const socketFolder = readPidFile(folder.cluster)?.socketFolder;
  if (pid === undefined || socketFolder === undefined || programIsGone(pid)) return undefined;
  if (!(await letsIn(folder.cluster, socketFolder, password))) return undefined;
  if (!belongsToAnother(folder.dataDir)) claim(folder.dataDir);
  log(`PostgreSQL was running (process ${pid}), data in ${folder.dataDir}`);
  return handle(folder, pid, connectionString(socketFolder, password));
}

/** Waits out a recovery. @returns false where the server is of no use: it lets nobody in, and recovers no more */
async function letsIn(cluster: string, socketFolder: string, password: string): Promise<boolean> {
  for (let idle = 0; idle < IDLE_TRIES; await sleep(100)) {
    try {
      await makeDatabase(socketFolder, password);
      return true;
    } catch (error) {
      if ((error as { code?: unknown }).code !== CANNOT_CONNECT_NOW) return false;
      idle = isRecovering(cluster) ? 0 : idle + 1;
    }
  }
  return false;
}

async function startNew(
  folder: DataFolder,
  user: ServerUser | undefined,
  password: string,
  log: Log,
): Promise<Postgres> {
  const runtime = makeRuntimeFolder(user);
  try {
    const binaries = findBinaries({ user, runtime, major: dataMajor(folder.cluster) });
    await initialiseOnce(folder, binaries, user, runtime, password);
    removeMisleadingPidFile(folder.cluster);
    const launched = launch(folder, binaries, user, runtime);
    const pid = await waitUntilReady(folder.cluster, log, launched);
    if (pid === undefined || pid !== launched.pid) {
      removeRuntimeFolder(runtime);
      // Another process may have been quicker: its server is as good.
      const other = await findRunning(folder, password, log);
      if (other !== undefined) return other;
      throw new Refusal('POSTGRES_FAILED', {
        detail: `the server ended: ${lastWords(folder)}`,
        cause: launched.problem(),
      });
    }
    claim(folder.dataDir);
    await makeDatabase(runtime, password);
    log(`PostgreSQL ${binaries.major} (${binaries.from}) runs as process ${pid}, data in ${folder.dataDir}`);
    return handle(folder, pid, connectionString(runtime, password));
  } catch (cause) {
    if (processesOf(folder.cluster).length === 0) removeRuntimeFolder(runtime);
    throw cause;
  }
}

function handle(folder: DataFolder, pid: number, url: string): Postgres {
  return {
    url,
    pid,
    async stop() {
      if (!belongsToAnother(folder.dataDir)) await stopServer(folder.cluster);
    },
  };
}

import { spawn } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '#core/refusal';
import type { Binaries } from './binaries.ts';
import { nameForServer, syncFolder } from './data-folder.ts';
import type { DataFolder } from './data-folder.ts';
import type { ServerUser } from './server-user.ts';
import { startOf } from './running.ts';
import { removeRuntimeFolder } from './runtime-folder.ts';
import { owner } from './settings.ts';

const draftPrefix = 'cluster.new-';
const runtimePrefix = 'runtime-';

/**
 * Makes the data folder once. Made beside and renamed when complete, so a crash leaves nothing half made, and of two
 * that try at once one wins.
 * @throws Refusal POSTGRES_FAILED with initdb's last words
 */
export async function initialiseOnce(
  folder: DataFolder,
  binaries: Binaries,
  user: ServerUser | undefined,
  runtime: string,
  password: string,
): Promise<void> {
  if (existsSync(folder.cluster)) return;
  removeAbandoned(folder.dataDir);
  const runtimeLink = join(folder.dataDir, `${runtimePrefix}${process.pid}`);
  const draft = join(folder.dataDir, `${draftPrefix}${process.pid}`);
  symlinkSync(runtime, runtimeLink);
  mkdirSync(draft, { mode: 0o700 });
  if (user !== undefined) chownSync(draft, user.uid, user.gid);
  const passwordFile = join(runtime, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) chownSync(passwordFile, user.uid, user.gid);
  try {
    await initdb(draft, binaries, user, passwordFile);
    renameUnlessThere(draft, folder.cluster);
    syncFolder(folder.dataDir);
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(draft, { recursive: true, force: true });
    rmSync(runtimeLink, { force: true });
  }
}

function initdb(
  draft: string,
  binaries: Binaries,
  user: ServerUser | undefined,
  passwordFile: string,
): Promise<void> {
  const options = ['--encoding=UTF8', '--locale=C', '--data-checksums', '--auth=scram-sha-256'];
  const child = spawn(
    join(binaries.bin, 'initdb'),
    [
      '-D',
      nameForServer(draft, user, binaries.major),
      `--username=${owner}`,
      `--pwfile=${passwordFile}`,
      ...options,
    ],
    { cwd: draft, stdio: ['ignore', 'pipe', 'pipe'], ...user },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2_000)));
  }
  return new Promise((resolve, reject) => {
    child.on('error', (cause) =>
      reject(new Refusal('POSTGRES_FAILED', { detail: 'initdb does not start', cause })),
    );
    child.on('close', (code) => {
      if (code === 0) return resolve();
      reject(
        new Refusal('POSTGRES_FAILED', { detail: `initdb ended with ${code ?? 'a signal'}: ${said.trim()}` }),
      );
    });
  });
}

function renameUnlessThere(draft: string, cluster: string): void {
  try {
    renameSync(draft, cluster);
  } catch (cause) {
    if (!existsSync(cluster)) throw cause;
  }
}

/** What a process left that was killed here: its draft and the folder it would have run in. */
function removeAbandoned(dataDir: string): void {
  for (const name of readdirSync(dataDir)) {
    const maker = Number(/^(?:cluster\.new|runtime)-(\d+)$/.exec(name)?.[1]);
    if (Number.isNaN(maker) || (maker !== process.pid && startOf(maker) !== undefined)) continue;
    const path = join(dataDir, name);
    if (name.startsWith(runtimePrefix)) removeRuntimeFolder(readlinkSync(path));
    // The killed process's initdb may still be writing.
    rmSync(path, { recursive: true, force: true, maxRetries: 50 });
  }
}

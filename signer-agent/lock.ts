import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Refusal } from '#core/refusal';
import type { Home } from './config.ts';

/**
 * One agent at a time writes in a folder.
 * @returns what gives the folder free again
 * @throws Refusal AGENT_BUSY
 */
export async function lockHome(home: Home, platform: string = process.platform): Promise<() => void> {
  return platform === 'linux' ? lockBySocket(home) : lockByFile(home);
}

/** A socket without a file (unix(7), abstract namespace) goes with its process, however that ends: no lock is ever stale. */
async function lockBySocket({ folder }: Home): Promise<() => void> {
  const name = createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 32);
  const server = createServer((caller) => caller.destroy()).unref();
  try {
    server.listen(`\0kyso-agent-${name}`);
    await once(server, 'listening');
  } catch (cause) {
    throw new Refusal('AGENT_BUSY', { detail: (cause as NodeJS.ErrnoException).code ?? 'lock', cause });
  }
  return () => void server.close();
}

/** A file that a crash left behind is not taken over: two agents might both do so. A person removes it. */
function lockByFile({ folder }: Home): () => void {
  const file = join(folder, 'lock');
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx', mode: 0o600, flush: true });
  } catch (cause) {
    throw new Refusal('AGENT_BUSY', { detail: `if no agent runs, remove ${file}`, cause });
  }
  return () => rmSync(file, { force: true });
}

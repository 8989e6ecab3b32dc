import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** CRLs that were fetched, on disk by the digest of their address, so that a restart does not ask for megabytes again. */
export type CrlFiles = {
  /** @returns null where there is none */
  readonly read: (address: string) => Promise<{ readonly der: Buffer; readonly fetchedAt: Date } | null>;
  /** Written beside, then renamed: a reader finds a whole one. */
  readonly write: (address: string, der: Uint8Array) => Promise<void>;
};

const ENDING = '.crl';

/** @param maxFiles past them the oldest go */
export function crlFiles(folder: string, maxFiles: number): CrlFiles {
  const fileOf = (address: string) =>
    join(folder, createHash('sha256').update(address).digest('hex') + ENDING);
  // one after the other: two that count at one time would both drop files
  let last = Promise.resolve();
  const writeOne = async (file: string, der: Uint8Array) => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const fresh = join(folder, `${randomUUID()}.new`);
    try {
      await writeFile(fresh, der, { mode: 0o600, flag: 'wx' });
      await rename(fresh, file);
    } finally {
      await rm(fresh, { force: true });
    }
    await dropOldest(folder, maxFiles);
  };
  return {
    read: async (address) => {
      try {
        const file = fileOf(address);
        return { der: await readFile(file), fetchedAt: (await stat(file)).mtime };
      } catch {
        return null;
      }
    },
    write: (address, der) => {
      const writing = last.then(() => writeOne(fileOf(address), der));
      last = writing.catch(() => undefined);
      return writing;
    },
  };
}

/** Halves that a killed process left are as old as any. */
async function dropOldest(folder: string, maxFiles: number): Promise<void> {
  const names = await readdir(folder);
  if (names.length <= maxFiles) return;
  const dated = await Promise.all(
    // one that was renamed meanwhile is as new as any
    names.map(async (name) => ({
      name,
      at: (await stat(join(folder, name)).catch(() => null))?.mtimeMs ?? Infinity,
    })),
  );
  const oldest = dated.sort((a, b) => a.at - b.at).slice(0, names.length - maxFiles);
  for (const { name } of oldest) await rm(join(folder, name), { force: true });
}

import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** CRLs that were fetched, on disk by the digest of what they are known by, so that a restart does not ask for megabytes again. */
export type CrlFiles = {
  /** @returns null where there is none */
  readonly read: (key: string) => Promise<{ readonly der: Buffer; readonly fetchedAt: Date } | null>;
  /** Written beside, then renamed: a reader finds a whole one. */
  readonly write: (key: string, der: Uint8Array) => Promise<void>;
};

const ENDING = '.crl';

export type FileBounds = { readonly maxFiles: number; readonly maxBytes: number };

/** @param bounds past them the oldest go */
export function crlFiles(folder: string, bounds: FileBounds): CrlFiles {
  const fileOf = (key: string) => join(folder, createHash('sha256').update(key).digest('hex') + ENDING);
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
    await dropOldest(folder, bounds);
  };
  return {
    read: async (key) => {
      try {
        const file = fileOf(key);
        return { der: await readFile(file), fetchedAt: (await stat(file)).mtime };
      } catch {
        return null;
      }
    },
    write: (key, der) => {
      const writing = last.then(() => writeOne(fileOf(key), der));
      last = writing.catch(() => undefined);
      return writing;
    },
  };
}

/** Halves that a killed process left are as old as any. */
async function dropOldest(folder: string, { maxFiles, maxBytes }: FileBounds): Promise<void> {
  const files = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      // one that was renamed meanwhile is as new as any
      const found = await stat(join(folder, name)).catch(() => null);
      return { name, at: found?.mtimeMs ?? Infinity, size: found?.size ?? 0 };
    }),
  );
  let count = 0;
  let bytes = 0;
  for (const { name, size } of files.sort((a, b) => b.at - a.at)) {
    count++;
    bytes += size;
    if (count > maxFiles || bytes > maxBytes) await rm(join(folder, name), { force: true });
  }
}

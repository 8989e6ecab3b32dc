import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isRefusal } from '#core/refusal';
import { MAX_REVOCATION_BATCH_BYTES } from '#core/sign/revocation-batches';
import { MAX_REVOCATION_INDEX_FILE_BYTES, readRevocations } from '../certificate/read-revocations.ts';
import type { RevocationsReading } from '../certificate/revocations.ts';
import { nodeCrypto } from '../crypto-node.ts';
import type { Trust } from '../trust/trust.ts';
import { readBounded } from './files.ts';

const INDEX = 'index.json';

/**
 * Revocations as files: the index, and in the same folder its batches, each by the name of its base64url SHA-256, with `.json` or
 * without. Batches are read when a certificate of their key comes.
 * @param path the index, or the folder in which it is `index.json`
 * @returns null without a trust list, which has its own finding
 * @throws Refusal SOURCE_UNREADABLE, SOURCE_TOO_LARGE
 */
export async function readRevocationFiles(
  path: string,
  trust: Trust | null,
  at: Date,
): Promise<RevocationsReading | null> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const index = isFolder ? join(path, INDEX) : path;
  const indexBytes = await readBounded(index, MAX_REVOCATION_INDEX_FILE_BYTES);
  if (!trust) return null;
  const batch = (sha256: string) => readBatch(join(dirname(index), sha256));
  return readRevocations({ indexBytes, batch, trust, at, crypto: nodeCrypto });
}

async function readBatch(path: string): Promise<Uint8Array | null> {
  return (await readIfThere(`${path}.json`)) ?? (await readIfThere(path));
}

async function readIfThere(path: string): Promise<Uint8Array | null> {
  try {
    return await readBounded(path, MAX_REVOCATION_BATCH_BYTES);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return null;
  }
}

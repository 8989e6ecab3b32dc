import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, Transform, type Readable } from 'node:stream';
import { pipeline as piped } from 'node:stream/promises';
import type { Sealer } from '../sealing.ts';

/**
 * A large file that lies on the disk sealed: its own key, sealed ‖ nonce (12) ‖ AES-256-GCM ciphertext ‖ tag (16). One key a file, so
 * that a file may be longer than what a data key seals.
 */
const KEY_BYTES = 32;
const SEALED_KEY_BYTES = 2 + 12 + KEY_BYTES + 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = SEALED_KEY_BYTES + NONCE_BYTES;

/** Writes what comes, mode 0600, and holds none of it. The file is whole once this resolves. @param rowId what the key is bound to */
export async function writeSealed(
  sealer: Sealer,
  rowId: string,
  path: string,
  content: NodeJS.ReadableStream,
  signal: AbortSignal,
): Promise<void> {
  const key = randomBytes(KEY_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const file = createWriteStream(path, { mode: 0o600, flags: 'wx', flush: true });
  file.write(Buffer.concat([sealer.seal(key, rowId), nonce]));
  const withTag = new Transform({
    transform: (chunk: Buffer, _encoding, done) => done(null, chunk),
    flush: (done) => done(null, cipher.getAuthTag()),
  });
  await piped(content, cipher, withTag, file, { signal });
}

/**
 * Opens such a file. A file that was changed ends in an error, after what was before: who reads must not take it for whole.
 * @returns null where there is none
 * @throws Refusal INTERNAL where the key does not open
 */
export async function readSealed(
  sealer: Sealer,
  rowId: string,
  path: string,
): Promise<{ readonly bytes: number; readonly content: Readable } | null> {
  const file = await open(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
  if (!file) return null;
  try {
    const { size } = await file.stat();
    const head = Buffer.alloc(HEAD_BYTES);
    const tag = Buffer.alloc(TAG_BYTES);
    await file.read(head, 0, HEAD_BYTES, 0);
    await file.read(tag, 0, TAG_BYTES, size - TAG_BYTES);
    const key = sealer.open(head.subarray(0, SEALED_KEY_BYTES), rowId);
    const decipher = createDecipheriv('aes-256-gcm', key, head.subarray(SEALED_KEY_BYTES));
    decipher.setAuthTag(tag);
    const sealed = file.createReadStream({ start: HEAD_BYTES, end: size - TAG_BYTES - 1 });
    // whoever reads gets the error, or goes away and ends both
    const content = pipeline(sealed, decipher, () => undefined);
    return { bytes: size - HEAD_BYTES - TAG_BYTES, content };
  } catch (error) {
    await file.close();
    throw error;
  }
}

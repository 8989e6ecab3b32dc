import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HC1_PREFIX } from '#core/certificate/hc1';
import { Refusal, isRefusal } from '#core/refusal';
import { MAX_EVIDENCE_BYTES } from '#core/sign/evidence';
import { readBounded } from './files.ts';
import { linesOf } from './lines.ts';

/** One thing to judge: a file, or a line of a stream. */
export type Input = {
  /** as people are told: a path, or path and line */
  readonly name: string;
  /** or why there are none */
  readonly bytes: Uint8Array | Refusal;
  /** how much of everything has been read with this one, from 0 to 1; null where nobody knows */
  readonly share: number | null;
};

export type Stream = AsyncIterable<Uint8Array>;

/** Stands for standard input, a stream of lines. */
const STANDARD_INPUT = '-';

/** What is judged in a folder, by the ends of names. */
const JUDGED = /\.(?:json|hc1|png|jpe?g)$/i;
/** Files of lines. */
const LINES = /\.(?:ndjson|jsonl|txt)$/i;

/**
 * Files, folders (all in them that ends with .json, .hc1, .png, .jpg or .jpeg, and .txt that begin with a certificate, in order of
 * names) and streams (.ndjson, .jsonl, .txt, -), one evidence or one certificate a line.
 */
export async function* inputsOf(
  paths: readonly string[],
  standardInput: () => Stream,
): AsyncGenerator<Input> {
  const files: (string | Input)[] = [];
  for (const path of paths) for await (const file of filesAt(path)) files.push(file);
  for (const [i, file] of files.entries()) {
    if (typeof file !== 'string') yield file;
    else
      for await (const { share, ...rest } of contentOf(file, standardInput))
        yield { ...rest, share: share === null ? null : (i + share) / files.length };
  }
}

async function* filesAt(path: string): AsyncGenerator<string | Input> {
  if (!(await isFolder(path))) {
    yield path;
    return;
  }
  let isEmpty = true;
  for await (const file of filesIn(path)) {
    isEmpty = false;
    yield file;
  }
  if (isEmpty) yield unreadable(path, 'nothing to judge in this folder');
}

async function* filesIn(folder: string): AsyncGenerator<string | Input> {
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    yield unreadable(folder, cause instanceof Error ? cause.message : '');
    return;
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesIn(path);
    else if (JUDGED.test(entry.name) || (await isCertificateText(path))) yield path;
  }
}

/** A text file may say anything; in a folder it is judged only where it begins as a certificate does. */
async function isCertificateText(path: string): Promise<boolean> {
  if (!/\.txt$/i.test(path)) return false;
  try {
    for await (const chunk of createReadStream(path, { end: 31 }) as Stream)
      return Buffer.from(chunk).toString('latin1').trimStart().startsWith(HC1_PREFIX);
    return false;
  } catch {
    // whoever reads it whole says why it cannot be read
    return true;
  }
}

async function isFolder(path: string): Promise<boolean> {
  if (path === STANDARD_INPUT) return false;
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function* contentOf(path: string, standardInput: () => Stream): AsyncGenerator<Input> {
  if (path === STANDARD_INPUT) yield* linesAt('stdin', standardInput(), null);
  else if (LINES.test(path)) {
    const size = await stat(path).then(
      (found) => (found.isFile() ? found.size : null),
      () => null,
    );
    yield* linesAt(path, createReadStream(path), size);
  } else yield { name: path, bytes: await readOrRefusal(path), share: 1 };
}

async function* linesAt(name: string, stream: Stream, size: number | null): AsyncGenerator<Input> {
  let number = 0;
  try {
    for await (const { bytes, read } of linesOf(stream, MAX_EVIDENCE_BYTES))
      yield {
        name: `${name}:${++number}`,
        bytes:
          bytes ??
          new Refusal('SOURCE_TOO_LARGE', { detail: `a line of more than ${MAX_EVIDENCE_BYTES} bytes` }),
        share: size === null ? null : Math.min(1, read / size),
      };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    yield unreadable(name, error.message);
    return;
  }
  if (number === 0) yield unreadable(name, 'no line in this stream');
}

async function readOrRefusal(path: string): Promise<Uint8Array | Refusal> {
  try {
    return await readBounded(path, MAX_EVIDENCE_BYTES);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return error;
  }
}

function unreadable(name: string, detail: string): Input {
  return { name, bytes: new Refusal('SOURCE_UNREADABLE', { detail: `${name}: ${detail}` }), share: null };
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

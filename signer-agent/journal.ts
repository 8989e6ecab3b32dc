import { closeSync, existsSync, openSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import * as f from '#core/sign/fields';
import { Refusal } from '#core/refusal';
import { readShape } from '#core/shape';
import { appendLine } from './append-line.ts';
import type { Home } from './config.ts';

/**
 * What this machine was about to sign, has signed and has handed in: NDJSON, appended and fsynced, never rewritten. It holds statement
 * digests, attributes and signatures, nothing of the records.
 */

const common = { at: f.time, batchId: f.uuid, statementSha256: f.digest };
/** of the certificate: after an enrolment with another one, what the first made is not this one's */
const signed = { ...common, signerSha256: f.digest };
/** which of the unit's lists it is */
const place = { instance: f.instance, kind: f.unitKind, unit: f.unitCode, sequence: f.count };
export const algorithm = z.enum([
  'RSA-PKCS1-SHA256',
  'RSA-PSS-SHA256',
  'ECDSA-P256-SHA256',
  'ECDSA-P384-SHA384',
]);

const entryShape = z.discriminatedUnion('type', [
  /** written before the token is asked: the exact bytes that it signs */
  z.strictObject({
    type: z.literal('intent'),
    ...signed,
    ...place,
    algorithm,
    signedAttributes: f.der(8192),
  }),
  /** the token refused before it was asked to sign (a wrong PIN, say): the intent before is void */
  z.strictObject({ type: z.literal('unsigned'), ...signed, reason: z.string() }),
  z.strictObject({ type: z.literal('result'), ...signed, cms: f.der(64 * 1024), cmsSha256: f.digest }),
  /** written before the first item of a list in `each` mode: what becomes of the items stands in a journal of their own */
  z.strictObject({ type: z.literal('items'), ...signed, ...place }),
  /** the API has it: from here on the unit's next list must follow this one */
  z.strictObject({
    type: z.literal('collected'),
    ...common,
    ...place,
    /** of the one signature of a list; items have one each */
    cmsSha256: f.digest.optional(),
  }),
]);

export type Entry = z.infer<typeof entryShape>;
export type Intent = Extract<Entry, { type: 'intent' }>;
export type Result = Extract<Entry, { type: 'result' }>;
export type Collected = Extract<Entry, { type: 'collected' }>;
export type Place = Pick<Collected, keyof typeof place>;

export class Journal {
  readonly #file: string;
  readonly #entries: Entry[];

  /**
   * Reads the journal. A last line without its end was torn by a crash before anything was done upon it: it goes.
   * @throws Refusal AGENT_STATE_DAMAGED where a whole line cannot be read
   */
  constructor(home: Home) {
    this.#file = fileIn(home);
    const { entries, wholeBytes, bytes } = read(home);
    this.#entries = entries;
    if (wholeBytes < bytes) truncateSync(this.#file, wholeBytes);
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Returns when the entry is on the disk; throws where it is not. */
  append(entry: Entry): void {
    const fd = openSync(this.#file, 'a', 0o600);
    try {
      appendLine(fd, entry);
    } finally {
      closeSync(fd);
    }
    this.#entries.push(entry);
  }
}

/**
 * For who only looks, perhaps while another process writes: nothing is changed.
 * @throws Refusal AGENT_STATE_DAMAGED
 */
export function readJournal(home: Home): readonly Entry[] {
  return read(home).entries;
}

function fileIn({ folder }: Home): string {
  return join(folder, 'journal.ndjson');
}

function read(home: Home): { entries: Entry[]; wholeBytes: number; bytes: number } {
  const file = fileIn(home);
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  const wholeBytes = bytes.lastIndexOf(0x0a) + 1;
  const entries = bytes.toString('utf8', 0, wholeBytes).split('\n').slice(0, -1).map(readEntry);
  return { entries, wholeBytes, bytes: bytes.length };
}

function readEntry(line: string, index: number): Entry {
  try {
    return readShape(entryShape, JSON.parse(line) as unknown, 'AGENT_STATE_DAMAGED');
  } catch (cause) {
    throw new Refusal('AGENT_STATE_DAMAGED', { detail: `journal line ${index + 1}`, cause });
  }
}

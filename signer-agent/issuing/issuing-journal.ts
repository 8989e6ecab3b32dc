import { closeSync, existsSync, openSync, readSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '#core/refusal';
import { appendLines } from '../append-line.ts';
import type { Home } from '../config.ts';
import { wholeLines } from '../whole-lines.ts';
import {
  nameOf,
  readLine,
  type CertificateLine,
  type CertificateName,
  type Intent,
  type Line,
  type Result,
} from './journal-lines.ts';
import { KeyCounts } from './key-counts.ts';
import { OffsetIndex } from './offset-index.ts';

/** the longest line: a signature of RSA-4096 and what stands before it */
const MAX_LINE_BYTES = 2048;

/**
 * What the worker was about to sign and has signed: appended, on the disk before anything is done upon it, never rewritten. In memory
 * stands only where the last line of each certificate and of each record begins, what the keys have made, and what the API does not have yet.
 */
export class IssuingJournal {
  /** as the journal had them when it was opened; who reserves a certificate counts on */
  readonly counts: KeyCounts;
  readonly #fd: number;
  readonly #places: Places;
  #end: number;
  #tail: Promise<unknown> = Promise.resolve();

  private constructor(fd: number, { counts, end, ...places }: Read) {
    this.#fd = fd;
    this.counts = counts;
    this.#places = places;
    this.#end = end;
  }

  /**
   * A last line without its end was torn by a crash before anything was done upon it: it goes.
   * @throws Refusal AGENT_STATE_DAMAGED where a whole line cannot be read
   */
  static async open({ folder }: Home): Promise<IssuingJournal> {
    const file = join(folder, 'issuing.ndjson');
    const read = await readAll(file);
    if (existsSync(file) && statSync(file).size > read.end) truncateSync(file, read.end);
    return new IssuingJournal(openSync(file, 'a+', 0o600), read);
  }

  /** certificates that stand in it */
  get size(): number {
    return this.#places.certificates.size;
  }

  /** results that the API does not have, as far as is known */
  get undelivered(): number {
    return this.#places.undelivered.size;
  }

  /** The last line of a certificate; null where there is none. */
  find(name: CertificateName): CertificateLine | null {
    const line = this.#certificateAt(this.#places.certificates.get(nameOf(name)));
    if (line && nameOf(line) !== nameOf(name)) throw damaged();
    return line;
  }

  /** The last line of a record: its newest version, and of that the last renewal. null where there is none. */
  lastOf(recordId: string): CertificateLine | null {
    const line = this.#certificateAt(this.#places.records.get(recordId));
    if (line && line.recordId !== recordId) throw damaged();
    return line;
  }

  /** Returns when all of them are on the disk; throws where none is. */
  append(lines: readonly Line[]): Promise<void> {
    const appended = this.#tail.then(async () => {
      if (lines.length === 0) return;
      await appendLines(this.#fd, lines);
      for (const line of lines) {
        note(line, this.#end, this.#places);
        this.#end += sizeOf(line);
      }
    });
    this.#tail = appended.catch(() => undefined);
    return appended;
  }

  /** Results that the API does not have yet, at most so many. */
  lacking(max: number): Result[] {
    const results: Result[] = [];
    for (const offset of this.#places.undelivered.values()) {
      if (results.length === max) break;
      const line = this.#lineAt(offset);
      if (line.type === 'result') results.push(line);
    }
    return results;
  }

  async close(): Promise<void> {
    await this.#tail;
    closeSync(this.#fd);
  }

  #certificateAt(offset: number | undefined): CertificateLine | null {
    if (offset === undefined) return null;
    const line = this.#lineAt(offset);
    if (line.type === 'delivered') throw damaged();
    return line;
  }

  #lineAt(offset: number): Line {
    const bytes = Buffer.alloc(Math.min(MAX_LINE_BYTES, this.#end - offset));
    const length = readSync(this.#fd, bytes, 0, bytes.length, offset);
    const end = bytes.subarray(0, length).indexOf(0x0a);
    if (end < 0) throw new Refusal('AGENT_STATE_DAMAGED', { detail: `issuing journal, byte ${offset}` });
    return readLine(bytes.toString('utf8', 0, end), `byte ${offset}`);
  }
}

/** Where last lines begin. */
type Places = {
  readonly certificates: OffsetIndex;
  readonly records: OffsetIndex;
  /** by certificate */
  readonly undelivered: Map<string, number>;
};
type Read = Places & { readonly counts: KeyCounts; readonly end: number };

async function readAll(file: string): Promise<Read> {
  const counts = new KeyCounts();
  const [certificates, records] = [new OffsetIndex(), new OffsetIndex()];
  const places: Places = { certificates, records, undelivered: new Map<string, number>() };
  let begin = 0;
  let number = 0;
  if (existsSync(file))
    for await (const { text, end } of wholeLines(file)) {
      const line = readLine(text, `line ${++number}`);
      note(line, begin, places);
      count(line, counts);
      begin = end;
    }
  return { ...places, counts, end: begin };
}

function note(line: Line, offset: number, { certificates, records, undelivered }: Places): void {
  if (line.type === 'delivered') {
    for (const certificateId of line.certificateIds) undelivered.delete(certificateId);
    return;
  }
  certificates.set(nameOf(line), offset);
  records.set(line.recordId, offset);
  if (line.type === 'result') undelivered.set(line.certificateId, offset);
}

function count(line: Line, counts: KeyCounts): void {
  if (line.type === 'intent') counts.add(line.kid, new Date(line.at));
  if (line.type === 'unsigned') counts.add(line.kid, new Date(line.at), -1);
}

function damaged(): Refusal {
  return new Refusal('AGENT_STATE_DAMAGED', { detail: 'issuing journal, index' });
}

function sizeOf(line: Line): number {
  return Buffer.byteLength(JSON.stringify(line)) + 1;
}

/** Whether a certificate that stands in the journal is the one that is asked for. */
export function isSame(line: CertificateLine, asked: Pick<Intent, 'claimsSha256' | 'kid'>): boolean {
  return line.claimsSha256 === asked.claimsSha256 && line.kid === asked.kid;
}

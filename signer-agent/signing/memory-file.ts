import { createHash, type Hash } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { HASH_BYTES } from '#core/tree/hash';
import { sameBytes, utf8 } from '#core/bytes';
import { Refusal } from '#core/refusal';
import { WORDS } from './record-ids.ts';

/**
 * The file of what this machine remembers of a unit's lists: a head, then 48 bytes a record, ascending by id: record id (16 bytes) and
 * leaf hash (32), both meaningless without the records. It is read and written in one pass, whatever its size.
 *
 * Head: "kyso/memory/v1" and two zero bytes · count (4 bytes, big-endian) · 1 where complete · 3 zero bytes · SHA-256 of the last list's
 * statement (zeros: none) · SHA-256 over the records and then the head up to here.
 */

const MAGIC = utf8('kyso/memory/v1\0\0');
const AT = { count: 16, complete: 20, last: 24, digest: 56 } as const;
const HEAD_BYTES = AT.digest + HASH_BYTES;
const ID_BYTES = WORDS * 4;
const ENTRY_BYTES = ID_BYTES + HASH_BYTES;
const BLOCK_BYTES = 4096 * ENTRY_BYTES;

export type MemoryHead = {
  /** SHA-256 of the statement of the last list that is in it as a whole; null where there is none yet */
  readonly last: Uint8Array | null;
  /** whether it holds every list of the unit up to that one */
  readonly complete: boolean;
};

/** Reads a memory record by record. What it says counts only after `end`, which proves that nothing of it is damaged. */
export class MemoryReader {
  readonly head: MemoryHead;
  readonly #fd: number;
  readonly #headBytes: Buffer;
  readonly #hash: Hash = createHash('sha256');
  readonly #block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  #position = HEAD_BYTES;
  #filled = 0;
  #at = 0;
  #left: number;

  /** @throws Refusal AGENT_STATE_DAMAGED; the fault of the file system where it cannot be opened */
  constructor(path: string) {
    this.#fd = openSync(path, 'r');
    try {
      const head = Buffer.alloc(HEAD_BYTES);
      const read = readSync(this.#fd, head, 0, HEAD_BYTES, 0);
      const count = head.readUInt32BE(AT.count);
      const isWhole = fstatSync(this.#fd).size === HEAD_BYTES + count * ENTRY_BYTES;
      if (read < HEAD_BYTES || !sameBytes(head.subarray(0, MAGIC.length), MAGIC) || !isWhole) throw damaged();
      const last = head.subarray(AT.last, AT.digest);
      this.head = { last: last.every((byte) => byte === 0) ? null : last, complete: head[AT.complete] === 1 };
      this.#headBytes = head;
      this.#left = count;
      this.#load();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Whether there is a record to look at. */
  get has(): boolean {
    return this.#at < this.#filled;
  }

  /** Of the record looked at: one of the four 32-bit words of its id. */
  word(word: number): number {
    return this.#block.readUInt32BE(this.#at + word * 4);
  }

  /** Of the record looked at: valid until `next`. */
  get hash(): Uint8Array {
    return this.#block.subarray(this.#at + ID_BYTES, this.#at + ENTRY_BYTES);
  }

  /** Of the record looked at, as it stands in the file: valid until `next`. */
  get entry(): Uint8Array {
    return this.#block.subarray(this.#at, this.#at + ENTRY_BYTES);
  }

  next(): void {
    this.#at += ENTRY_BYTES;
    if (!this.has) this.#load();
  }

  /** @throws Refusal AGENT_STATE_DAMAGED where what was read is not what was written */
  end(): void {
    while (this.has) {
      this.#at = this.#filled;
      this.#load();
    }
    const digest = this.#hash.update(this.#headBytes.subarray(0, AT.digest)).digest();
    if (!sameBytes(digest, this.#headBytes.subarray(AT.digest))) throw damaged();
  }

  close(): void {
    closeSync(this.#fd);
  }

  #load(): void {
    const wanted = Math.min(this.#left * ENTRY_BYTES, BLOCK_BYTES);
    let filled = 0;
    while (filled < wanted) {
      const read = readSync(this.#fd, this.#block, filled, wanted - filled, this.#position + filled);
      if (read === 0) throw damaged();
      filled += read;
    }
    this.#hash.update(this.#block.subarray(0, filled));
    this.#position += filled;
    this.#left -= filled / ENTRY_BYTES;
    this.#filled = filled;
    this.#at = 0;
  }
}

/** Writes a memory beside the one it replaces: until `finish` returns the old one stands, from then on the new one does. */
export class MemoryWriter {
  readonly #path: string;
  readonly #fd: number;
  readonly #hash: Hash = createHash('sha256');
  readonly #block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  #filled = 0;
  #position = HEAD_BYTES;

  constructor(path: string) {
    this.#path = path;
    this.#fd = openSync(fresh(path), 'w', 0o600);
  }

  /** @param entry of a reader, greater than the one before */
  copy(entry: Uint8Array): void {
    this.#block.set(entry, this.#room());
  }

  /** @param id with `word` its four words; greater than the one before */
  add(word: (word: number) => number, hash: Uint8Array): void {
    const at = this.#room();
    for (let i = 0; i < WORDS; i++) this.#block.writeUInt32BE(word(i), at + i * 4);
    this.#block.set(hash, at + ID_BYTES);
  }

  finish({ last, complete }: MemoryHead): void {
    this.#flush();
    const head = Buffer.alloc(HEAD_BYTES);
    head.set(MAGIC);
    head.writeUInt32BE((this.#position - HEAD_BYTES) / ENTRY_BYTES, AT.count);
    head[AT.complete] = complete ? 1 : 0;
    if (last) head.set(last, AT.last);
    head.set(this.#hash.update(head.subarray(0, AT.digest)).digest(), AT.digest);
    writeSync(this.#fd, head, 0, HEAD_BYTES, 0);
    fsyncSync(this.#fd);
    renameSync(fresh(this.#path), this.#path);
    syncFolder(dirname(this.#path));
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** Where the next entry goes. */
  #room(): number {
    if (this.#filled === BLOCK_BYTES) this.#flush();
    this.#filled += ENTRY_BYTES;
    return this.#filled - ENTRY_BYTES;
  }

  #flush(): void {
    const block = this.#block.subarray(0, this.#filled);
    this.#hash.update(block);
    for (let at = 0; at < block.length;)
      at += writeSync(this.#fd, block, at, block.length - at, this.#position + at);
    this.#position += block.length;
    this.#filled = 0;
  }
}

function fresh(path: string): string {
  return `${path}.new`;
}

/** A rename is on the disk once its folder is; Windows has no such call and needs none. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function damaged(): Refusal {
  return new Refusal('AGENT_STATE_DAMAGED', { detail: 'memory of lists' });
}

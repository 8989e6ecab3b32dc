import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { instant } from '#core/dates';
import type { Home } from '../config.ts';
import { wholeLines } from '../whole-lines.ts';
import {
  ItemState,
  readItemLine,
  toText,
  type Intent,
  type ItemLine,
  type Opening,
  type Result,
  type ResultWindow,
} from './item-lines.ts';
import type { ItemSet } from './item-set.ts';

export type ItemOwner = {
  readonly batchId: string;
  readonly statementSha256: string;
  /** of the certificate: what another one makes is another signature, and stands in another journal */
  readonly signerSha256: string;
  readonly count: number;
};

/**
 * What this machine was about to sign and has signed of one batch in `each` mode: NDJSON, appended and fsynced a window at a time, never
 * rewritten, never whole in memory. It holds attributes and signature values, nothing of the records. With the opening and the intent
 * before it, a result makes its CMS again byte for byte.
 */
export class ItemJournal {
  readonly #file: string;
  readonly #owner: ItemOwner;
  readonly #state: ItemState;
  #fd: number | null = null;
  #length = 0;

  private constructor(home: Home, owner: ItemOwner) {
    this.#file = join(home.folder, `items-${owner.batchId}-${owner.signerSha256.slice(0, 16)}.ndjson`);
    this.#owner = owner;
    this.#state = new ItemState(owner, owner.count);
  }

  /**
   * Reads the journal of a batch. A last line without its end was torn by a crash before anything was done upon it: it goes.
   * @throws Refusal AGENT_STATE_DAMAGED where a whole line cannot be read; BATCH_CHANGED where it is of another statement
   */
  static async open(home: Home, owner: ItemOwner): Promise<ItemJournal> {
    const journal = new ItemJournal(home, owner);
    if (!existsSync(journal.#file)) return journal;
    for await (const { text, end } of wholeLines(journal.#file)) {
      journal.#state.take(readItemLine(text));
      journal.#length = end;
    }
    truncateSync(journal.#file, journal.#length);
    return journal;
  }

  get signed(): ItemSet {
    return this.#state.signed;
  }

  /** Items with an intent and no result ("có thể đã ký"), with the bytes to sign again. */
  get perhapsSigned(): ReadonlyMap<number, Uint8Array> {
    return this.#state.perhapsSigned;
  }

  /** The last one; null where the token was never opened. */
  get opening(): Opening | null {
    return this.#state.opening;
  }

  /** What was signed before this run, in windows. */
  async *results(): AsyncGenerator<ResultWindow> {
    if (this.signed.count === 0) return;
    const state = new ItemState(this.#owner, this.#owner.count);
    for await (const { text } of wholeLines(this.#file)) {
      const window = state.take(readItemLine(text));
      if (window) yield window;
    }
  }

  opened(at: Date, { algorithm, intermediates }: Opening): void {
    const { statementSha256, signerSha256 } = this.#owner;
    this.#append({
      type: 'opened',
      at: instant(at),
      statementSha256,
      signerSha256,
      algorithm,
      intermediates: intermediates.map(toText),
    });
  }

  /** Returns when they are on the disk: only then may the token be asked. */
  intend(at: Date, intents: readonly Intent[]): void {
    if (intents.length > 0)
      this.#append({
        type: 'intents',
        at: instant(at),
        items: intents.map(({ index, attributes }) => [index, toText(attributes)]),
      });
  }

  /** Returns when they are on the disk: only then may they be handed in. */
  complete(at: Date, results: readonly Result[]): void {
    if (results.length > 0)
      this.#append({
        type: 'results',
        at: instant(at),
        items: results.map(({ index, signature }) => [index, toText(signature)]),
      });
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  #append(line: ItemLine): void {
    this.#fd ??= openSync(this.#file, 'a', 0o600);
    const bytes = Buffer.from(JSON.stringify(line) + '\n');
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#fd, bytes, at);
      fsyncSync(this.#fd);
    } catch (error) {
      // half a line must not stand before the next one
      ftruncateSync(this.#fd, this.#length);
      throw error;
    }
    this.#length += bytes.length;
    this.#state.take(line);
  }
}

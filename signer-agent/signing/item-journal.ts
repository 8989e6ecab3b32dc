import { closeSync, existsSync, openSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { instant } from '#core/dates';
import { appendLine, appendLines } from '../append-line.ts';
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
 * What this machine was about to sign and has signed of one batch in `each` mode: NDJSON, appended and synced a window at a time, never
 * rewritten, never whole in memory. It holds attributes and signature values, nothing of the records. With the opening and the intent
 * before it, a result makes its CMS again byte for byte.
 */
export class ItemJournal {
  readonly #file: string;
  readonly #owner: ItemOwner;
  readonly #state: ItemState;
  #fd: number | null = null;

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
    let length = 0;
    for await (const { text, end } of wholeLines(journal.#file)) {
      journal.#state.take(readItemLine(text));
      length = end;
    }
    truncateSync(journal.#file, length);
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
    const line: ItemLine = {
      type: 'opened',
      at: instant(at),
      statementSha256,
      signerSha256,
      algorithm,
      intermediates: intermediates.map(toText),
    };
    appendLine(this.#open(), line);
    this.#state.take(line);
  }

  /**
   * What was signed and what is to be signed next, in one go. Returns when both are on the disk: only then may the results be handed in and
   * the token be asked for the intents. One call at a time.
   */
  async write(at: Date, results: readonly Result[], intents: readonly Intent[]): Promise<void> {
    const lines: ItemLine[] = [];
    if (results.length > 0)
      lines.push({
        type: 'results',
        at: instant(at),
        items: results.map(({ index, signature }) => [index, toText(signature)]),
      });
    if (intents.length > 0)
      lines.push({
        type: 'intents',
        at: instant(at),
        items: intents.map(({ index, attributes }) => [index, toText(attributes)]),
      });
    if (lines.length === 0) return;
    await appendLines(this.#open(), lines);
    for (const line of lines) this.#state.take(line);
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  #open(): number {
    return (this.#fd ??= openSync(this.#file, 'a', 0o600));
  }
}

import { Worker } from 'node:worker_threads';
import { Refusal, type RefusalCode } from '#core/refusal';
import type { PaperFormat } from '#core/wire/papers';
import { ImportQueue } from '../import-queue.ts';

const MAX_WAITING = 50;
const WAIT_MS = 15_000;
const PRINT_MS = 10_000;
const HEAP_MB = 192;

/** What is printed: a certificate's HC1 text with the nationality of its record, or the sample. */
export type PaperSource = { readonly text: string; readonly nationality: string | undefined } | 'sample';

export type PressOrder = { readonly source: PaperSource; readonly format: PaperFormat };
export type PressAnswer =
  { readonly bytes: Uint8Array } | { readonly code: RefusalCode; readonly detail: string | undefined };

/**
 * Draws in a thread of its own, one paper after the other: a page takes some 30 ms of work, and whoever asks for something else does
 * not wait for it. Bounded in who waits, in time and in memory; a thread that does not answer is ended, and the next order has a new one.
 */
export class PaperPress {
  readonly #queue: ImportQueue;
  readonly #printMs: number;
  #thread: Worker | null = null;

  constructor({ maxWaiting = MAX_WAITING, waitMs = WAIT_MS, printMs = PRINT_MS } = {}) {
    this.#queue = new ImportQueue(maxWaiting, waitMs, 'other papers are printed');
    this.#printMs = printMs;
  }

  /** @throws Refusal OVERLOADED; those of readPaper; INTERNAL where the thread fails or takes too long */
  print(source: PaperSource, format: PaperFormat): Promise<Buffer> {
    return this.#queue.run(async () => {
      const answer = await this.#order({ source, format });
      if ('bytes' in answer) return Buffer.from(answer.bytes);
      throw new Refusal(answer.code, answer.detail === undefined ? {} : { detail: answer.detail });
    });
  }

  async close(): Promise<void> {
    const thread = this.#thread;
    this.#thread = null;
    await thread?.terminate();
  }

  async #order(order: PressOrder): Promise<PressAnswer> {
    const thread = (this.#thread ??= newThread());
    thread.ref();
    try {
      return await answerOf(thread, order, this.#printMs);
    } catch (cause) {
      await this.close();
      throw cause;
    } finally {
      // an idle press keeps no process alive
      thread.unref();
    }
  }
}

function answerOf(thread: Worker, order: PressOrder, limitMs: number): Promise<PressAnswer> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      thread.off('message', answered).off('error', failed).off('exit', failed);
    };
    const answered = (answer: PressAnswer) => (end(), resolve(answer));
    const failed = (cause?: unknown) => {
      end();
      reject(new Refusal('INTERNAL', { detail: 'the printing thread failed or took too long', cause }));
    };
    const timer = setTimeout(failed, limitMs);
    thread.on('message', answered).on('error', failed).on('exit', failed).postMessage(order);
  });
}

function newThread(): Worker {
  const url = new URL('./press-worker.js', import.meta.url);
  const thread = new Worker(url, { resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } });
  // a fault between two orders shows at the next one
  return thread.on('error', () => undefined);
}

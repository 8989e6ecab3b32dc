import { Refusal } from '#core/refusal';

const MAX_WAITING = 20;
const WAIT_MS = 60_000;

/**
 * One import at a time in this process (the database's own lock keeps other processes out). Whoever waits here holds nothing: waiting
 * inside a transaction would take up a connection each, and then nobody else is served.
 */
export class ImportQueue {
  readonly #maxWaiting: number;
  readonly #waitMs: number;
  readonly #busyWith: string;
  readonly #waiting: (() => void)[] = [];
  #isBusy = false;

  constructor(maxWaiting = MAX_WAITING, waitMs = WAIT_MS, busyWith = 'other imports are running') {
    this.#maxWaiting = maxWaiting;
    this.#waitMs = waitMs;
    this.#busyWith = busyWith;
  }

  /** @throws Refusal OVERLOADED where too many wait already, or its turn does not come in time */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.#turn();
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#isBusy = false;
    }
  }

  #turn(): Promise<void> {
    if (!this.#isBusy) {
      this.#isBusy = true;
      return Promise.resolve();
    }
    const refusal = new Refusal('OVERLOADED', { detail: this.#busyWith });
    if (this.#waiting.length >= this.#maxWaiting) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      const begin = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1);
        reject(refusal);
      }, this.#waitMs);
      this.#waiting.push(begin);
    });
  }
}

import { Refusal, type RefusalCode } from '#core/refusal';

/** so many jobs in a row that pass for one reason: then it is not the jobs */
const MOST_IN_A_ROW = 1000;

/** Notices when a worker whose own ground is wrong would lease and pass on for ever. */
export class Patience {
  #code: RefusalCode | null = null;
  #inARow = 0;

  passed({ code }: Refusal): void {
    this.#inARow = code === this.#code ? this.#inARow + 1 : 1;
    this.#code = code;
  }

  /** A job was decided. */
  decided(): void {
    this.#code = null;
    this.#inARow = 0;
  }

  /** Why the worker had better rest; one clock judges all jobs, so that once is enough. */
  get lost(): Refusal | null {
    const isLost = this.#code === 'CLOCK_WRONG' || this.#inARow >= MOST_IN_A_ROW;
    return this.#code && isLost ? new Refusal(this.#code, { detail: `${this.#inARow} in a row` }) : null;
  }
}

/** How much the newest measure counts. */
const NEWEST = 0.3;

/** A moving rate of work, from which the time left is told. */
export class Pace {
  #done = 0;
  #atMs: number | null = null;
  #perSecond: number | null = null;

  get perSecond(): number | null {
    return this.#perSecond;
  }

  /** @param nowMs of a clock that never goes back */
  reached(done: number, nowMs: number): void {
    const seconds = this.#atMs === null ? 0 : (nowMs - this.#atMs) / 1000;
    if (seconds > 0 && done > this.#done) this.#note((done - this.#done) / seconds);
    this.#done = done;
    this.#atMs = nowMs;
  }

  /** Work was laid down: the time until it is taken up again says nothing about its pace. */
  rest(): void {
    this.#atMs = null;
  }

  /** @returns null until it can be told */
  secondsFor(left: number): number | null {
    return this.#perSecond === null ? null : left / this.#perSecond;
  }

  #note(perSecond: number): void {
    this.#perSecond =
      this.#perSecond === null ? perSecond : this.#perSecond * (1 - NEWEST) + perSecond * NEWEST;
  }
}

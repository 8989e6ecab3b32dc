/** Says on standard error how far a long run has come: for the first time after two seconds, then every five. */
export class Progress {
  readonly #say: (text: string) => void;
  readonly #now: () => number;
  readonly #start: number;
  #next: number;
  #done = 0;

  /** @param now milliseconds */
  constructor(say: (text: string) => void, now: () => number) {
    this.#say = say;
    this.#now = now;
    this.#start = now();
    this.#next = this.#start + 2000;
  }

  /** @param share of everything that is done, from 0 to 1; null where nobody knows */
  step(share: number | null): void {
    this.#done++;
    const now = this.#now();
    if (now < this.#next) return;
    this.#next = now + 5000;
    const seconds = (now - this.#start) / 1000;
    const speed = `${this.#done} (${Math.round(this.#done / seconds)}/s)`;
    if (share === null || share === 0) return this.#say(`đã xét · judged: ${speed}`);
    const left = Math.ceil((seconds * (1 - share)) / share);
    this.#say(`đã xét · judged: ${speed}, ${Math.floor(share * 100)} %; còn · left: ${left} s`);
  }
}

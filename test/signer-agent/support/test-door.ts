import type { Refusal } from '#core/refusal';
import type { Door, Progress } from '#signer-agent/signing/door';
import type { Summary } from '#signer-agent/signing/summary';
import { Pin, type TokenState } from '#signer-agent/token/token';

/** A door at which a signer says yes and brings a PIN at once; it remembers what happened there. */
export class TestDoor implements Door {
  readonly progresses: Progress[] = [];
  readonly summaries: Summary[] = [];
  readonly pauses: Refusal[] = [];
  readonly unlocked: TokenState[] = [];
  /** called at every progress: a test pulls, stops, changes things there */
  onProgress: (progress: Progress) => void = () => undefined;
  readonly #stop = new AbortController();
  readonly #pins: readonly string[];

  /** @param pins one per unlocking, the last one ever again */
  constructor(...pins: readonly string[]) {
    this.#pins = pins;
  }

  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  wantStop(): void {
    this.#stop.abort();
  }

  readonly progress = (progress: Progress): void => {
    this.progresses.push(progress);
    this.onProgress(progress);
  };

  readonly approve = (summary: Summary): Promise<void> => {
    this.summaries.push(summary);
    return Promise.resolve();
  };

  readonly unlock = (token: TokenState) => {
    const pin = this.#pins[Math.min(this.unlocked.length, this.#pins.length - 1)] ?? '';
    this.unlocked.push(token);
    return Promise.resolve({ pin: new Pin(Buffer.from(pin)), lastTry: false });
  };

  readonly paused = (why: Refusal): void => void this.pauses.push(why);
}

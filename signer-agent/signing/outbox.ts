import type { ItemsCollected, ItemSignature } from '#core/wire/signing-sessions';

/** How many windows may wait for the API while the token goes on. */
const MAX_WAITING = 8;
/** Under way at once: while one is kept, the next one is judged. */
const LANES = 2;

export type SendWindow = (items: readonly ItemSignature[]) => Promise<ItemsCollected>;

/** Hands windows in, in order and two at a time, while the next ones are signed. */
export class Outbox {
  readonly #send: SendWindow;
  readonly #failed = new AbortController();
  readonly #lanes: Promise<void>[] = Array.from({ length: LANES }, () => Promise.resolve());
  #pushed = 0;
  #waiting = 0;
  #sent: (() => void) | null = null;
  #last: ItemsCollected | null = null;

  constructor(send: SendWindow) {
    this.#send = send;
  }

  /** Aborted, with the refusal, when a window could not be handed in: no later one will be. */
  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  /**
   * Returns when the window has its place, at once unless too many wait. After a failure it does nothing: the journal has the window.
   */
  async push(items: readonly ItemSignature[]): Promise<void> {
    while (this.#waiting >= MAX_WAITING)
      await new Promise<void>((resolve) => {
        this.#sent = resolve;
      });
    if (this.failed.aborted) return;
    this.#waiting++;
    const lane = this.#pushed++ % LANES;
    this.#lanes[lane] = this.#lanes[lane]?.then(() => this.#handIn(items)) ?? this.#handIn(items);
  }

  /**
   * Returns when everything is handed in.
   * @returns the API's last answer, which is that of the collected batch once there is one; null where nothing was handed in
   * @throws what `failed` has, unless the batch is collected: then nothing is missing
   */
  async drain(): Promise<ItemsCollected | null> {
    await Promise.all(this.#lanes);
    if (this.#last?.collectedAt === undefined) this.failed.throwIfAborted();
    return this.#last;
  }

  async #handIn(items: readonly ItemSignature[]): Promise<void> {
    try {
      if (this.failed.aborted) return;
      const answer = await this.#send(items);
      // answers may overtake each other
      if (this.#last?.collectedAt === undefined) this.#last = answer;
    } catch (error) {
      this.#failed.abort(error);
    } finally {
      this.#waiting--;
      this.#sent?.();
    }
  }
}

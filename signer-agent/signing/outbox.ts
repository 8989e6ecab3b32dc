import type { ItemsCollected, ItemSignature } from '#core/wire/signing-sessions';

/** How many windows may wait for the API while the token goes on. */
const MAX_WAITING = 8;

export type SendWindow = (items: readonly ItemSignature[]) => Promise<ItemsCollected>;

/** Hands windows in one after the other, in order, while the next ones are signed. */
export class Outbox {
  readonly #send: SendWindow;
  readonly #failed = new AbortController();
  #tail: Promise<void> = Promise.resolve();
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
    this.#tail = this.#tail.then(() => this.#handIn(items));
  }

  /**
   * Returns when everything is handed in.
   * @returns the API's last answer, null where nothing was handed in
   * @throws what `failed` has
   */
  async drain(): Promise<ItemsCollected | null> {
    await this.#tail;
    this.failed.throwIfAborted();
    return this.#last;
  }

  async #handIn(items: readonly ItemSignature[]): Promise<void> {
    try {
      if (!this.failed.aborted) this.#last = await this.#send(items);
    } catch (error) {
      this.#failed.abort(error);
    } finally {
      this.#waiting--;
      this.#sent?.();
    }
  }
}

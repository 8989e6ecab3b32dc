import { LEFT_ALONE, pauseOf, type Chance } from './back-off.ts';
import { FetchFault } from './fetch-bytes.ts';

/** An answer and how long it is good for, in ms since 1970. */
export type Kept<T> = {
  readonly value: T;
  /** from then on it is asked for again */
  readonly refreshAt: number;
  /** from then on it is not used */
  readonly endsAt: number;
};

export type Source<T> = {
  /** what an earlier run of the service left */
  readonly load?: () => Promise<Kept<T> | null>;
  /** @throws FetchFault; anything it throws counts as no answer */
  readonly fetch: (before: T | null) => Promise<Kept<T>>;
  /** told why there is none */
  readonly failed: (reason: string) => void;
};

type Slot<T> = {
  kept: Kept<T> | null;
  isLoaded: boolean;
  flight: Promise<void> | null;
  failures: number;
  leftAloneUntil: number;
};

export type CacheBounds<T> = {
  readonly maxEntries: number;
  /** of all values together */
  readonly maxBytes: number;
  readonly bytesOf: (value: T) => number;
};

/**
 * Answers of the outside world, each asked for by one at a time and refreshed before it ends; what failed is left alone for a while, so that
 * a dead address slows nobody but the first. An answer that could not be refreshed is used to its end. What was not used for longest goes
 * first.
 */
export class AnswerCache<T> {
  readonly #slots = new Map<string, Slot<T>>();
  readonly #bounds: CacheBounds<T>;
  readonly #chance: Pick<Chance, 'clock' | 'random'>;

  constructor(bounds: CacheBounds<T>, chance: Pick<Chance, 'clock' | 'random'>) {
    this.#bounds = bounds;
    this.#chance = chance;
  }

  /** Sees to it that there is an answer, where one can be had; never throws. */
  async refresh(key: string, source: Source<T>): Promise<T | null> {
    const slot = this.#slotOf(key);
    const now = this.#now();
    if (slot.kept && now < slot.kept.refreshAt) return slot.kept.value;
    if (now >= slot.leftAloneUntil) slot.flight ??= this.#fly(slot, source);
    if (slot.flight) await slot.flight;
    return this.peek(key);
  }

  /** What is known now, without asking. */
  peek(key: string): T | null {
    const kept = this.#slots.get(key)?.kept;
    return kept && this.#now() < kept.endsAt ? kept.value : null;
  }

  async #fly(slot: Slot<T>, { load, fetch, failed }: Source<T>): Promise<void> {
    try {
      if (load && !slot.isLoaded) slot.kept = await load();
      slot.isLoaded = true;
      if (!slot.kept || this.#now() >= slot.kept.refreshAt) slot.kept = await fetch(slot.kept?.value ?? null);
      slot.failures = 0;
    } catch (error) {
      failed(error instanceof FetchFault ? error.message : 'unexpected');
      slot.failures++;
      slot.leftAloneUntil = this.#now() + pauseOf(slot.failures, LEFT_ALONE, this.#chance.random);
    } finally {
      slot.flight = null;
      this.#trim();
    }
  }

  /** The one that was asked for last stands last. */
  #slotOf(key: string): Slot<T> {
    const slot = this.#slots.get(key) ?? {
      kept: null,
      isLoaded: false,
      flight: null,
      failures: 0,
      leftAloneUntil: 0,
    };
    this.#slots.delete(key);
    this.#slots.set(key, slot);
    return slot;
  }

  #trim(): void {
    const { maxEntries, maxBytes, bytesOf } = this.#bounds;
    const sizeOf = ({ kept }: Slot<T>) => (kept ? bytesOf(kept.value) : 0);
    let bytes = 0;
    for (const slot of this.#slots.values()) bytes += sizeOf(slot);
    for (const [key, slot] of this.#slots) {
      if (this.#slots.size <= maxEntries && bytes <= maxBytes) return;
      if (slot.flight) continue;
      bytes -= sizeOf(slot);
      this.#slots.delete(key);
    }
  }

  #now(): number {
    return this.#chance.clock().getTime();
  }
}

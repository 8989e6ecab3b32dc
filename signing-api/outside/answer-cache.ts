import { LEFT_ALONE, pauseOf, type Chance } from './back-off.ts';
import { FetchFault } from './fetch-bytes.ts';
import { HostLeftAlone } from './host-back-off.ts';

/** An answer and how long it is good for, in ms since 1970. */
export type Kept<T> = {
  readonly value: T;
  /** it comes from a clock that is ahead, and is used from then on; until then the one before it is */
  readonly usableFrom: number;
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
  /** used while `kept` is not yet */
  before: Kept<T> | null;
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

/** An answer that is used so soon is waited for. */
const SOON_MS = 5000;

/**
 * Answers of the outside world, each asked for by one at a time and refreshed before it ends; what failed is left alone for a while, so that
 * a dead address slows nobody but the first. An answer that could not be refreshed is used to its end. What was not used for longest goes
 * first.
 */
export class AnswerCache<T> {
  readonly #slots = new Map<string, Slot<T>>();
  readonly #bounds: CacheBounds<T>;
  readonly #chance: Chance;

  constructor(bounds: CacheBounds<T>, chance: Chance) {
    this.#bounds = bounds;
    this.#chance = chance;
  }

  /** Sees to it that there is an answer, where one can be had; never throws. */
  async refresh(key: string, source: Source<T>): Promise<T | null> {
    const slot = this.#slotOf(key);
    const now = this.#now();
    if (slot.kept && now < slot.kept.refreshAt) return this.peek(key);
    if (now >= slot.leftAloneUntil) slot.flight ??= this.#fly(slot, source);
    if (slot.flight) await slot.flight;
    return this.peek(key);
  }

  /** What is known now, without asking. */
  peek(key: string): T | null {
    const slot = this.#slots.get(key);
    return (slot && this.#inUse(slot)?.value) ?? null;
  }

  #inUse({ kept, before }: Slot<T>): Kept<T> | null {
    const now = this.#now();
    return [kept, before].find((one) => one && one.usableFrom <= now && now < one.endsAt) ?? null;
  }

  async #fly(slot: Slot<T>, { load, fetch, failed }: Source<T>): Promise<void> {
    try {
      if (load && !slot.isLoaded) slot.kept ??= await load();
      slot.isLoaded = true;
      if (!slot.kept || this.#now() >= slot.kept.refreshAt) {
        const fetched = await fetch(slot.kept?.value ?? null);
        slot.before = this.#inUse(slot);
        slot.kept = fetched;
      }
      slot.failures = 0;
      const aheadMs = slot.kept.usableFrom - this.#now();
      if (aheadMs > 0 && aheadMs <= SOON_MS && !this.#inUse(slot)) await this.#chance.wait(aheadMs + 1);
      if (this.#inUse(slot) === slot.kept) slot.before = null;
    } catch (error) {
      if (error instanceof HostLeftAlone) return;
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
      before: null,
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
    const sizeOf = ({ kept, before }: Slot<T>) =>
      (kept ? bytesOf(kept.value) : 0) + (before ? bytesOf(before.value) : 0);
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

/** How many certificates each key was asked to make: in all, and in the last hour, by minutes. */

const MINUTE_MS = 60_000;
const HOUR_MINUTES = 60;

type Counts = { total: number; readonly minutes: Map<number, number> };

export class KeyCounts {
  readonly #keys = new Map<string, Counts>();

  /** @param by −1 where it was not made after all */
  add(kid: string, at: Date, by: 1 | -1 = 1): void {
    const counts = this.#keys.get(kid) ?? { total: 0, minutes: new Map<number, number>() };
    this.#keys.set(kid, counts);
    const minute = Math.floor(at.getTime() / MINUTE_MS);
    counts.total += by;
    counts.minutes.set(minute, (counts.minutes.get(minute) ?? 0) + by);
    for (const old of counts.minutes.keys()) {
      if (old > minute - HOUR_MINUTES) break;
      counts.minutes.delete(old);
    }
  }

  total(kid: string): number {
    return this.#keys.get(kid)?.total ?? 0;
  }

  /** In the last hour, up to a minute more. */
  lastHour(kid: string, now: Date): number {
    const from = Math.floor(now.getTime() / MINUTE_MS) - HOUR_MINUTES;
    let count = 0;
    for (const [minute, made] of this.#keys.get(kid)?.minutes ?? []) if (minute >= from) count += made;
    return count;
  }
}

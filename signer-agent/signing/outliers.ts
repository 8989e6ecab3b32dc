import type { RecordLeaf } from '#core/record/record';
import type { Outlier } from './summary.ts';

/** A list has some hundred thousand facility-days at most; past this bound records are counted as uncounted, and the signer is told. */
const MAX_FACILITY_DAYS = 200_000;
const TIMES_USUAL = 4;
const LEAST = 100;
const FEW_DAYS = 5;
const SHOWN = 20;

/** Doses by facility and day, counted while a list is recomputed. */
export class FacilityDays {
  /** records that no longer found room */
  uncounted = 0;
  /** facility → day → doses */
  readonly #counts = new Map<string, Map<string, number>>();
  readonly #most: number;
  #size = 0;

  constructor(most = MAX_FACILITY_DAYS) {
    this.#most = most;
  }

  add({ facility, dose }: RecordLeaf): void {
    const days = this.#counts.get(facility);
    const before = days?.get(dose.date);
    if (days && before !== undefined) days.set(dose.date, before + 1);
    else if (this.#size === this.#most) this.uncounted++;
    else {
      this.#size++;
      if (days) days.set(dose.date, 1);
      else this.#counts.set(facility, new Map([[dose.date, 1]]));
    }
  }

  /**
   * The days on which a facility gave at least 100 doses and more than 4 times its usual, which is the median of its days in this list;
   * a facility with fewer than 5 days is held against the median of all facility-days of the list. The median bears up to half of the
   * days being out of the usual. Those furthest above their usual come first, 20 at most.
   */
  outliers(): Outlier[] {
    const usualDay = median([...this.#counts.values()].flatMap((days) => [...days.values()]));
    const found: Outlier[] = [];
    for (const [facility, days] of this.#counts) {
      const usual = days.size < FEW_DAYS ? usualDay : median([...days.values()]);
      for (const [date, count] of days)
        if (count >= LEAST && count > TIMES_USUAL * usual) found.push({ facility, date, count, usual });
    }
    return found.sort((a, b) => b.count - b.usual - (a.count - a.usual)).slice(0, SHOWN);
  }
}

/** The lower of the two in the middle, where the number is even. */
function median(values: number[]): number {
  return values.sort((a, b) => a - b)[(values.length - 1) >> 1] ?? 0;
}

import type { Fate } from '../signing/door.ts';
import type { EndCounts } from '../signing/run-signing.ts';

export const FATES = ['signed', 'skipped', 'failed'] as const satisfies readonly Fate[];

/** What became of each record of one signing, by leaf index. */
export class Fates {
  readonly #byIndex = new Map<number, Fate>();
  #ofAll: Fate | null = null;

  of(index: number): Fate | null {
    return this.#byIndex.get(index) ?? this.#ofAll;
  }

  /** What comes later holds: a signature that the server does not take is a failure. */
  set(index: number, fate: Fate): void {
    this.#byIndex.set(index, fate);
  }

  /** In `list` mode there is one signature, so one fate. */
  setAll(counts: EndCounts): void {
    this.#ofAll = FATES.find((fate) => counts[fate] > 0) ?? null;
  }
}

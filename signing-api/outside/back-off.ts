import { FetchFault } from './fetch-bytes.ts';

/** What may not be taken from the machine in tests: time, chance and waiting. */
export type Chance = {
  readonly clock: () => Date;
  /** from 0 up to 1 */
  readonly random: () => number;
  readonly wait: (ms: number) => Promise<void>;
};

export type Steps = { readonly firstMs: number; readonly mostMs: number };

/** The nth pause, from 1: twice as long each time, and between half and all of it, so that many who failed together do not come back together. */
export function pauseOf(n: number, { firstMs, mostMs }: Steps, random: () => number): number {
  return Math.min(mostMs, firstMs * 2 ** (n - 1)) * (0.5 + random() / 2);
}

/** After a fault, until when an address is left alone. */
export const LEFT_ALONE: Steps = { firstMs: 30_000, mostMs: 15 * 60_000 };

const TRIES = 3;
const BETWEEN_TRIES: Steps = { firstMs: 250, mostMs: 2000 };

/** Asks again, a few times and soon, where the fault may pass by itself. */
export async function tryAgain<T>(
  ask: () => Promise<T>,
  { random, wait }: Pick<Chance, 'random' | 'wait'>,
): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await ask();
    } catch (fault) {
      if (n === TRIES || !(fault instanceof FetchFault && fault.isPassing)) throw fault;
      await wait(pauseOf(n, BETWEEN_TRIES, random));
    }
  }
}

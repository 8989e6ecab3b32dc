import { LEFT_ALONE, pauseOf, type Chance } from './back-off.ts';
import { FetchFault } from './fetch-bytes.ts';

/** Nobody was asked: the host has just failed others. */
export class HostLeftAlone extends FetchFault {
  constructor() {
    super('host left alone');
  }
}

type Failing = { readonly failures: number; readonly since: number; readonly until: number };

/** Hosts that do not answer at all are left alone as a whole, so that a dead one is waited for once and not for every certificate. */
export class HostBackOff {
  readonly #failing = new Map<string, Failing>();
  readonly #chance: Pick<Chance, 'clock' | 'random'>;

  constructor(chance: Pick<Chance, 'clock' | 'random'>) {
    this.#chance = chance;
  }

  /** @throws HostLeftAlone, and what `act` throws */
  async ask<T>(host: string, act: () => Promise<T>): Promise<T> {
    const started = this.#now();
    if (started < (this.#failing.get(host)?.until ?? 0)) throw new HostLeftAlone();
    try {
      const answer = await act();
      this.#failing.delete(host);
      return answer;
    } catch (fault) {
      if (fault instanceof FetchFault && fault.isOfHost) this.#note(host, started);
      else this.#failing.delete(host);
      throw fault;
    }
  }

  #note(host: string, started: number): void {
    const before = this.#failing.get(host);
    // those who asked at the same time and fail together count as one
    if (before && started <= before.since) return;
    const failures = (before?.failures ?? 0) + 1;
    const since = this.#now();
    const until = since + pauseOf(failures, LEFT_ALONE, this.#chance.random);
    this.#failing.set(host, { failures, since, until });
  }

  #now(): number {
    return this.#chance.clock().getTime();
  }
}

import { randomBytes } from 'node:crypto';
import { expiryOf } from '#core/certificate/claims';
import { isRefusal, Refusal } from '#core/refusal';
import { MAX_JOBS, type Lease } from '#core/wire/issuing';
import type { TrustReading } from '#verifier/trust/read-trust';
import type { IssuingApi } from './issuing-api.ts';
import type { IssuingJournal } from './issuing-journal.ts';
import type { IssuingKey } from './issuing-key.ts';
import type { JudgingParts } from './judging.ts';
import { isBelowLimits, type Limits } from './limits.ts';
import type { Patience } from './patience.ts';
import { BackOff, pause } from './pause.ts';
import type { WorkerState } from './worker-state.ts';

export type LeasingOptions = {
  readonly api: Pick<IssuingApi, 'lease'>;
  readonly parts: JudgingParts;
  readonly journal: IssuingJournal;
  readonly limits: Limits;
  readonly state: WorkerState;
  readonly patience: Patience;
  readonly stop: AbortSignal;
  readonly now: () => Date;
  readonly untilEmpty: boolean;
  readonly paces: {
    readonly idle: number;
    readonly first: number;
    readonly most: number;
    readonly rest: number;
  };
};

export type Leased = Pick<Lease, 'leaseId' | 'jobs' | 'waiting'> & {
  readonly trust: TrustReading;
  /** by kid: those that may sign now */
  readonly keys: ReadonlyMap<string, IssuingKey>;
};

/**
 * Asks for jobs as long as there is trust to judge them by and a key that may sign them; one question at a time. Where its own ground is wrong it
 * rests between questions, so that jobs are not leased in vain.
 */
export class Leasing {
  readonly #options: LeasingOptions;
  readonly #workerId = newWorkerId();
  readonly #backOff: BackOff;
  #tail: Promise<unknown> = Promise.resolve();
  #isEmpty = false;
  #stuck: Refusal | null = null;
  #max = MAX_JOBS;

  constructor(options: LeasingOptions) {
    this.#options = options;
    this.#backOff = new BackOff(options.paces.first, options.paces.most);
  }

  /** Once it has ended. @throws Refusal why jobs may wait that it was to see to the end of: CERTIFICATE_LIMIT, CERTIFICATE_KEY_NONE, of Patience */
  demandEmpty(): void {
    if (this.#stuck) throw this.#stuck;
  }

  /** @returns null when the worker ends */
  next(): Promise<Leased | null> {
    const next = this.#tail.then(() => this.#ask());
    this.#tail = next.catch(() => undefined);
    return next;
  }

  async #ask(): Promise<Leased | null> {
    const { state, stop, untilEmpty, paces } = this.#options;
    while (!stop.aborted && !this.#isEmpty) {
      await this.#rest();
      if (this.#stuck) break;
      const leased = await this.#lease();
      if (leased && leased.jobs.length > 0) return leased;
      if (this.#stuck) break;
      if (leased) this.#backOff.reset();
      if (!leased) await this.#backOff.wait(stop);
      else if (untilEmpty && leased.waiting === 0) this.#isEmpty = true;
      else await pause(paces.idle, stop);
    }
    state.halted(null);
    return null;
  }

  async #rest(): Promise<void> {
    const { patience, state, stop, untilEmpty, paces } = this.#options;
    const { lost } = patience;
    if (!lost) return;
    state.halted(lost);
    if (untilEmpty) this.#stuck = lost;
    else await pause(paces.rest, stop);
  }

  /** After a lease: where nothing came of it, the next one waits longer each time, because jobs that are not told of come again. */
  async after(results: number): Promise<void> {
    if (results > 0) this.#backOff.reset();
    else await this.#backOff.wait(this.#options.stop);
  }

  /** @returns null where it has to be tried again later */
  async #lease(): Promise<Leased | null> {
    const { api, parts, patience, state, stop, now, untilEmpty } = this.#options;
    let trust: TrustReading;
    let keys: Leased['keys'];
    let kids: string[];
    try {
      trust = await parts.trust.at(now());
      if (trust.trust) state.trusts(trust.trust.list);
      keys = trust.trust ? await parts.keys(trust.trust, now()) : new Map();
      kids = this.#kids([...keys.values()]);
      state.halted(patience.lost);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (untilEmpty && this.#isForGood(error)) this.#stuck = error;
      state.halted(error);
      return null;
    }
    try {
      const lease = await api.lease({ workerId: this.#workerId, kids, max: this.#max }, stop);
      state.leased(lease);
      this.#max = Math.min(MAX_JOBS, this.#max * 2);
      return { leaseId: lease.leaseId, jobs: lease.jobs, waiting: lease.waiting, trust, keys };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (!stop.aborted) state.apiFailed(error);
      // evidence with large CRLs: fewer jobs make a smaller answer
      if (error.code === 'API_ANSWER_INVALID') this.#max = Math.max(1, Math.floor(this.#max / 2));
      return null;
    }
  }

  /** Of keys that live another 12 months and are below their limits. @throws Refusal CERTIFICATE_KEY_NONE, CERTIFICATE_LIMIT */
  #kids(keys: readonly IssuingKey[]): string[] {
    const { limits, journal, now } = this.#options;
    const living = keys.filter((key) => livesLongEnough(key, now()));
    if (living.length === 0) throw new Refusal('CERTIFICATE_KEY_NONE');
    const kids = living
      .map(({ kid }) => kid)
      .filter((kid) => isBelowLimits(kid, limits, journal.counts, now()));
    if (kids.length === 0) throw new Refusal('CERTIFICATE_LIMIT');
    return kids;
  }

  /** An hour passes; a limit in all and the life of a key do not come back. */
  #isForGood({ code }: Refusal): boolean {
    const { limits } = this.#options;
    return code === 'CERTIFICATE_KEY_NONE' || (code === 'CERTIFICATE_LIMIT' && limits.perHour === undefined);
  }
}

/** Whether a certificate made now would run out before the key does. */
export function livesLongEnough({ to }: Pick<IssuingKey, 'to'>, at: Date): boolean {
  return expiryOf(Math.floor(at.getTime() / 1000)) * 1000 <= Date.parse(to);
}

/** UUIDv7 (RFC 9562 §5.7). */
function newWorkerId(): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

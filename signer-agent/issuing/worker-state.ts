import { instant } from '#core/dates';
import type { Refusal } from '#core/refusal';
import type { Lease } from '#core/wire/issuing';

/** What the worker tells of itself: times, counts and codes; nothing of a record. */
export class WorkerState {
  readonly #now: () => Date;
  readonly #refusals = new Map<string, number>();
  readonly #rejected = new Map<string, number>();
  #lastLease: { readonly at: string; readonly jobs: number; readonly waiting: number } | null = null;
  #delivered = 0;
  #apiFault: { readonly at: string; readonly code: string } | null = null;
  #halt: { readonly at: string; readonly code: string } | null = null;
  #trust: { readonly sequence: number; readonly issuedAt: string } | null = null;

  constructor(now: () => Date) {
    this.#now = now;
  }

  leased({ jobs, waiting }: Lease): void {
    this.#lastLease = { at: instant(this.#now()), jobs: jobs.length, waiting };
    this.#apiFault = null;
  }

  refused({ code }: Refusal): void {
    this.#refusals.set(code, (this.#refusals.get(code) ?? 0) + 1);
  }

  delivered(count: number, rejected: readonly { readonly code: string }[]): void {
    this.#delivered += count;
    for (const { code } of rejected) this.#rejected.set(code, (this.#rejected.get(code) ?? 0) + 1);
    this.#apiFault = null;
  }

  apiFailed({ code }: Refusal): void {
    this.#apiFault = { at: instant(this.#now()), code };
  }

  /** Why nothing is asked for just now: trust that cannot be believed, no key that may sign. */
  halted(refusal: Refusal | null): void {
    this.#halt = refusal && { at: instant(this.#now()), code: refusal.code };
  }

  trusts(list: { readonly sequence: number; readonly issuedAt: string }): void {
    this.#trust = { sequence: list.sequence, issuedAt: list.issuedAt };
  }

  view() {
    return {
      lastLease: this.#lastLease,
      delivered: this.#delivered,
      refused: Object.fromEntries(this.#refusals),
      rejected: Object.fromEntries(this.#rejected),
      apiFault: this.#apiFault,
      halt: this.#halt,
      trust: this.#trust,
    };
  }
}

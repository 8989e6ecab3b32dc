import { worstExit } from './exit-code.ts';
import type { Answer } from './report.ts';
import { states, type State } from '../states.ts';

/** What many answers come to, whatever their number. */
export class Tally {
  readonly #byState = new Map<State, number>();
  readonly #codes = new Set<number>();
  #count = 0;

  add({ state, exitCode }: Answer): void {
    this.#count++;
    this.#codes.add(exitCode);
    this.#byState.set(state, (this.#byState.get(state) ?? 0) + 1);
  }

  get count(): number {
    return this.#count;
  }

  /** the worst */
  get exitCode(): number {
    return worstExit([...this.#codes]);
  }

  /** The last line of `--json`. */
  json(): string {
    const summary = {
      count: this.#count,
      exitCode: this.exitCode,
      states: Object.fromEntries(this.#byState),
    };
    return JSON.stringify({ summary });
  }

  text(): string {
    const each = [...this.#byState].map(
      ([state, n]) => `${n} ${states[state].vi.toLowerCase()} · ${states[state].en}`,
    );
    return `Tổng số · Total: ${this.#count}; ${each.join('; ')}`;
  }
}

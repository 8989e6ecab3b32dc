import { setImmediate as turn } from 'node:timers/promises';
import { Refusal } from '#core/refusal';
import { faultOf } from './child-fault.ts';
import { pack, unpack } from './packed.ts';
import type { Fault, Report, Window } from './protocol.ts';

/** Between signatures the process looks at its messages this often, so that a stop is heard. */
const LISTEN_MS = 10;
/** A report this often: a slow token's every signature is known, a fast one's do not cost a message each. */
const REPORT_MS = 100;

/** Signs windows of messages in order, one signature at a time, until it is stopped or the token fails; then it signs nothing more. */
export class WindowSigner {
  readonly #sign: (message: Uint8Array) => Uint8Array;
  readonly #report: (report: Report, begins: boolean) => void;
  readonly #queue: Window[] = [];
  #fault: Fault | null = null;
  #busy = false;
  #listenedAt = 0;
  #reportedAt = 0;

  /** @param report told of what was signed; `begins`: another signature begins now */
  constructor(sign: (message: Uint8Array) => Uint8Array, report: (report: Report, begins: boolean) => void) {
    this.#sign = sign;
    this.#report = report;
  }

  add(window: Window): void {
    this.#queue.push(window);
    if (!this.#busy) void this.#work();
  }

  stop(): void {
    this.#fault ??= faultOf(new Refusal('SIGNING_STOPPED'));
  }

  async #work(): Promise<void> {
    this.#busy = true;
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) await this.#signAll(next);
    this.#busy = false;
  }

  async #signAll({ window, messages }: Window): Promise<void> {
    let fresh: Uint8Array[] = [];
    for (const message of unpack(messages)) {
      const now = performance.now();
      if (!this.#fault && now - this.#reportedAt >= REPORT_MS) {
        this.#reportedAt = now;
        this.#report({ window, signatures: pack(fresh), done: false, fault: null }, true);
        fresh = [];
      }
      if (now - this.#listenedAt >= LISTEN_MS) {
        await turn();
        this.#listenedAt = performance.now();
      }
      if (this.#fault) break;
      try {
        fresh.push(this.#sign(message));
      } catch (error) {
        this.#fault = faultOf(error);
        break;
      }
    }
    this.#report({ window, signatures: pack(fresh), done: true, fault: this.#fault }, false);
  }
}

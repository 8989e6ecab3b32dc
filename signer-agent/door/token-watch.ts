import { setTimeout as sleep } from 'node:timers/promises';
import type { Refusal } from '#core/refusal';
import { findToken } from '../token/find-token.ts';
import type { Token, TokenAddress, TokenState } from '../token/token.ts';
import { refusalOf } from './problem.ts';

/** What is known of the enrolled token: its state, why it cannot be used, or nothing yet. */
export type Presence = TokenState | Refusal | null;

const EVERY_MS = 1000;
/** nobody looks: the driver rests */
const UNWATCHED_MS = 30_000;

/** Looks for the enrolled token while a page looks on and nothing is signed: a driver has one user. */
export class TokenWatch {
  readonly #open: () => Token;
  readonly #address: TokenAddress;
  readonly #onChange: () => void;
  #presence: Presence = null;
  #looking: Promise<void> | null = null;
  #until = 0;
  #held = false;
  #rest = new AbortController();

  constructor(open: () => Token, address: TokenAddress, onChange: () => void) {
    this.#open = open;
    this.#address = address;
    this.#onChange = onChange;
  }

  get presence(): Presence {
    return this.#presence;
  }

  /** A page looks now. */
  look(): void {
    this.#until = Date.now() + UNWATCHED_MS;
    if (!this.#held) this.#looking ??= this.#watch();
  }

  /** Leaves the driver to another user until that one is done. */
  async without<T>(use: () => Promise<T>): Promise<T> {
    await this.#hold();
    try {
      return await use();
    } finally {
      this.#rest = new AbortController();
      this.#held = false;
    }
  }

  async close(): Promise<void> {
    await this.#hold();
  }

  async #hold(): Promise<void> {
    this.#held = true;
    this.#rest.abort();
    await this.#looking;
  }

  async #watch(): Promise<void> {
    let token: Token | null = null;
    try {
      while (!this.#held && Date.now() < this.#until) {
        try {
          token ??= this.#open();
          // a driver that does not see the token may see what was plugged in only when it starts anew
          const fresh = this.#presence !== null && 'code' in this.#presence;
          this.#tell(findToken(await token.list({ fresh }), this.#address));
        } catch (error) {
          this.#tell(refusalOf(error));
        }
        await sleep(EVERY_MS, undefined, { signal: this.#rest.signal }).catch(() => undefined);
      }
    } finally {
      await token?.close();
      this.#looking = null;
    }
  }

  #tell(presence: Presence): void {
    const before = essence(this.#presence);
    this.#presence = presence;
    if (essence(presence) !== before) this.#onChange();
  }
}

function essence(presence: Presence): string {
  return presence === null ? '' : 'code' in presence ? presence.code : `${presence.label} ${presence.pin}`;
}

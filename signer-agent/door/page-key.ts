import { randomBytes, timingSafeEqual } from 'node:crypto';

/** Proof of having loaded the page: random, in memory only, sent as a header. A cookie would go to every other port of this machine. */
export class PageKey {
  #key: string | null = null;

  /** A key for a page that is being loaded now; the page loaded before loses its own. */
  issue(): string {
    this.#key = randomBytes(32).toString('base64url');
    return this.#key;
  }

  holds(key: string): boolean {
    const [own, other] = [Buffer.from(this.#key ?? ''), Buffer.from(key)];
    return own.length > 0 && own.length === other.length && timingSafeEqual(own, other);
  }
}

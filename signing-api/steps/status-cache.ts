import { base64url, utf8 } from '#core/bytes';
import { instant } from '#core/dates';
import { readStatus, statusKeys, type StatusReading } from '#verifier/status/read-status';
import type { Trust } from '#verifier/trust/trust';
import type { Service } from '../service.ts';
import type { Database } from '../store/database.ts';
import type { StatusMark } from '../store/status.ts';

/** Envelopes held in memory together, in characters: the largest that there may be, and some. */
const MAX_CHARACTERS = 144 * 1024 * 1024;

/** A district's newest list as this process knows it, and what the verifier read in it. */
export type HeldList = {
  /** as the district stood just before the list was made */
  readonly mark: StatusMark;
  /** canonical text of the DSSE envelope */
  readonly envelope: string;
  readonly issuedAt: Date;
  reading: { readonly trust: Trust; readonly keys: string; readonly of: Promise<StatusReading> } | null;
};

class StatusCache {
  readonly #held = new Map<string, HeldList>();
  readonly #turns = new Map<string, Promise<unknown>>();
  #characters = 0;

  /** One at a time for a district: those who wait for a list that changed find it made, and nobody gets one older than the question. */
  inTurn<T>(district: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(district) ?? Promise.resolve()).then(work, work);
    this.#turns.set(district, turn);
    return turn;
  }

  get(district: string): HeldList | undefined {
    return this.#held.get(district);
  }

  hold(district: string, list: HeldList): HeldList {
    this.#drop(district);
    this.#held.set(district, list);
    this.#characters += list.envelope.length;
    for (const oldest of this.#held.keys()) {
      if (this.#characters <= MAX_CHARACTERS || oldest === district) break;
      this.#drop(oldest);
    }
    return list;
  }

  #drop(district: string): void {
    this.#characters -= this.#held.get(district)?.envelope.length ?? 0;
    this.#held.delete(district);
  }
}

const caches = new WeakMap<Database, StatusCache>();

export function statusCacheOf(db: Database): StatusCache {
  const cache = caches.get(db) ?? new StatusCache();
  caches.set(db, cache);
  return cache;
}

/** A held list as the verifier reads it: once for a trust list and the status keys that count at the time. */
export function readHeld(service: Service, list: HeldList, trust: Trust, at: Date): Promise<StatusReading> {
  const keys = statusKeys(trust, instant(at)).map(base64url).join();
  if (list.reading?.trust !== trust || list.reading.keys !== keys) {
    const fileBytes = utf8(`[${list.envelope}]`);
    list.reading = { trust, keys, of: readStatus({ fileBytes, trust, at, crypto: service.crypto }) };
  }
  return list.reading.of;
}

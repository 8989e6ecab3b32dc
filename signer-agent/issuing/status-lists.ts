import { isRefusal } from '#core/refusal';
import { nodeCrypto } from '#verifier/crypto-node';
import { undetermined, type Finding } from '#verifier/finding';
import { readStatus, type StatusReading } from '#verifier/status/read-status';
import type { Trust } from '#verifier/trust/trust';
import type { FetchedStatus, IssuingApi } from './issuing-api.ts';
import type { SeenSequences } from './seen-sequences.ts';

type Known = {
  readonly trust: Trust;
  readonly fetched: FetchedStatus;
  readonly fetchedAt: Date;
  readonly reading: StatusReading;
};

/** Status lists as the API publishes them, judged by the trust list's key. One is asked for again when it is older than so many ms. */
export class StatusLists {
  readonly #api: Pick<IssuingApi, 'status'>;
  readonly #seen: SeenSequences;
  readonly #maxAgeMs: number;
  readonly #known = new Map<string, Known>();
  readonly #asked = new Map<string, Promise<StatusReading | null>>();

  constructor(api: Pick<IssuingApi, 'status'>, seen: SeenSequences, maxAgeMs: number) {
    this.#api = api;
    this.#seen = seen;
    this.#maxAgeMs = maxAgeMs;
  }

  /** @returns null where the API gives none: then nothing is known, and nothing is signed */
  of(district: string, trust: Trust, now: Date): Promise<StatusReading | null> {
    const known = this.#known.get(district);
    if (known?.trust === trust && now.getTime() - known.fetchedAt.getTime() < this.#maxAgeMs)
      return Promise.resolve(known.reading);
    const asked = this.#asked.get(district) ?? this.#ask(district, trust, now);
    this.#asked.set(district, asked);
    return asked.finally(() => this.#asked.delete(district));
  }

  /** When each list was issued, by district. */
  issuedAt(): ReadonlyMap<string, string> {
    return new Map(
      [...this.#known].flatMap(([district, { reading }]) => {
        const issuedAt = reading.districts.get(district)?.issuedAt;
        return issuedAt === undefined ? [] : [[district, issuedAt] as const];
      }),
    );
  }

  async #ask(district: string, trust: Trust, now: Date): Promise<StatusReading | null> {
    const known = this.#known.get(district);
    try {
      const fetched = (await this.#api.status(district, known?.fetched.etag ?? null)) ?? known?.fetched;
      if (!fetched) return null;
      const reading = await this.#read(district, fetched, trust, now);
      this.#known.set(district, { trust, fetched, fetchedAt: now, reading });
      return reading;
    } catch (error) {
      // what was read a while ago is judged by its own dates
      if (isRefusal(error)) return known?.trust === trust ? known.reading : null;
      throw error;
    }
  }

  async #read(district: string, { bytes }: FetchedStatus, trust: Trust, at: Date): Promise<StatusReading> {
    const reading = await readStatus({ fileBytes: bytes, trust, at, crypto: nodeCrypto });
    const sequence = reading.districts.get(district)?.sequence;
    if (sequence === undefined) return reading;
    const highest = this.#seen.status(district);
    if (sequence < highest)
      return without(
        reading,
        district,
        undetermined('STATUS_STALE', `sequence ${sequence}, ${highest} was seen`),
      );
    this.#seen.sawStatus(district, sequence);
    return reading;
  }
}

function without(reading: StatusReading, district: string, finding: Finding): StatusReading {
  const districts = new Map(reading.districts);
  districts.delete(district);
  return { ...reading, districts, findings: new Map(reading.findings).set(district, finding) };
}

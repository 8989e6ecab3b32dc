import { sameBytes } from '#core/bytes';
import { isRefusal } from '#core/refusal';
import { readCrl, type Crl } from '#verifier/der/crl';
import { AnswerCache, type Kept } from './answer-cache.ts';
import { tryAgain, type Chance } from './back-off.ts';
import type { CrlFiles } from './crl-files.ts';
import { FetchFault } from './fetch-bytes.ts';
import { refreshTime, type RevocationLimits } from './revocation-limits.ts';
import { derBlocks } from './revocation-folder.ts';

export type CrlOrder = {
  readonly address: string;
  /** one try at the network */
  readonly get: () => Promise<Uint8Array>;
  /** whether one who may sign it did: over plain http anybody may have written it */
  readonly isSigned: (crl: Crl) => Promise<boolean>;
  readonly failed: (reason: string) => void;
};

/** CRLs by the address that they were fetched from. What is no CRL, not in force or signed by nobody asked for is not kept. */
export class FetchedCrls {
  readonly #cache: AnswerCache<Crl>;
  readonly #chance: Chance;
  readonly #files: CrlFiles;
  readonly #limits: RevocationLimits;

  constructor(files: CrlFiles, limits: RevocationLimits, chance: Chance) {
    this.#files = files;
    this.#limits = limits;
    this.#chance = chance;
    const bounds = { maxEntries: limits.crls, maxBytes: limits.crlBytesTogether };
    this.#cache = new AnswerCache({ ...bounds, bytesOf: ({ der }: Crl) => der.length }, chance);
  }

  refresh({ address, get, isSigned, failed }: CrlOrder): Promise<Crl | null> {
    return this.#cache.refresh(address, {
      failed,
      load: () => this.#load(address, isSigned),
      fetch: async (before) => {
        const crl = readable(await tryAgain(get, this.#chance));
        if (before && sameBytes(before.der, crl.der)) return this.#kept(before, this.#chance.clock());
        const kept = this.#kept(crl, this.#chance.clock());
        if (before && crl.thisUpdate < before.thisUpdate) throw new FetchFault('older than the one before');
        if (!(await isSigned(crl))) throw new FetchFault('signed by nobody who may');
        // without the disk it is fetched again after a restart, no more
        await this.#files.write(address, crl.der).catch(() => {
          failed('not kept on disk');
        });
        return kept;
      },
    });
  }

  peek(address: string): Crl | null {
    return this.#cache.peek(address);
  }

  async #load(address: string, isSigned: (crl: Crl) => Promise<boolean>): Promise<Kept<Crl> | null> {
    const file = await this.#files.read(address);
    if (!file) return null;
    try {
      const crl = readable(file.der);
      const kept = this.#kept(crl, file.fetchedAt);
      return (await isSigned(crl)) ? kept : null;
    } catch (error) {
      if (error instanceof FetchFault) return null;
      throw error;
    }
  }

  /** @throws FetchFault where it is not in force */
  #kept(crl: Crl, fetchedAt: Date): Kept<Crl> {
    const now = this.#chance.clock().getTime();
    const endsAt = Date.parse(crl.nextUpdate ?? crl.thisUpdate);
    if (now < Date.parse(crl.thisUpdate) || now >= endsAt) throw new FetchFault('not in force');
    const { crlMs, leastMs } = this.#limits;
    // a file from the future was not fetched then
    const from = Math.min(now, fetchedAt.getTime());
    return { value: crl, endsAt, refreshAt: refreshTime(from, endsAt, { mostMs: crlMs, leastMs }) };
  }
}

/** DER, or one PEM block. @throws FetchFault */
function readable(bytes: Uint8Array): Crl {
  const [der, ...more] = derBlocks(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  if (!der || more.length > 0) throw new FetchFault('no CRL');
  try {
    return readCrl(der);
  } catch (error) {
    if (isRefusal(error)) throw new FetchFault('no CRL');
    throw error;
  }
}

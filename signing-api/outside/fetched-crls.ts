import { sameBytes } from '#core/bytes';
import { isRefusal } from '#core/refusal';
import type { Certificate } from '#verifier/der/certificate';
import { readCrl, readCrlHead, type Crl, type CrlHead } from '#verifier/der/crl';
import type { DistributionPoint } from '#verifier/der/distribution-points';
import { nameKey, sameName } from '#verifier/der/name';
import { isSameScope, whyOutOfScope } from '#verifier/revocation/crl-scope';
import { isDelta, readScope } from '#verifier/revocation/usable-crl';
import { AnswerCache, type Kept } from './answer-cache.ts';
import { tryAgain, type Chance } from './back-off.ts';
import { crlFiles, type CrlFiles } from './crl-files.ts';
import { FetchFault } from './fetch-bytes.ts';
import { HostBackOff } from './host-back-off.ts';
import { refreshTime, type RevocationLimits } from './revocation-limits.ts';
import { derBlocks } from './revocation-folder.ts';

/** One of the addresses at which a certificate says that its CRL is. */
export type CrlPlace = {
  readonly url: URL;
  readonly point: DistributionPoint;
  readonly certificate: Certificate;
};

export type CrlOrder = CrlPlace & {
  /** one try at the network */
  readonly get: () => Promise<Uint8Array>;
  /** whether one who may sign it did: over plain http anybody may have written it */
  readonly isSigned: (crl: CrlHead) => Promise<boolean>;
  readonly failed: (reason: string) => void;
};

/** A CRL that was read takes up its DER, its entries once more, and an index of them. */
const BYTES_PER_BYTE = 3;

/**
 * CRLs by where they were fetched from and for whom. Only a complete one is kept, of the expected issuer and distribution point, signed and
 * in force; of anything else no more is read than its head.
 */
export class FetchedCrls {
  readonly #cache: AnswerCache<Crl>;
  readonly #chance: Chance;
  readonly #hosts: HostBackOff;
  readonly #files: CrlFiles;
  readonly #limits: RevocationLimits;

  constructor(folder: string, limits: RevocationLimits, chance: Chance) {
    const { crls, crlBytesTogether, crlFileBytesTogether } = limits;
    this.#files = crlFiles(folder, { maxFiles: crls, maxBytes: crlFileBytesTogether });
    this.#limits = limits;
    this.#chance = chance;
    this.#hosts = new HostBackOff(chance);
    const bytesOf = ({ der }: Crl) => der.length * BYTES_PER_BYTE;
    this.#cache = new AnswerCache({ maxEntries: crls, maxBytes: crlBytesTogether, bytesOf }, chance);
  }

  refresh(order: CrlOrder): Promise<Crl | null> {
    const { url, get, failed } = order;
    const key = keyOf(order);
    return this.#cache.refresh(key, {
      failed,
      load: () => this.#load(key, order),
      fetch: async (before) => {
        const der = oneBlock(await this.#hosts.ask(url.host, () => tryAgain(get, this.#chance)));
        if (before && sameBytes(before.der, der)) return this.#kept(before, this.#chance.clock());
        const kept = await this.#judged(der, this.#chance.clock(), order);
        if (before) checkAfter(before, kept.value);
        // without the disk it is fetched again after a restart, no more
        await this.#files.write(key, der).catch(() => {
          failed('not kept on disk');
        });
        return kept;
      },
    });
  }

  peek(place: CrlPlace): Crl | null {
    return this.#cache.peek(keyOf(place));
  }

  async #load(key: string, order: CrlOrder): Promise<Kept<Crl> | null> {
    const file = await this.#files.read(key);
    if (!file) return null;
    try {
      return await this.#judged(oneBlock(file.der), file.fetchedAt, order);
    } catch (error) {
      if (error instanceof FetchFault) return null;
      throw error;
    }
  }

  /** Reads it whole only once it is known to be of who may say so: what anybody wrote may be long. @throws FetchFault */
  async #judged(der: Uint8Array, fetchedAt: Date, order: CrlOrder): Promise<Kept<Crl>> {
    const head = readable(() => readCrlHead(der));
    if (!issuersOf(order).some((name) => sameName(name, head.issuer)))
      throw new FetchFault('CRL of another issuer');
    this.#kept(head, fetchedAt);
    if (!(await order.isSigned(head))) throw new FetchFault('signed by nobody who may');
    const crl = readable(() => readCrl(der));
    const why = whyNotFor(crl, order);
    if (why !== null) throw new FetchFault(why);
    return this.#kept(crl, fetchedAt);
  }

  /** @throws FetchFault where it is not in force */
  #kept<T extends CrlHead>(crl: T, fetchedAt: Date): Kept<T> {
    const now = this.#chance.clock().getTime();
    const usableFrom = Date.parse(crl.thisUpdate);
    const endsAt = Date.parse(crl.nextUpdate ?? crl.thisUpdate);
    const { crlMs, leastMs, aheadMs } = this.#limits;
    if (now + aheadMs < usableFrom || now >= endsAt) throw new FetchFault('not in force');
    // a file from the future was not fetched then
    const from = Math.min(now, fetchedAt.getTime());
    const refreshAt = refreshTime(from, endsAt, { mostMs: crlMs, leastMs });
    return { value: crl, usableFrom, endsAt, refreshAt };
  }
}

/** Certificates of users and of authorities may have different CRLs, though at one address only one of them can be. */
function keyOf({ url, point, certificate }: CrlPlace): string {
  const isAuthority = certificate.basicConstraints?.ca === true;
  return JSON.stringify([url.href, isAuthority, ...issuersOf({ point, certificate }).map(nameKey)]);
}

function issuersOf({ point, certificate }: Pick<CrlPlace, 'point' | 'certificate'>): readonly Uint8Array[] {
  return point.crlIssuer ?? [certificate.issuer];
}

function whyNotFor(crl: Crl, { point, certificate }: CrlPlace): string | null {
  const read = readScope(crl);
  if (!read) return 'CRL not understood';
  return isDelta(crl) ? 'delta CRL' : whyOutOfScope(crl, read.scope, point, certificate);
}

/** Partitions and issuers each count their own time. @throws FetchFault */
function checkAfter(before: Crl, crl: Crl): void {
  const isOfSame =
    sameName(before.issuer, crl.issuer) &&
    isSameScope(readScope(before)?.scope ?? null, readScope(crl)?.scope ?? null);
  if (isOfSame && crl.thisUpdate < before.thisUpdate) throw new FetchFault('older than the one before');
}

/** DER, or one PEM block. @throws FetchFault */
function oneBlock(bytes: Uint8Array): Uint8Array {
  const [der, ...more] = derBlocks(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  if (!der || more.length > 0) throw new FetchFault('no CRL');
  return der;
}

/** @throws FetchFault */
function readable<T>(readIt: () => T): T {
  try {
    return readIt();
  } catch (error) {
    if (isRefusal(error)) throw new FetchFault('no CRL');
    throw error;
  }
}

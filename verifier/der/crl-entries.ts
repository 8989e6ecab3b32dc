import { areUsual, HARMLESS_REASONS, readEntryExtensions, REMOVE_FROM_CRL } from './crl-entry.ts';
import type { EntryExtensions } from './crl-entry.ts';
import { DerFault, DerReader, endOfElement, startOfContent, TAG } from './reader.ts';
import { SerialIndex } from './serial-index.ts';
import { checkInteger, checkTime, MAX_SERIAL_BYTES, readTime, serialOf } from './values.ts';

/** A serial number that is revoked: since when, the earliest where it stands twice. */
export type RevokedEntry = {
  readonly at: string;
  /** whether every reason that is stated says nothing against what the key signed before (RFC 3161 §4) */
  readonly isHarmless: boolean;
};
/** No longer on hold: reason removeFromCRL, in a delta CRL. */
export const RELEASED = 'released';

/** Other issuers than the CRL's own; every indirect CRL in the field names a few. */
const MAX_ISSUERS = 65_536;
/** SEQUENCE, an INTEGER of one octet, a UTCTime */
const LEAST_ENTRY_BYTES = 2 + 3 + 15;

/**
 * The entries of a CRL (RFC 5280 §5.1.2.6), hundreds of thousands in some: all proved to be of their form in one pass that makes nothing
 * per entry, and read only when asked for.
 */
export class CrlEntries {
  readonly #bytes: Uint8Array;
  /** where each begins */
  readonly #starts: Uint32Array;
  /** by number, whose certificate each revokes */
  readonly #issuerOf: Uint32Array;
  /** nameKey → number; the CRL's own is 0 */
  readonly #issuers: Map<string, number>;
  readonly #index: SerialIndex;
  #count = 0;
  #areUnderstood = true;

  /**
   * @param list content of revokedCertificates, copied: it is read again when the caller may have written into his bytes
   * @param ownIssuer nameKey of the CRL's issuer
   * @throws DerFault
   */
  constructor(list: Uint8Array, ownIssuer: string) {
    const max = Math.floor(list.length / LEAST_ENTRY_BYTES);
    this.#bytes = new Uint8Array(list);
    this.#starts = new Uint32Array(max);
    this.#issuerOf = new Uint32Array(max);
    this.#issuers = new Map([[ownIssuer, 0]]);
    this.#index = new SerialIndex(max);
    this.#readAll();
  }

  get count(): number {
    return this.#count;
  }

  /** Whether no entry holds a critical extension that is not known; else none may be relied on (RFC 5280 §5.3). */
  get areUnderstood(): boolean {
    return this.#areUnderstood;
  }

  /** What is said of a certificate. @param issuer nameKey. @returns null where nothing is */
  find(issuer: string, serial: string): RevokedEntry | typeof RELEASED | null {
    const number = this.#issuers.get(issuer);
    if (number === undefined) return null;
    let found: RevokedEntry | typeof RELEASED | null = null;
    for (const candidate of this.#index.candidates(octetsOf(serial))) {
      if (this.#issuerOf[candidate] !== number) continue;
      const entry = readEntry(this.#bytes, this.#starts[candidate] ?? 0);
      if (entry.serial !== serial) continue;
      if (entry.reason === REMOVE_FROM_CRL) found ??= RELEASED;
      else found = worse(entry, found);
    }
    return found;
  }

  /** An entry without an issuer of its own has that of the entry before (RFC 5280 §5.3.3); the first has the CRL's. */
  #readAll(): void {
    const bytes = this.#bytes;
    const known = new KnownExtensions();
    let issuer = 0;
    for (let at = 0; at < bytes.length; this.#count++) {
      const end = enter(bytes, at, bytes.length, TAG.sequence);
      const serialAt = startOfContent(bytes, at);
      const timeAt = this.#readSerial(serialAt, end);
      const extensionsAt = skipTime(bytes, timeAt, end);
      if (extensionsAt < end) {
        if (enter(bytes, extensionsAt, end, TAG.sequence) !== end) throw new DerFault('more than expected');
        if (!areUsual(bytes, extensionsAt, end)) {
          const extensions = known.read(bytes.subarray(extensionsAt, end));
          this.#areUnderstood &&= extensions.areUnderstood;
          if (extensions.issuer !== null) issuer = this.#numberOf(extensions.issuer);
        }
      }
      this.#starts[this.#count] = at;
      this.#issuerOf[this.#count] = issuer;
      at = end;
    }
  }

  /** @returns where it ends */
  #readSerial(at: number, end: number): number {
    const serialEnd = enter(this.#bytes, at, end, TAG.integer);
    const from = startOfContent(this.#bytes, at);
    if (serialEnd - from > MAX_SERIAL_BYTES) throw new DerFault('serial number too long');
    checkInteger(this.#bytes, from, serialEnd);
    this.#index.add(this.#count, this.#bytes, from, serialEnd);
    return serialEnd;
  }

  #numberOf(issuer: string): number {
    const number = this.#issuers.get(issuer) ?? this.#issuers.size;
    if (number > MAX_ISSUERS) throw new DerFault(`certificates of more than ${MAX_ISSUERS} issuers`);
    this.#issuers.set(issuer, number);
    return number;
  }
}

/** @returns where the element ends, which must have this tag */
function enter(bytes: Uint8Array, at: number, end: number, tag: number): number {
  if (bytes[at] !== tag) throw new DerFault(`not tag ${tag}`);
  return endOfElement(bytes, at, end);
}

/** @returns where it ends */
function skipTime(bytes: Uint8Array, at: number, end: number): number {
  const tag = bytes[at] === TAG.utcTime ? TAG.utcTime : TAG.generalizedTime;
  const timeEnd = enter(bytes, at, end, tag);
  checkTime(tag, bytes, startOfContent(bytes, at), timeEnd);
  return timeEnd;
}

type Entry = { readonly serial: string; readonly at: string; readonly reason: number | null };

/** One that was proved to be of its form. */
function readEntry(bytes: Uint8Array, start: number): Entry {
  const entry = new DerReader(bytes, start).enter(TAG.sequence);
  const serial = serialOf(entry.content(TAG.integer));
  const at = readTime(entry);
  const { reason } = entry.done ? { reason: null } : readEntryExtensions(entry.element(TAG.sequence));
  return { serial, at, reason };
}

function worse({ at, reason }: Entry, before: RevokedEntry | typeof RELEASED | null): RevokedEntry {
  const isHarmless = reason !== null && HARMLESS_REASONS.includes(reason);
  if (before === null || before === RELEASED) return { at, isHarmless };
  return { at: at < before.at ? at : before.at, isHarmless: isHarmless && before.isHarmless };
}

function octetsOf(serial: string): Uint8Array {
  return Uint8Array.from({ length: serial.length / 2 }, (_, i) =>
    parseInt(serial.slice(2 * i, 2 * i + 2), 16),
  );
}

/** Entries bear the same few extensions a hundred thousand times over: what was read once is not read again. */
class KnownExtensions {
  readonly #known = new Map<string, EntryExtensions>();

  read(der: Uint8Array): EntryExtensions {
    if (der.length > MAX_KEY_BYTES) return readEntryExtensions(der);
    const key = String.fromCharCode.apply(null, der as unknown as number[]);
    const known = this.#known.get(key) ?? readEntryExtensions(der);
    if (this.#known.size < MAX_KNOWN) this.#known.set(key, known);
    return known;
  }
}

const MAX_KNOWN = 4096;
const MAX_KEY_BYTES = 512;

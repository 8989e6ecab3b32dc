import { sameBytes } from '#core/bytes';
import { readGeneralNames } from './general-name.ts';
import { checkName, nameKey } from './name.ts';
import { contextOf, DerFault, DerReader, TAG } from './reader.ts';
import { EXTENSION, readExtensions, type Extensions } from './extensions.ts';
import { readDer } from './refuse.ts';
import { checkWellFormed } from './well-formed.ts';
import { readTime, serialOf, smallInteger, wholeOctets } from './values.ts';

/** A certificate revocation list (RFC 5280 §5) as read, nothing about it judged. */
export type Crl = {
  readonly der: Uint8Array;
  readonly tbs: Uint8Array;
  readonly issuer: Uint8Array;
  readonly thisUpdate: string;
  readonly nextUpdate: string | null;
  readonly algorithm: Uint8Array;
  readonly signature: Uint8Array;
  readonly extensions: Extensions;
  /** of certificates that the CRL's own issuer issued */
  readonly revoked: Entries['revoked'];
  /** in an indirect CRL: of other issuers' certificates, by nameKey of that issuer */
  readonly others: ReadonlyMap<string, Entries>;
  /** of the CRL's own issuer: no longer on hold (in a delta CRL) */
  readonly released: Entries['released'];
  readonly harmless: Entries['harmless'];
  /** whether any entry holds a critical extension that is not known: then no entry may be relied on (RFC 5280 §5.3) */
  readonly entriesUnderstood: boolean;
};

export type Entries = {
  /** serial number → instant of revocation, the earliest where a serial number stands twice */
  readonly revoked: ReadonlyMap<string, string>;
  /** serial numbers with the reason removeFromCRL */
  readonly released: ReadonlySet<string>;
  /** of the revoked, those whose stated reason says nothing against what the key signed before (RFC 3161 §4) */
  readonly harmless: ReadonlySet<string>;
};

/** 64 MB hold about 1.7 million entries. */
export const MAX_CRL_BYTES = 64 * 1024 * 1024;

/** @throws Refusal CRL_MALFORMED */
export function readCrl(der: Uint8Array): Crl {
  return readDer(der, MAX_CRL_BYTES, 'CRL_MALFORMED', (reader) => {
    const outer = reader.enter(TAG.sequence);
    const tbs = outer.element(TAG.sequence);
    const algorithm = outer.element(TAG.sequence);
    const signature = wholeOctets(outer.content(TAG.bitString));
    outer.finish();
    return { der, tbs, algorithm, signature, ...readTbs(new DerReader(tbs), algorithm) };
  });
}

function readTbs(whole: DerReader, outerAlgorithm: Uint8Array) {
  const tbs = whole.enter(TAG.sequence);
  const version = tbs.next === TAG.integer ? smallInteger(tbs.content(TAG.integer)) + 1 : 1;
  if (version === 1 && tbs.next === TAG.integer) throw new DerFault('version');
  if (version > 2) throw new DerFault('version');
  if (!sameBytes(tbs.element(TAG.sequence), outerAlgorithm)) throw new DerFault('two signature algorithms');
  const issuer = tbs.element(TAG.sequence);
  checkName(issuer);
  const thisUpdate = readTime(tbs);
  const nextUpdate = tbs.next === TAG.utcTime || tbs.next === TAG.generalizedTime ? readTime(tbs) : null;
  const entries = readEntries(tbs.enterIf(TAG.sequence), nameKey(issuer));
  const explicit = version === 2 ? tbs.enterIf(contextOf(0)) : null;
  const extensions: Extensions = explicit
    ? readExtensions(explicit.enter(TAG.sequence))
    : new Map<string, never>();
  explicit?.finish();
  tbs.finish();
  return { issuer, thisUpdate, nextUpdate, extensions, ...entries };
}

const REMOVE_FROM_CRL = 8;
const MAX_ISSUER_BYTES = 16 * 1024;

/** unspecified where it is written, affiliationChanged, superseded, cessationOfOperation */
export const HARMLESS_REASONS: readonly number[] = [0, 3, 4, 5];

type Gathered = {
  readonly revoked: Map<string, string>;
  readonly released: Set<string>;
  readonly harmless: Set<string>;
};

/** An entry without an issuer of its own has that of the entry before (RFC 5280 §5.3.3); the first has the CRL's. */
function readEntries(list: DerReader | null, ownIssuer: string) {
  const own = newGathered();
  const others = new Map<string, Gathered>();
  const readBefore = new Map<string, EntryExtensions>();
  let into = own;
  let entriesUnderstood = true;
  while (list && !list.done) {
    const entry = list.enter(TAG.sequence);
    const serial = serialOf(entry.content(TAG.integer));
    const at = readTime(entry);
    let reason: number | null = null;
    if (!entry.done) {
      const extensions = entryExtensions(entry.element(TAG.sequence), readBefore);
      if (!extensions.areUnderstood) entriesUnderstood = false;
      reason = extensions.reason;
      const { issuer } = extensions;
      if (issuer === ownIssuer) into = own;
      else if (issuer !== null) {
        into = others.get(issuer) ?? newGathered();
        others.set(issuer, into);
      }
    }
    entry.finish();
    if (reason === REMOVE_FROM_CRL) into.released.add(serial);
    else {
      const before = into.revoked.get(serial);
      if (before === undefined || at < before) into.revoked.set(serial, at);
      if (reason === null || !HARMLESS_REASONS.includes(reason)) into.harmless.delete(serial);
      else if (before === undefined) into.harmless.add(serial);
    }
  }
  return { ...own, others, entriesUnderstood };
}

type EntryExtensions = {
  readonly areUnderstood: boolean;
  readonly reason: number | null;
  /** nameKey */
  readonly issuer: string | null;
};

/** Entries bear the same few extensions a hundred thousand times over: what was read once is not read again. */
const MAX_READ_BEFORE = 4096;
const MAX_KEY_BYTES = 512;

function entryExtensions(der: Uint8Array, readBefore: Map<string, EntryExtensions>): EntryExtensions {
  if (der.length > MAX_KEY_BYTES) return readEntryExtensions(der);
  const key = String.fromCharCode.apply(null, der as unknown as number[]);
  const known = readBefore.get(key);
  if (known) return known;
  const read = readEntryExtensions(der);
  if (readBefore.size < MAX_READ_BEFORE) readBefore.set(key, read);
  return read;
}

function readEntryExtensions(der: Uint8Array): EntryExtensions {
  const extensions = readExtensions(new DerReader(der).enter(TAG.sequence));
  return {
    areUnderstood: understood(extensions),
    reason: reasonOf(extensions),
    issuer: issuerOf(extensions),
  };
}

function newGathered(): Gathered {
  return { revoked: new Map(), released: new Set(), harmless: new Set() };
}

function understood(extensions: Extensions): boolean {
  const known: readonly string[] = [EXTENSION.reasonCode, EXTENSION.certificateIssuer];
  for (const [type, { critical }] of extensions) if (critical && !known.includes(type)) return false;
  return true;
}

function reasonOf(extensions: Extensions): number | null {
  const value = extensions.get(EXTENSION.reasonCode)?.value;
  if (!value) return null;
  const reader = new DerReader(value);
  const reason = smallInteger(reader.content(TAG.enumerated));
  reader.finish();
  return reason;
}

/** @returns nameKey, or null where the entry names none */
function issuerOf(extensions: Extensions): string | null {
  const value = extensions.get(EXTENSION.certificateIssuer)?.value;
  if (!value) return null;
  checkWellFormed(value, MAX_ISSUER_BYTES);
  const [name, ...more] = readGeneralNames(new DerReader(value).enter(TAG.sequence)).directory;
  if (!name || more.length > 0) throw new DerFault('certificateIssuer');
  return nameKey(name);
}

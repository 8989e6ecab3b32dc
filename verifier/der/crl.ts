import { sameBytes } from '#core/bytes';
import { checkName } from './name.ts';
import { contextOf, DerFault, DerReader, TAG } from './reader.ts';
import { EXTENSION, readExtensions, type Extensions } from './extensions.ts';
import { readDer } from './refuse.ts';
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
  /** serial number → instant of revocation, the earliest where a serial number stands twice */
  readonly revoked: ReadonlyMap<string, string>;
  /** whether any entry holds a critical extension other than the reason: then no entry may be relied on (RFC 5280 §5.3) */
  readonly entriesUnderstood: boolean;
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
  const entries = readEntries(tbs.enterIf(TAG.sequence));
  const explicit = version === 2 ? tbs.enterIf(contextOf(0)) : null;
  const extensions: Extensions = explicit
    ? readExtensions(explicit.enter(TAG.sequence))
    : new Map<string, never>();
  explicit?.finish();
  tbs.finish();
  return { issuer, thisUpdate, nextUpdate, extensions, ...entries };
}

function readEntries(list: DerReader | null) {
  const revoked = new Map<string, string>();
  let entriesUnderstood = true;
  while (list && !list.done) {
    const entry = list.enter(TAG.sequence);
    const serial = serialOf(entry.content(TAG.integer));
    const at = readTime(entry);
    if (!entry.done && !understood(readExtensions(entry.enter(TAG.sequence)))) entriesUnderstood = false;
    entry.finish();
    const before = revoked.get(serial);
    if (before === undefined || at < before) revoked.set(serial, at);
  }
  return { revoked, entriesUnderstood };
}

function understood(extensions: Extensions): boolean {
  for (const [type, { critical }] of extensions) if (critical && type !== EXTENSION.reasonCode) return false;
  return true;
}

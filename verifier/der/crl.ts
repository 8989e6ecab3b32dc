import { sameBytes } from '#core/bytes';
import { CrlEntries } from './crl-entries.ts';
import { readExtensions, type Extensions } from './extensions.ts';
import { checkName, nameKey } from './name.ts';
import { contextOf, DerFault, DerReader, TAG } from './reader.ts';
import { refusing } from './refuse.ts';
import { checkWellFormed } from './well-formed.ts';
import { readTime, smallInteger, wholeOctets } from './values.ts';

/** What stands before the entries of a CRL, and who signed it. */
export type CrlHead = {
  readonly der: Uint8Array;
  readonly tbs: Uint8Array;
  readonly issuer: Uint8Array;
  readonly thisUpdate: string;
  readonly nextUpdate: string | null;
  readonly algorithm: Uint8Array;
  readonly signature: Uint8Array;
};

/** A certificate revocation list (RFC 5280 §5) as read, nothing about it judged. */
export type Crl = CrlHead & {
  readonly extensions: Extensions;
  readonly entries: CrlEntries;
};

/** 64 MB hold about 1.7 million entries. */
export const MAX_CRL_BYTES = 64 * 1024 * 1024;

/**
 * As readDer reads, but that nothing goes over the entries twice: they prove their own form (crl-entries.ts), and what stands around
 * them is proved here part by part.
 * @throws Refusal CRL_MALFORMED
 */
export function readCrl(der: Uint8Array): Crl {
  return refusing('CRL_MALFORMED', () => {
    const { head, version, rest } = begin(der);
    return { ...head, ...readRest(rest, version, head.issuer) };
  });
}

/**
 * As readCrl, but that it stops before the entries, so in no time however many there are: for whoever asks first who signed what came
 * over the network (isSignedBy, revocation/crl-signer.ts). Nothing is known of entries and extensions, nor that they can be read.
 * @throws Refusal CRL_MALFORMED
 */
export function readCrlHead(der: Uint8Array): CrlHead {
  return refusing('CRL_MALFORMED', () => begin(der).head);
}

/** @returns beside the head what of the tbs comes after it */
function begin(der: Uint8Array): { head: CrlHead; version: number; rest: DerReader } {
  if (der.length > MAX_CRL_BYTES) throw new DerFault(`more than ${MAX_CRL_BYTES} bytes`);
  const reader = new DerReader(der);
  const outer = reader.enter(TAG.sequence);
  reader.finish();
  const tbs = outer.element(TAG.sequence);
  const algorithm = wellFormed(outer.element(TAG.sequence));
  const signature = wholeOctets(outer.content(TAG.bitString));
  outer.finish();
  const rest = new DerReader(tbs).enter(TAG.sequence);
  const { version, ...first } = readFirst(rest, algorithm);
  return { head: { der, tbs, algorithm, signature, ...first }, version, rest };
}

function readFirst(tbs: DerReader, outerAlgorithm: Uint8Array) {
  const version = tbs.next === TAG.integer ? smallInteger(tbs.content(TAG.integer)) + 1 : 1;
  if (version === 1 && tbs.next === TAG.integer) throw new DerFault('version');
  if (version > 2) throw new DerFault('version');
  if (!sameBytes(tbs.element(TAG.sequence), outerAlgorithm)) throw new DerFault('two signature algorithms');
  const issuer = wellFormed(tbs.element(TAG.sequence));
  checkName(issuer);
  const thisUpdate = readTime(tbs);
  const nextUpdate = tbs.next === TAG.utcTime || tbs.next === TAG.generalizedTime ? readTime(tbs) : null;
  return { version, issuer, thisUpdate, nextUpdate };
}

function readRest(tbs: DerReader, version: number, issuer: Uint8Array) {
  const list = tbs.next === TAG.sequence ? tbs.content(TAG.sequence) : NO_ENTRIES;
  const entries = new CrlEntries(list, nameKey(issuer));
  const explicit = version === 2 && tbs.next === contextOf(0) ? wellFormed(tbs.element(contextOf(0))) : null;
  tbs.finish();
  return { entries, extensions: explicit ? extensionsIn(explicit) : NONE };
}

const NO_ENTRIES = new Uint8Array();
const NONE: Extensions = new Map<string, never>();

function extensionsIn(explicit: Uint8Array): Extensions {
  const reader = new DerReader(explicit).enter(contextOf(0));
  const extensions = readExtensions(reader.enter(TAG.sequence));
  reader.finish();
  return extensions;
}

function wellFormed(element: Uint8Array): Uint8Array {
  checkWellFormed(element, MAX_CRL_BYTES);
  return element;
}

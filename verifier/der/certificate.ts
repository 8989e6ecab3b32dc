import { sameBytes } from '#core/bytes';
import { checkWellFormed } from './well-formed.ts';
import { checkName, isEmptyName } from './name.ts';
import { contextOf, context, DerFault, DerReader, TAG } from './reader.ts';
import { EXTENSION, readExtensions, type Extensions } from './extensions.ts';
import { readPublicKey, type PublicKey } from './public-key.ts';
import { readDer } from './refuse.ts';
import { booleanOf, namedBits, readTime, serialOf, smallInteger, wholeOctets } from './values.ts';

/** An X.509 certificate as read, nothing about it judged. Names are the DER of the Name, times instants. */
export type Certificate = {
  readonly der: Uint8Array;
  readonly tbs: Uint8Array;
  readonly serial: string;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBefore: string;
  readonly notAfter: string;
  /** DER SubjectPublicKeyInfo */
  readonly spki: Uint8Array;
  readonly publicKey: PublicKey;
  /** the content of the BIT STRING: what key identifiers hash (RFC 5280 §4.2.1.2) */
  readonly keyBits: Uint8Array;
  /** DER AlgorithmIdentifier, the same inside and outside */
  readonly algorithm: Uint8Array;
  readonly signature: Uint8Array;
  readonly extensions: Extensions;
  readonly basicConstraints: { readonly ca: boolean; readonly pathLength: number | null } | null;
  /** bit n = KeyUsage bit n (RFC 5280 §4.2.1.3) */
  readonly keyUsage: number | null;
};

const MAX_CERTIFICATE_BYTES = 16 * 1024;

/** @throws Refusal CERTIFICATE_MALFORMED */
export function readCertificate(der: Uint8Array): Certificate {
  return readDer(der, MAX_CERTIFICATE_BYTES, 'CERTIFICATE_MALFORMED', (reader) => {
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
  const version = readVersion(tbs);
  const serial = serialOf(tbs.content(TAG.integer));
  if (!sameBytes(tbs.element(TAG.sequence), outerAlgorithm)) throw new DerFault('two signature algorithms');
  const issuer = tbs.element(TAG.sequence);
  const validity = tbs.enter(TAG.sequence);
  const notBefore = readTime(validity);
  const notAfter = readTime(validity);
  validity.finish();
  const subject = tbs.element(TAG.sequence);
  const spki = tbs.element(TAG.sequence);
  checkName(issuer);
  checkName(subject);
  if (isEmptyName(issuer)) throw new DerFault('no issuer');
  if (version >= 2 && tbs.next === context(1)) tbs.content(context(1));
  if (version >= 2 && tbs.next === context(2)) tbs.content(context(2));
  const extensions = version === 3 && !tbs.done ? extensionsOf(tbs) : new Map<string, never>();
  tbs.finish();
  return {
    serial,
    issuer,
    subject,
    notBefore,
    notAfter,
    spki,
    publicKey: readPublicKey(new DerReader(spki).enter(TAG.sequence)),
    keyBits: keyBitsOf(spki),
    extensions,
    basicConstraints: basicConstraintsOf(extensions),
    keyUsage: keyUsageOf(extensions),
  };
}

function keyBitsOf(spki: Uint8Array): Uint8Array {
  const reader = new DerReader(spki).enter(TAG.sequence);
  reader.element(TAG.sequence);
  return wholeOctets(reader.content(TAG.bitString));
}

/** v1 is the default and therefore never written (DER). */
function readVersion(tbs: DerReader): number {
  const explicit = tbs.enterIf(contextOf(0));
  if (!explicit) return 1;
  const version = smallInteger(explicit.content(TAG.integer)) + 1;
  explicit.finish();
  if (version !== 2 && version !== 3) throw new DerFault('version');
  return version;
}

function extensionsOf(tbs: DerReader): Extensions {
  const explicit = tbs.enter(contextOf(3));
  const extensions = readExtensions(explicit.enter(TAG.sequence));
  explicit.finish();
  return extensions;
}

function basicConstraintsOf(extensions: Extensions): Certificate['basicConstraints'] {
  const value = extensions.get(EXTENSION.basicConstraints)?.value;
  if (!value) return null;
  checkWellFormed(value, MAX_CERTIFICATE_BYTES);
  const sequence = new DerReader(value).enter(TAG.sequence);
  const ca = sequence.next === TAG.boolean && booleanOf(sequence.content(TAG.boolean));
  if (!ca) {
    // FALSE is the default and never written, and a path length belongs to a CA
    if (value.length !== 2) throw new DerFault('basicConstraints');
    return { ca: false, pathLength: null };
  }
  const pathLength = sequence.done ? null : smallInteger(sequence.content(TAG.integer));
  sequence.finish();
  return { ca, pathLength };
}

function keyUsageOf(extensions: Extensions): number | null {
  const value = extensions.get(EXTENSION.keyUsage)?.value;
  if (!value) return null;
  const reader = new DerReader(value);
  const bits = namedBits(reader.content(TAG.bitString));
  reader.finish();
  return bits;
}

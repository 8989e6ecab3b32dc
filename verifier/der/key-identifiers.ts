import { hex } from '#core/bytes';
import { EXTENSION, type Extensions } from './extensions.ts';
import { context, DerFault, DerReader, TAG } from './reader.ts';

/**
 * Key identifiers (RFC 5280 §4.2.1.1, §4.2.1.2) are hints for finding, never a reason to accept or refuse: what cannot be read is as if
 * it were absent.
 */
type Extended = { readonly extensions: Extensions };

/** @returns hex, or null */
export function subjectKeyId({ extensions }: Extended): string | null {
  return hint(extensions, EXTENSION.subjectKeyIdentifier, (reader) => reader.content(TAG.octetString));
}

/** @returns hex, or null */
export function authorityKeyId({ extensions }: Extended): string | null {
  return hint(extensions, EXTENSION.authorityKeyIdentifier, (reader) =>
    reader.enter(TAG.sequence).content(context(0)),
  );
}

/** Those that the signed thing names by key identifier first, else in the same order. */
export function likeliestFirst<T extends Extended>(signed: Extended, issuers: readonly T[]): readonly T[] {
  if (issuers.length < 2) return issuers;
  const wanted = authorityKeyId(signed);
  if (wanted === null) return issuers;
  const named = new Set(issuers.filter((issuer) => subjectKeyId(issuer) === wanted));
  return [...named, ...issuers.filter((issuer) => !named.has(issuer))];
}

function hint(extensions: Extensions, type: string, read: (reader: DerReader) => Uint8Array): string | null {
  const value = extensions.get(type)?.value;
  if (!value) return null;
  try {
    return hex(read(new DerReader(value)));
  } catch (error) {
    if (error instanceof DerFault) return null;
    throw error;
  }
}

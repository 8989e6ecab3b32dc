import type { Crl } from '../der/crl.ts';
import { issuingDistributionPointOf, type IssuingDistributionPoint } from '../der/distribution-points.ts';
import { EXTENSION } from '../der/extensions.ts';
import type { Finding } from '../finding.ts';
import { read } from '../finding.ts';

/** A CRL with what it is for. */
export type ReadScope = { readonly crl: Crl; readonly scope: IssuingDistributionPoint | null };

const UNDERSTOOD: readonly string[] = [
  EXTENSION.issuingDistributionPoint,
  EXTENSION.deltaCrlIndicator,
  EXTENSION.crlNumber,
  EXTENSION.authorityKeyIdentifier,
  EXTENSION.freshestCrl,
];

/** Reads what a CRL is for. @returns null where its scope cannot be read, or the CRL holds a critical extension that is not known */
export function readScope(crl: Crl): ReadScope | null {
  if (!crl.entriesUnderstood) return null;
  for (const [type, { critical }] of crl.extensions) if (critical && !UNDERSTOOD.includes(type)) return null;
  const findings: Finding[] = [];
  const scope = read(() => issuingDistributionPointOf(crl.extensions), findings);
  return findings.length > 0 ? null : { crl, scope };
}

export function isDelta({ extensions }: Crl): boolean {
  return extensions.has(EXTENSION.deltaCrlIndicator);
}

/** What may answer: an answer in force at the judged time, or, where the judged time is a proven one in the past, a later one. */
export type Window = {
  /** the judged time, an instant */
  readonly at: string;
  /** answers from `at` up to this instant count as well, while the certificate had not ended; null: none */
  readonly until: string | null;
};

/** Why an answer says nothing about the judged time, or null where it does: thisUpdate ≤ at < nextUpdate, or issued since then. */
export function whyNotCovering(
  { thisUpdate, nextUpdate }: { readonly thisUpdate: string; readonly nextUpdate: string | null },
  { at, until }: Window,
  notAfter: string,
): string | null {
  if (at < thisUpdate)
    return until !== null && thisUpdate <= until && thisUpdate <= notAfter
      ? null
      : `issued only at ${thisUpdate}`;
  return nextUpdate !== null && at < nextUpdate ? null : `next update ${nextUpdate ?? 'not given'}`;
}

/** What an answer says of a certificate: from when on it is revoked. */
export type Revoked = { readonly at: string; readonly isHarmless: boolean };

/**
 * Whether a revocation counts: from before the judged time always; from after it where it casts doubt on what was signed before, which
 * every one does that does not state a harmless reason (RFC 3161 §4).
 */
export function counts({ at: revokedAt, isHarmless }: Revoked, { at, until }: Window): boolean {
  return revokedAt <= at || (until !== null && revokedAt <= until && !isHarmless);
}

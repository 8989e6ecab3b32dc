import type { Crl } from '../der/crl.ts';
import type { RevokedEntry } from '../der/crl-entries.ts';
import { issuingDistributionPointOf, type IssuingDistributionPoint } from '../der/distribution-points.ts';
import { EXTENSION, type Extensions } from '../der/extensions.ts';
import { TAG } from '../der/reader.ts';
import { readDer } from '../der/refuse.ts';
import { timeOf } from '../der/values.ts';
import type { Finding } from '../finding.ts';
import { read } from '../finding.ts';
import type { JudgedPath } from '../path/judge-path.ts';

const MAX_TIME_BYTES = 32;

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
  if (!crl.entries.areUnderstood) return null;
  for (const [type, { critical }] of crl.extensions) if (critical && !UNDERSTOOD.includes(type)) return null;
  const findings: Finding[] = [];
  const scope = read(() => issuingDistributionPointOf(crl.extensions), findings);
  return findings.length > 0 ? null : { crl, scope };
}

export function isDelta({ extensions }: Crl): boolean {
  return extensions.has(EXTENSION.deltaCrlIndicator);
}

export function newestFirst(a: ReadScope, b: ReadScope): number {
  return a.crl.thisUpdate < b.crl.thisUpdate ? 1 : a.crl.thisUpdate > b.crl.thisUpdate ? -1 : 0;
}

/** What may answer: an answer in force at the judged time, or, where the judged time is a proven one in the past, a later one. */
export type Window = {
  /** the judged time, an instant */
  readonly at: string;
  /** answers from `at` up to this instant count as well, while the certificate had not ended; null: none */
  readonly until: string | null;
  /** `at` is proven: answers from before it say nothing, and whoever is revoked after it was good at it */
  readonly isProven?: boolean;
};

export function windowOf({
  at,
  answersUntil,
  isProven,
}: Pick<JudgedPath, 'at' | 'answersUntil' | 'isProven'>): Window {
  return { at, until: answersUntil ?? null, isProven: isProven === true };
}

type Dated = {
  readonly thisUpdate: string;
  readonly nextUpdate: string | null;
  readonly extensions: Extensions;
};

/** Why an answer says nothing about the judged time, or null where it does: thisUpdate ≤ at < nextUpdate, or issued since then. */
export function whyNotCovering(answer: Dated, window: Window, notAfter: string): string | null {
  const { thisUpdate, nextUpdate } = answer;
  const { at, until, isProven } = window;
  if (isProven === true) return whyNotSince(answer, window, notAfter);
  if (at < thisUpdate)
    return until !== null && thisUpdate <= until && thisUpdate <= notAfter
      ? null
      : `issued only at ${thisUpdate}`;
  return nextUpdate !== null && at < nextUpdate ? null : `next update ${nextUpdate ?? 'not given'}`;
}

/** Issued at or after a proven time, and while its certificate had not ended, unless it says that it goes on about those that have. */
function whyNotSince(answer: Dated, { at, until }: Window, notAfter: string): string | null {
  const { thisUpdate, extensions } = answer;
  if (thisUpdate < at) return `issued at ${thisUpdate}, before the proven time`;
  if (until !== null && thisUpdate > until) return `issued only at ${thisUpdate}`;
  return thisUpdate <= notAfter || keepsEnded(extensions, notAfter)
    ? null
    : `issued at ${thisUpdate}, after the certificate had ended`;
}

/** Certificates that ended at or after such a time stay in the answers: X.509 §9.5.2.8 and RFC 6960 §4.4.4. */
function keepsEnded(extensions: Extensions, notAfter: string): boolean {
  return [EXTENSION.expiredCertsOnCrl, EXTENSION.ocspArchiveCutoff].some((type) => {
    const value = extensions.get(type)?.value;
    const since = value && read(() => timeIn(value), []);
    return typeof since === 'string' && since <= notAfter;
  });
}

function timeIn(value: Uint8Array): string {
  return readDer(value, MAX_TIME_BYTES, 'CRL_MALFORMED', (reader) =>
    timeOf(TAG.generalizedTime, reader.content(TAG.generalizedTime)),
  );
}

/** What an answer says of a certificate: from when on it is revoked. */
export type Revoked = RevokedEntry;

/**
 * Whether a revocation counts: from before the judged time always; from after it where it casts doubt on what was signed before, which
 * every one does that does not state a harmless reason (RFC 3161 §4); never where that time is proven otherwise.
 */
export function counts({ at: revokedAt, isHarmless }: Revoked, { at, until, isProven }: Window): boolean {
  return revokedAt <= at || (isProven !== true && until !== null && revokedAt <= until && !isHarmless);
}

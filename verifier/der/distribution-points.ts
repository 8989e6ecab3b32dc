import type { Certificate } from './certificate.ts';
import { EXTENSION, type Extensions } from './extensions.ts';
import { readGeneralNames, type GeneralNames } from './general-name.ts';
import { context, contextOf, DerFault, TAG, type DerReader } from './reader.ts';
import { withRdn } from './name.ts';
import { readDer } from './refuse.ts';
import { booleanOf, namedBits } from './values.ts';

/** Where the CRLs for a certificate are, and what a CRL is for (RFC 5280 §4.2.1.13, §5.2.5). */

/** Bits 1 to 8 of ReasonFlags: every reason there is. */
export const ALL_REASONS = 0x1fe;
const MAX_BYTES = 16 * 1024;
/** Each is held against every CRL there is. */
const MAX_POINTS = 64;
const MAX_RELATIVE_BYTES = 1024;
const EMPTY_NAME = Uint8Array.of(TAG.sequence, 0);

export type DistributionPointName =
  | { readonly full: GeneralNames }
  /** DER of one relative distinguished name, to be put below the CRL issuer's */
  | { readonly relative: Uint8Array };

export type DistributionPoint = {
  readonly name: DistributionPointName | null;
  readonly reasons: number;
  /** who issues the CRL, where it is not the certificate's issuer: DER Names */
  readonly crlIssuer: readonly Uint8Array[] | null;
};

/** @throws Refusal CERTIFICATE_MALFORMED; empty where the extension is absent */
export function distributionPointsOf({ extensions }: Certificate): readonly DistributionPoint[] {
  const value = extensions.get(EXTENSION.crlDistributionPoints)?.value;
  if (!value) return [];
  return readDer(value, MAX_BYTES, 'CERTIFICATE_MALFORMED', (reader) => {
    const list = reader.enter(TAG.sequence);
    const points: DistributionPoint[] = [];
    do {
      if (points.length === MAX_POINTS) throw new DerFault('too many distribution points');
      points.push(pointOf(list.enter(TAG.sequence)));
    } while (!list.done);
    return points;
  });
}

function pointOf(point: DerReader): DistributionPoint {
  const name = nameOf(point.enterIf(contextOf(0)));
  const reasons = reasonsOf(point, 1);
  const issuer = point.enterIf(contextOf(2));
  const crlIssuer = issuer && readGeneralNames(issuer).directory;
  point.finish();
  if (!name && !crlIssuer) throw new DerFault('empty distribution point');
  return { name, reasons: reasons ?? ALL_REASONS, crlIssuer };
}

export type IssuingDistributionPoint = {
  readonly name: DistributionPointName | null;
  readonly onlyUserCertificates: boolean;
  readonly onlyAuthorities: boolean;
  readonly onlyAttributeCertificates: boolean;
  readonly reasons: number;
  readonly isIndirect: boolean;
  /** as it stands: a delta must have the same */
  readonly der: Uint8Array;
};

/** @throws Refusal CRL_MALFORMED; null where the extension is absent */
export function issuingDistributionPointOf(extensions: Extensions): IssuingDistributionPoint | null {
  const value = extensions.get(EXTENSION.issuingDistributionPoint)?.value;
  if (!value) return null;
  return readDer(value, MAX_BYTES, 'CRL_MALFORMED', (reader) => {
    const point = reader.enter(TAG.sequence);
    const name = nameOf(point.enterIf(contextOf(0)));
    const onlyUserCertificates = flag(point, 1);
    const onlyAuthorities = flag(point, 2);
    const reasons = reasonsOf(point, 3);
    const isIndirect = flag(point, 4);
    const onlyAttributeCertificates = flag(point, 5);
    point.finish();
    const kinds = [onlyUserCertificates, onlyAuthorities, onlyAttributeCertificates];
    if (kinds.filter(Boolean).length > 1) throw new DerFault('a CRL for nobody');
    return {
      name,
      onlyUserCertificates,
      onlyAuthorities,
      onlyAttributeCertificates,
      reasons: reasons ?? ALL_REASONS,
      isIndirect,
      der: value,
    };
  });
}

function nameOf(explicit: DerReader | null): DistributionPointName | null {
  if (!explicit) return null;
  const full = explicit.enterIf(contextOf(0));
  if (full) {
    if (full.done) throw new DerFault('empty name');
    const name = { full: readGeneralNames(full) };
    explicit.finish();
    return name;
  }
  const relative = explicit.content(contextOf(1));
  explicit.finish();
  if (relative.length > MAX_RELATIVE_BYTES) throw new DerFault('relative name too long');
  // proved here, so that whoever puts it below a name later has a name
  withRdn(EMPTY_NAME, relative);
  return { relative };
}

/** FALSE is the default and never written. */
function flag(point: DerReader, number: number): boolean {
  if (point.next !== context(number)) return false;
  if (!booleanOf(point.content(context(number)))) throw new DerFault('default written');
  return true;
}

function reasonsOf(point: DerReader, number: number): number | null {
  return point.next === context(number) ? namedBits(point.content(context(number))) & ALL_REASONS : null;
}

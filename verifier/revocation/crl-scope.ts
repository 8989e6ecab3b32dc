import { sameBytes } from '#core/bytes';
import {
  ALL_REASONS,
  type DistributionPoint,
  type DistributionPointName,
  type IssuingDistributionPoint,
} from '../der/distribution-points.ts';
import type { Certificate } from '../der/certificate.ts';
import type { Crl } from '../der/crl.ts';
import type { GeneralNames } from '../der/general-name.ts';
import { DerFault } from '../der/reader.ts';
import { nameKey, sameName, withRdn } from '../der/name.ts';

/**
 * Why a CRL says nothing about a certificate at one of its distribution points (RFC 5280 §6.3.3 (b)), or null where it does.
 * @param scope of the CRL; null where it names none
 */
export function whyOutOfScope(
  crl: Crl,
  scope: IssuingDistributionPoint | null,
  point: DistributionPoint,
  certificate: Certificate,
): string | null {
  if (point.crlIssuer) {
    if (!point.crlIssuer.some((name) => sameName(name, crl.issuer))) return 'CRL of another issuer';
    if (!sameName(crl.issuer, certificate.issuer) && !scope?.isIndirect) return 'CRL is not indirect';
  } else if (!sameName(crl.issuer, certificate.issuer)) return 'CRL of another issuer';
  if (!scope) return null;
  if (scope.onlyAttributeCertificates) return 'CRL of attribute certificates';
  const isAuthority = certificate.basicConstraints?.ca === true;
  if (scope.onlyUserCertificates && isAuthority) return 'CRL of user certificates';
  if (scope.onlyAuthorities && !isAuthority) return 'CRL of CA certificates';
  return scope.name && !namesMeet(scope.name, crl, point) ? 'CRL of another distribution point' : null;
}

/** One name of the CRL's distribution point is one of the certificate's; a point without names goes by its CRL issuer. */
function namesMeet(
  scopeName: DistributionPointName,
  crl: Crl,
  { name, crlIssuer }: DistributionPoint,
): boolean {
  const here = keysOf(scopeName, crl.issuer);
  const there = name
    ? keysOf(name, crlIssuer?.[0] ?? crl.issuer)
    : new Set((crlIssuer ?? []).map((issuer) => `directory ${nameKey(issuer)}`));
  for (const key of there) if (here.has(key)) return true;
  return false;
}

function keysOf(name: DistributionPointName, base: Uint8Array): ReadonlySet<string> {
  if ('relative' in name) {
    const rdn = relativeKey(base, name.relative);
    return new Set(rdn === null ? [] : [rdn]);
  }
  const known = fullKeys.get(name.full) ?? new Set(keys(name.full));
  fullKeys.set(name.full, known);
  return known;
}

/** Every certificate is held against the same scopes. */
const fullKeys = new WeakMap<GeneralNames, ReadonlySet<string>>();

/** @returns null where the whole name would be too long to be one */
function relativeKey(base: Uint8Array, relative: Uint8Array): string | null {
  try {
    return `directory ${nameKey(withRdn(base, relative))}`;
  } catch (error) {
    if (error instanceof DerFault) return null;
    throw error;
  }
}

function keys({ directory, uris, emails, hosts }: GeneralNames): string[] {
  return [
    ...directory.map((one) => `directory ${nameKey(one)}`),
    ...uris.map((uri) => `uri ${uri}`),
    ...emails.map((email) => `email ${email}`),
    ...hosts.map((host) => `host ${host}`),
  ];
}

/** The reasons for revocation that a CRL covers at a distribution point (RFC 5280 §6.3.3 (d)). */
export function reasonsCovered(scope: IssuingDistributionPoint | null, point: DistributionPoint): number {
  return (scope?.reasons ?? ALL_REASONS) & point.reasons;
}

/** Where a certificate names no distribution point, and after those that it names: its issuer's own CRLs (RFC 5280 §6.3.3, end). */
export function ownPoint(certificate: Certificate): DistributionPoint {
  const none = { emails: [], hosts: [], uris: [], addresses: [], others: [] };
  return {
    name: { full: { ...none, directory: [certificate.issuer] } },
    reasons: ALL_REASONS,
    crlIssuer: null,
  };
}

/** Both CRLs are for the same distribution point and the same kinds of certificates (RFC 5280 §5.2.4). */
export function isSameScope(a: IssuingDistributionPoint | null, b: IssuingDistributionPoint | null): boolean {
  return a === null || b === null ? a === b : sameBytes(a.der, b.der);
}

import { nodeCrypto } from '#verifier/crypto-node';
import type { Crypto } from '#verifier/crypto-port';
import { readCertificate } from '#verifier/der/certificate';
import { readCrl } from '#verifier/der/crl';
import { readOcspResponse } from '#verifier/der/ocsp';
import { reasonsOf, worstWord } from '#verifier/finding';
import { findPath } from '#verifier/path/find-path';
import { RFC_5280, type PathPolicy } from '#verifier/path/path-policy';
import { NO_ANSWERS } from '#verifier/revocation/check-revocation';
import type { Holder } from './x509.ts';

/** The judged time of these tests. */
export const NOW = '2026-01-01T00:00:00Z';

export type PathAsked = {
  readonly end: Holder;
  readonly roots: readonly Holder[];
  readonly pool?: readonly Holder[];
  /** DER */
  readonly crls?: readonly Uint8Array[];
  /** DER */
  readonly ocsp?: readonly Uint8Array[];
  readonly revocation?: 'require' | 'off';
  readonly policy?: Partial<PathPolicy>;
  readonly at?: string;
  readonly crypto?: Crypto;
};

/** Asks for a path by RFC 5280; revocation is required where CRLs or answers are given. */
export async function askPath(asked: PathAsked) {
  const { crls = [], ocsp = [], at = NOW } = asked;
  const certificates = (holders: readonly Holder[]) =>
    holders.map(({ certificate }) => readCertificate(certificate));
  const answer = await findPath({
    end: readCertificate(asked.end.certificate),
    roots: certificates(asked.roots),
    pool: certificates(asked.pool ?? []),
    policy: { ...RFC_5280, ...asked.policy },
    at,
    claimedTime: at,
    revocation: asked.revocation ?? (crls.length + ocsp.length > 0 ? 'require' : 'off'),
    answers: {
      embedded: NO_ANSWERS,
      handedIn: { crls: crls.map(readCrl), ocsp: ocsp.map(readOcspResponse) },
    },
    crypto: asked.crypto ?? nodeCrypto,
  });
  return {
    verdict: worstWord(answer.findings.map(({ verdict }) => verdict)),
    reasons: reasonsOf(answer.findings),
    length: answer.path?.length ?? 0,
  };
}

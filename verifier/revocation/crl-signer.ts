import type { Certificate } from '../der/certificate.ts';
import { signatureAlgorithm } from '../der/algorithms.ts';
import type { Crl, CrlHead } from '../der/crl.ts';
import { likeliestFirst } from '../der/key-identifiers.ts';
import { nameKey, sameName } from '../der/name.ts';
import { acceptedSignature } from '../path-rules/algorithms.ts';
import { allows, KEY_USAGE } from '../path-rules/key-usage.ts';
import type { PathSearch } from '../path/candidate-paths.ts';
import type { JudgedPath } from '../path/judge-path.ts';

/** Whether the CRL was issued under this certificate's name and signed with its key, and the certificate may sign CRLs. */
export async function isSignedBy(
  crl: Pick<CrlHead, 'issuer' | 'algorithm' | 'tbs' | 'signature'>,
  signer: Certificate,
  { policy, crypto }: Pick<JudgedPath, 'policy' | 'crypto'>,
): Promise<boolean> {
  if (!sameName(crl.issuer, signer.subject) || !allows(signer, KEY_USAGE.cRLSign, policy)) return false;
  if (acceptedSignature(crl.algorithm, signer.publicKey, policy) === null) return false;
  const algorithm = signatureAlgorithm(crl.algorithm, signer.publicKey);
  return algorithm !== null && (await crypto.verify(algorithm, signer.spki, crl.tbs, crl.signature));
}

/** Certificates of one name that are tried on one CRL. */
const MAX_CANDIDATES = 16;

/**
 * Who signed a CRL: the certificate's own issuer, else a certificate of the CRL issuer's name that stands on a valid path to the same
 * root (RFC 5280 §6.3.3 (f)).
 * @param isTrusted asks whether a certificate has such a path, and is not revoked
 */
export async function findCrlSigner(
  crl: Crl,
  issuer: Certificate,
  judged: JudgedPath,
  search: PathSearch,
  isTrusted: (certificate: Certificate) => Promise<boolean>,
): Promise<Certificate | null> {
  if (await isSignedBy(crl, issuer, judged)) return issuer;
  const candidates = likeliestFirst(crl, search.withSubject(nameKey(crl.issuer))).slice(0, MAX_CANDIDATES);
  for (const candidate of candidates)
    if (candidate !== issuer && (await isSignedBy(crl, candidate, judged)) && (await isTrusted(candidate)))
      return candidate;
  return null;
}

import type { Crypto } from '../crypto-port.ts';
import { signatureAlgorithm } from '../der/algorithms.ts';
import type { Certificate } from '../der/certificate.ts';
import type { Crl } from '../der/crl.ts';
import { EXTENSION } from '../der/extensions.ts';
import { acceptedSignature } from '../path-rules/algorithms.ts';
import { allows, KEY_USAGE } from '../path-rules/key-usage.ts';
import { sameName } from '../path-rules/name-chaining.ts';
import type { AlgorithmPolicy } from '../path/judge-path.ts';

/** Whether the CRL was issued and signed directly by the key of this issuer. */
export async function isSignedBy(crl: Crl, issuer: Certificate, crypto: Crypto): Promise<boolean> {
  if (!sameName(crl.issuer, issuer.subject)) return false;
  const algorithm = signatureAlgorithm(crl.algorithm, issuer.publicKey);
  return algorithm !== null && (await crypto.verify(algorithm, issuer.spki, crl.tbs, crl.signature));
}

/**
 * Why an authentic CRL is not one that can answer for all certificates of its issuer (RFC 5280 §5, §6.3.3), or null where it is. Delta,
 * partitioned and indirect CRLs and critical extensions are not understood.
 */
export function whyIncomplete(crl: Crl, issuer: Certificate, policy: AlgorithmPolicy): string | null {
  if (acceptedSignature(crl.algorithm, issuer.publicKey, policy) === null)
    return 'signature algorithm not accepted';
  if (!allows(issuer.keyUsage, KEY_USAGE.cRLSign)) return 'its issuer may not sign CRLs';
  if (crl.extensions.has(EXTENSION.deltaCrlIndicator)) return 'delta CRL';
  if (crl.extensions.has(EXTENSION.issuingDistributionPoint)) return 'CRL for a part only';
  if ([...crl.extensions.values()].some(({ critical }) => critical))
    return 'critical extension not understood';
  return crl.entriesUnderstood ? null : 'critical extension of an entry not understood';
}

/** Why a CRL says nothing about an instant, or null where it does: thisUpdate ≤ at < nextUpdate. */
export function whyNotCovering(crl: Crl, at: string): string | null {
  if (at < crl.thisUpdate) return `issued only at ${crl.thisUpdate}`;
  return crl.nextUpdate !== null && at < crl.nextUpdate
    ? null
    : `next update ${crl.nextUpdate ?? 'not given'}`;
}

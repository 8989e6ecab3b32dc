import type { VerifyAlgorithm } from '../crypto-port.ts';
import { algorithmName, signatureAlgorithm } from '../der/algorithms.ts';
import type { Certificate } from '../der/certificate.ts';
import type { PublicKey } from '../der/public-key.ts';
import { invalid, type Finding } from '../finding.ts';
import type { AlgorithmPolicy, JudgedPath } from '../path/judge-path.ts';

/** Past this a check costs more than a signature is worth. */
const MAX_RSA_BITS = 8192;

/** The trust list's `algorithms`: no SHA-1, no short key. A root's own signature is not one that anybody relies on. */
export function algorithmsAccepted({ path, policy }: JudgedPath): Finding[] {
  const findings = path.flatMap((certificate) => keyAccepted(certificate.publicKey, policy));
  for (const [i, issuer] of path.slice(1).entries()) {
    const signed = path[i] as Certificate;
    if (acceptedSignature(signed.algorithm, issuer.publicKey, policy) === null)
      findings.push(
        invalid('SIGNER_ALGORITHM', `certificate signed with ${algorithmName(signed.algorithm)}`),
      );
  }
  return findings;
}

/** @returns the algorithm, or null where it is unknown, does not fit the issuer's key or is not on the trust list */
export function acceptedSignature(
  algorithmId: Uint8Array,
  issuerKey: PublicKey,
  policy: AlgorithmPolicy,
): VerifyAlgorithm | null {
  const algorithm = signatureAlgorithm(algorithmId, issuerKey);
  return algorithm !== null && policy.signatures.includes(algorithm) ? algorithm : null;
}

function keyAccepted(key: PublicKey, policy: AlgorithmPolicy): Finding[] {
  if (key.type === 'EC') return [];
  if (key.type === 'RSA' && key.bits >= policy.minRsaBits && key.bits <= MAX_RSA_BITS) return [];
  return [
    invalid('SIGNER_ALGORITHM', key.type === 'RSA' ? `RSA of ${key.bits} bits` : 'key of a kind not known'),
  ];
}

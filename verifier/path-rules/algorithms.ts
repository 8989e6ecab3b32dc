import type { VerifyAlgorithm } from '../crypto-port.ts';
import { algorithmName, MAX_RSA_BITS, signatureAlgorithm } from '../der/algorithms.ts';
import type { Certificate } from '../der/certificate.ts';
import type { PublicKey } from '../der/public-key.ts';
import { invalid, type Finding } from '../finding.ts';
import type { JudgedPath } from '../path/judge-path.ts';
import type { AlgorithmPolicy, PathPolicy } from '../path/path-policy.ts';

/** The trust list's `algorithms`: no SHA-1, no short key. A root's own signature is not one that anybody relies on. */
export function algorithmsAccepted({ path, policy }: JudgedPath): Finding[] {
  const { algorithms } = policy;
  if (!algorithms) return [];
  const findings = path.flatMap((certificate) => keyAccepted(certificate.publicKey, algorithms));
  for (const [i, issuer] of path.slice(1).entries()) {
    const signed = path[i] as Certificate;
    if (acceptedSignature(signed.algorithm, issuer.publicKey, policy) === null)
      findings.push(
        invalid('SIGNER_ALGORITHM', `certificate signed with ${algorithmName(signed.algorithm)}`),
      );
  }
  return findings;
}

/** @returns the algorithm, or null where it is unknown, does not fit the issuer's key or is not accepted */
export function acceptedSignature(
  algorithmId: Uint8Array,
  issuerKey: PublicKey,
  { algorithms }: PathPolicy,
): VerifyAlgorithm | null {
  const algorithm = signatureAlgorithm(algorithmId, issuerKey);
  if (algorithm === null || !algorithms) return algorithm;
  return algorithms.signatures.includes(algorithm) ? algorithm : null;
}

/** Whether a policy lets a key of this kind and size sign anything. */
export function isAcceptedKey(key: PublicKey, { algorithms }: PathPolicy): boolean {
  return !algorithms || keyAccepted(key, algorithms).length === 0;
}

function keyAccepted(key: PublicKey, policy: AlgorithmPolicy): Finding[] {
  if (key.type === 'EC' || key.type === 'Ed25519') return [];
  if (key.type === 'RSA' && key.bits >= policy.minRsaBits && key.bits <= MAX_RSA_BITS) return [];
  return [
    invalid('SIGNER_ALGORITHM', key.type === 'RSA' ? `RSA of ${key.bits} bits` : 'key of a kind not known'),
  ];
}

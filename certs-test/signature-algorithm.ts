import { nothing, oid, sequence, type Node } from './der.ts';

export const SIGNATURE_ALGORITHMS = ['RSA-SHA256', 'RSA-SHA1', 'ECDSA-SHA256'] as const;
export type SignatureAlgorithm = (typeof SIGNATURE_ALGORITHMS)[number];

const identifiers: Record<SignatureAlgorithm, string> = {
  'RSA-SHA256': '1.2.840.113549.1.1.11',
  'RSA-SHA1': '1.2.840.113549.1.1.5',
  'ECDSA-SHA256': '1.2.840.10045.4.3.2',
};

/** AlgorithmIdentifier: parameters NULL for RSA (RFC 4055 §5), absent for ECDSA (RFC 5758 §3.2). */
export function algorithmIdentifier(algorithm: SignatureAlgorithm): Node {
  const identifier = oid(identifiers[algorithm]);
  return algorithm === 'ECDSA-SHA256' ? sequence(identifier) : sequence(identifier, nothing());
}

export function hashOf(algorithm: SignatureAlgorithm): 'sha256' | 'sha1' {
  return algorithm === 'RSA-SHA1' ? 'sha1' : 'sha256';
}

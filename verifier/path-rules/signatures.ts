import { signatureAlgorithm } from '../der/algorithms.ts';
import type { Certificate } from '../der/certificate.ts';
import { invalid, type Finding } from '../finding.ts';
import type { JudgedPath } from '../path/judge-path.ts';

/** RFC 5280 §6.1.3 (a)(1): each certificate is signed with the key of the next. That both its algorithm fields agree, the reader saw to. */
export async function signaturesHold({ path, crypto }: JudgedPath): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [i, issuer] of path.slice(1).entries()) {
    const signed = path[i] as Certificate;
    const algorithm = signatureAlgorithm(signed.algorithm, issuer.publicKey);
    if (algorithm === null)
      findings.push(invalid('SIGNER_ALGORITHM', 'a certificate is signed with an algorithm not known'));
    else if (!(await crypto.verify(algorithm, issuer.spki, signed.tbs, signed.signature)))
      findings.push(invalid('CERTIFICATE_SIGNATURE_INVALID', `certificate ${i} of the path`));
  }
  return findings;
}

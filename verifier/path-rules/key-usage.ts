import { invalid, type Finding } from '../finding.ts';
import type { JudgedPath } from '../path/judge-path.ts';

/** RFC 5280 §4.2.1.3, bit numbers */
export const KEY_USAGE = {
  digitalSignature: 1 << 0,
  nonRepudiation: 1 << 1,
  keyCertSign: 1 << 5,
  cRLSign: 1 << 6,
} as const;

/** Key usage is present; signers may sign, issuers may sign certificates. That CRL issuers may sign CRLs: revocation/usable-crl.ts. */
export function keyUsageHolds({ path }: JudgedPath): Finding[] {
  const [signer, ...issuers] = path;
  const findings: Finding[] = [];
  if (!allows(signer.keyUsage, KEY_USAGE.digitalSignature | KEY_USAGE.nonRepudiation))
    findings.push(invalid('SIGNER_KEY_USAGE'));
  for (const [i, issuer] of issuers.entries())
    if (!allows(issuer.keyUsage, KEY_USAGE.keyCertSign))
      findings.push(invalid('CA_CONSTRAINTS', `certificate ${i + 1} of the path may not sign certificates`));
  return findings;
}

/** Whether the key usage is present and holds at least one of the bits. */
export function allows(keyUsage: number | null, bits: number): boolean {
  return keyUsage !== null && (keyUsage & bits) !== 0;
}

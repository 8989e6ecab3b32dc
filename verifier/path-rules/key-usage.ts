import type { Certificate } from '../der/certificate.ts';
import { invalid, type Finding } from '../finding.ts';
import type { JudgedPath } from '../path/judge-path.ts';
import type { PathPolicy } from '../path/path-policy.ts';

/** RFC 5280 §4.2.1.3, bit numbers */
export const KEY_USAGE = {
  digitalSignature: 1 << 0,
  nonRepudiation: 1 << 1,
  keyEncipherment: 1 << 2,
  dataEncipherment: 1 << 3,
  keyAgreement: 1 << 4,
  keyCertSign: 1 << 5,
  cRLSign: 1 << 6,
  encipherOnly: 1 << 7,
  decipherOnly: 1 << 8,
} as const;

/** The end certificate may do what is asked for, issuers may sign certificates. That CRL issuers may sign CRLs: revocation/. */
export function keyUsageHolds({ path, policy }: JudgedPath): Finding[] {
  const [signer, ...issuers] = path;
  const findings: Finding[] = [];
  if (signer.keyUsage === null ? policy.keyUsagePresent : !policy.servesUse(signer.keyUsage))
    findings.push(invalid('SIGNER_KEY_USAGE'));
  for (const [i, issuer] of issuers.entries())
    if (!allows(issuer, KEY_USAGE.keyCertSign, policy))
      findings.push(invalid('CA_CONSTRAINTS', `certificate ${i + 1} of the path may not sign certificates`));
  return findings;
}

/** Whether the key usage holds at least one of the bits; one that is absent allows everything, where the policy lets it be absent. */
export function allows({ keyUsage }: Certificate, bits: number, policy: PathPolicy): boolean {
  return keyUsage === null ? !policy.keyUsagePresent : (keyUsage & bits) !== 0;
}

import { keyPurposesOf } from '../der/key-purposes.ts';
import { invalid, read, type Finding } from '../finding.ts';
import type { JudgedPath } from '../path/judge-path.ts';

/** RFC 5280 §4.2.1.12: where the end certificate names purposes, critical or not, it serves no other. */
export function extendedKeyUsageHolds({ path, policy }: JudgedPath): Finding[] {
  const findings: Finding[] = [];
  const purposes = read(() => keyPurposesOf(path[0]), findings);
  if (purposes && !policy.servesPurpose(purposes))
    findings.push(invalid('SIGNER_KEY_USAGE', 'extended key usage'));
  return findings;
}

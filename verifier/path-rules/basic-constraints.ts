import type { Certificate } from '../der/certificate.ts';
import { invalid, type Finding } from '../finding.ts';
import type { JudgedPath } from '../path/judge-path.ts';
import { isSelfIssued } from './policies.ts';

/** RFC 5280 §4.2.1.9, §6.1.4 (k)–(m): every issuer is a CA and no more CAs follow than it allows, self-issued ones not counted. */
export function basicConstraintsHold({ path }: JudgedPath): Finding[] {
  const findings: Finding[] = [];
  for (const [i, issuer] of path.entries()) {
    if (i === 0) continue;
    const constraints = issuer.basicConstraints;
    if (!constraints?.ca) findings.push(invalid('CA_CONSTRAINTS', `certificate ${i} of the path is no CA`));
    else if (constraints.pathLength !== null && casBelow(path, i) > constraints.pathLength)
      findings.push(invalid('CA_CONSTRAINTS', `path longer than certificate ${i} allows`));
  }
  return findings;
}

function casBelow(path: readonly Certificate[], position: number): number {
  return path.slice(1, position).filter((certificate) => !isSelfIssued(certificate)).length;
}

import { sameName } from '../der/name.ts';
import { invalid, type Finding } from '../finding.ts';
import type { JudgedPath } from '../path/judge-path.ts';

/** RFC 5280 §6.1.3 (a)(4): the issuer of each certificate is the subject of the next. */
export function namesChain({ path }: JudgedPath): Finding[] {
  const holds = path
    .slice(1)
    .every((issuer, i) => sameName(issuer.subject, path[i]?.issuer ?? new Uint8Array()));
  return holds ? [] : [invalid('CERTIFICATE_SIGNATURE_INVALID', 'names do not chain')];
}

import type { Certificate } from '../der/certificate.ts';
import { invalid, undetermined, type Finding } from '../finding.ts';
import type { JudgedPath } from '../path/judge-path.ts';

/**
 * RFC 5280 §6.1.3 (a)(2): notBefore ≤ judged time ≤ notAfter. A certificate that ended since the claimed signing time leaves the
 * question open (ETSI EN 319 102-1 §5.5.4, OUT_OF_BOUNDS_NO_POE): the signature may have been made in time, nothing proves it.
 */
export function datesHold({ path, at, claimedTime }: JudgedPath): Finding[] {
  return path.flatMap((certificate, i) => dateFinding(certificate, i === 0, at, claimedTime));
}

function dateFinding(
  { notBefore, notAfter }: Certificate,
  isSigner: boolean,
  at: string,
  claimedTime: string,
): Finding[] {
  if (at < notBefore)
    return [invalid(isSigner ? 'SIGNER_NOT_YET_VALID' : 'CA_EXPIRED', `valid from ${notBefore}`)];
  if (at <= notAfter) return [];
  const code = isSigner ? 'SIGNER_EXPIRED' : 'CA_EXPIRED';
  return [
    claimedTime > notAfter
      ? invalid(code, `until ${notAfter}`)
      : undetermined(code, `until ${notAfter}, no proof of time`),
  ];
}

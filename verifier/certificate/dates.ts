import { invalid, type Finding } from '../finding.ts';
import type { Content } from './content.ts';
import type { DocumentSigner } from './document-signers.ts';

/**
 * Whether the certificate runs at a time, and was made within its signer's dates (hcert-spec §3.3; formats §6). What makes it expire is
 * told last: a certificate that never was one is not called expired.
 */
export function datesHold(content: Content, signer: DocumentSigner, at: Date): Finding[] {
  const { iat, exp, issuedAt, expiresAt } = content;
  const now = at.getTime() / 1000;
  const findings: Finding[] = [];
  if (iat < signer.notBefore || exp > signer.notAfter) {
    const { notBefore, notAfter } = signer.certificate;
    findings.push(invalid('HC1_OUTSIDE_SIGNER_DATES', `the signer's: ${notBefore} to ${notAfter}`));
  }
  if (now < iat) findings.push(invalid('HC1_NOT_YET_VALID', `from ${issuedAt}`));
  if (now > exp) findings.push(invalid('HC1_EXPIRED', `until ${expiresAt}`));
  return findings;
}

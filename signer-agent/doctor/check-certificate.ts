import { fromBase64 } from '#core/bytes';
import { Refusal } from '#core/refusal';
import type { Enrolment } from '../config.ts';
import { chooseAlgorithm, ensureMaySign, readSignerCertificate } from '../token/signer-certificate.ts';
import type { TokenState } from '../token/token.ts';
import { checkLink } from './check-link.ts';
import type { LinkReport, WarningCode } from './report.ts';

const DAY_MS = 86_400_000;
const WARNINGS: readonly [days: number, code: WarningCode][] = [
  [1, 'EXPIRES_1'],
  [7, 'EXPIRES_7'],
  [14, 'EXPIRES_14'],
  [30, 'EXPIRES_30'],
];

/** The enrolled certificate lies on the token, as far as that shows, may sign now, and will for a while. */
export async function checkCertificate(
  enrolment: Enrolment,
  token: TokenState,
  now: Date,
): Promise<LinkReport> {
  return checkLink('certificate', () => {
    const signer = readSignerCertificate(fromBase64(enrolment.signerCertificate) ?? new Uint8Array(0));
    const onToken = token.certificates.map((der) => readSignerCertificate(der).sha256);
    if (onToken.length > 0 && !onToken.includes(enrolment.signerCertificateSha256))
      throw new Refusal('SIGNER_CERTIFICATE_ABSENT', {
        detail: 'the token holds others than the enrolled one',
      });
    ensureMaySign(signer, now);
    chooseAlgorithm(signer, token.algorithms, false);
    const until = signer.notAfter.toISOString().slice(0, 10).split('-').reverse().join('/');
    return {
      facts: [`${signer.subject}, cấp bởi ${signer.issuer}, đến ${until}, ${signer.keyType}`],
      warning: expiryWarning(signer.notAfter, now),
    };
  });
}

/** How soon it ends, in the steps in which the operators are told, too; null where there is time. */
export function expiryWarning(notAfter: Date, now: Date): WarningCode | null {
  const days = (notAfter.getTime() - now.getTime()) / DAY_MS;
  return WARNINGS.find(([limit]) => days <= limit)?.[1] ?? null;
}

import { Refusal, type RefusalCode } from '#core/refusal';
import {
  chooseAlgorithm,
  ensureMaySign,
  signerCertificates,
  type SignerCertificate,
} from './signer-certificate.ts';
import type { TokenState } from './token.ts';

export type CertificateChoice = {
  readonly certificate: SignerCertificate;
  /** why it cannot be signed with, or null */
  readonly unusable: RefusalCode | null;
};

/**
 * The signer certificates among which a person chooses, with what decides: unit, issuer, expiry, key, and whether it can be used.
 * @param pss RSASSA-PSS is asked for
 */
export function certificateChoices(
  { certificates, algorithms }: Pick<TokenState, 'certificates' | 'algorithms'>,
  at: Date,
  pss = false,
): CertificateChoice[] {
  return signerCertificates(certificates).map((certificate) => ({
    certificate,
    unusable: refusalCode(() => {
      ensureMaySign(certificate, at);
      chooseAlgorithm(certificate, algorithms, pss);
    }),
  }));
}

/** @returns the code of the refusal that a check ends in, or null */
export function refusalCode(check: () => void): RefusalCode | null {
  try {
    check();
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}

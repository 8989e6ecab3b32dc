import { Refusal } from '#core/refusal';
import { signerCertificates, type SignerCertificate } from './signer-certificate.ts';
import type { TokenAddress, TokenState } from './token.ts';

/** @throws Refusal TOKEN_ABSENT, TOKEN_AMBIGUOUS, or the reason why that token cannot be read */
export function findToken(tokens: readonly TokenState[], { serial, label }: TokenAddress): TokenState {
  const matching = tokens.filter(
    (token) =>
      !isNameless(token) &&
      (serial ?? token.serial) === token.serial &&
      (label ?? token.label) === token.label,
  );
  const [found, ...others] = matching;
  // the one that is asked for may be the one that cannot be read
  if (!found)
    throw new Refusal(tokens.find(isNameless)?.fault ?? 'TOKEN_ABSENT', {
      detail: serial ?? label ?? 'no token',
    });
  if (others.length > 0)
    throw new Refusal('TOKEN_AMBIGUOUS', { detail: matching.map((token) => token.serial).join(' ') });
  if (found.fault) throw new Refusal(found.fault, { detail: `token ${found.serial}` });
  return found;
}

/** A slot holds something that does not even tell its serial number. */
export function isNameless({ serial, fault }: TokenState): boolean {
  return fault !== undefined && serial === '';
}

/**
 * The one signer certificate among a token's certificates.
 * @param sha256 base64url of the one that is meant, where there are several
 * @throws Refusal SIGNER_CERTIFICATE_ABSENT, SIGNER_CERTIFICATE_AMBIGUOUS
 */
export function findSigner(certificates: readonly Uint8Array[], sha256?: string): SignerCertificate {
  const signers = signerCertificates(certificates).filter(
    (certificate) => (sha256 ?? certificate.sha256) === certificate.sha256,
  );
  const [found, ...others] = signers;
  if (!found) throw new Refusal('SIGNER_CERTIFICATE_ABSENT');
  if (others.length > 0)
    throw new Refusal('SIGNER_CERTIFICATE_AMBIGUOUS', {
      detail: signers.map((signer) => signer.sha256).join(' '),
    });
  return found;
}

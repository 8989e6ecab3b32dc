import { base64, base64url } from '#core/bytes';
import { inPeriod, type SignerRow } from '#core/sign/trust-list';
import type { Crypto } from '../crypto-port.ts';
import type { Certificate } from '../der/certificate.ts';
import type { Trust } from './trust.ts';

/**
 * The rows of the trust list that name a signer certificate, asked before it signs anything. Judges nothing: whether the issuer is the
 * row's, too, is known only from a path.
 * @param at an instant
 */
export function rowsNaming(trust: Trust, signer: Certificate, at: string, crypto: Crypto): SignerRow[] {
  const sha256 = base64url(crypto.sha256(signer.der));
  const subject = base64(signer.subject);
  return trust.list.signers.filter(
    (row) => (row.certificate === sha256 || row.subject === subject) && inPeriod(row, at),
  );
}

import { Refusal } from '#core/refusal';
import type { CertificateView } from '#core/wire/issuing';
import type { Caller } from '../../caller.ts';
import type { Service } from '../../service.ts';
import { findCertificate } from '../../store/certificates.ts';
import {
  revokeCertificate as insertRevocation,
  type RevocationReason,
} from '../../store/certificate-revocations.ts';
import { certificateView } from './show-certificates.ts';

/**
 * Takes a certificate back for good. One that was taken back before stays so, for the reason it had.
 * @throws Refusal CERTIFICATE_UNKNOWN where it was never issued
 */
export async function revokeCertificate(
  service: Service,
  caller: Caller,
  certificateId: string,
  reason: RevocationReason,
): Promise<CertificateView> {
  const found = await findCertificate(service.db, certificateId);
  if (!found?.kid) throw new Refusal('CERTIFICATE_UNKNOWN');
  await insertRevocation(service.db, found, reason, caller.keyId, service.clock());
  const revoked = await findCertificate(service.db, certificateId);
  if (!revoked) throw new Refusal('CERTIFICATE_UNKNOWN');
  return certificateView(service, caller, revoked);
}

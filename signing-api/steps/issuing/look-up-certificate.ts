import { deflateSync } from 'node:zlib';
import { encodeHc1 } from '#core/certificate/hc1';
import { instant } from '#core/dates';
import { Refusal } from '#core/refusal';
import type { Found, Lookup } from '#core/wire/certificates';
import type { Service } from '../../service.ts';
import { lookUpCertificate as find, type SealedCertificate } from '../../store/certificates.ts';
import { coseRowId, lookupIndex } from './secrets.ts';

/**
 * The certificate that a holder asks for. Code and birth date are looked up as one value, so that an unknown code, a wrong date and a
 * certificate that was taken back take the same way to the same answer.
 * @throws Refusal CERTIFICATE_UNKNOWN
 */
export async function heldCertificate(
  { sealer, db }: Service,
  { code, birthDate }: Lookup,
): Promise<SealedCertificate> {
  // of whom only the year is known, the year decides
  const dates = [birthDate, birthDate.slice(0, 4)];
  const found = await find(
    db,
    dates.map((date) => lookupIndex(sealer, code, date)),
  );
  if (!found) throw new Refusal('CERTIFICATE_UNKNOWN');
  return found;
}

/** Gives a holder the certificate as text. @throws Refusal CERTIFICATE_UNKNOWN */
export async function lookUpCertificate(service: Service, asked: Lookup): Promise<Found> {
  const found = await heldCertificate(service, asked);
  return {
    text: hc1Of(service, found),
    issuedAt: instant(found.issuedAt),
    expiresAt: instant(found.expires),
  };
}

/** The text of the QR. */
export function hc1Of(
  { sealer }: Pick<Service, 'sealer'>,
  { certificateId, sealedCose }: { readonly certificateId: string; readonly sealedCose: Buffer },
): string {
  return encodeHc1(sealer.open(sealedCose, coseRowId(certificateId)), (bytes) =>
    deflateSync(bytes, { level: 9 }),
  );
}

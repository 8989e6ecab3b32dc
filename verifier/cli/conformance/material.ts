import { isRefusal } from '#core/refusal';
import { readCertificate, type Certificate } from '../../der/certificate.ts';
import { readCrl } from '../../der/crl.ts';
import { readOcspResponse } from '../../der/ocsp.ts';
import type { RevocationData } from '../../revocation/check-revocation.ts';
import { NO_ANSWERS } from '../../revocation/check-revocation.ts';

/** What cannot be read among the material is as if it were not there: it can help nobody. */
function readable<T>(ders: readonly Uint8Array[], read: (der: Uint8Array) => T): T[] {
  return ders.flatMap((der) => {
    try {
      return [read(der)];
    } catch (error) {
      if (isRefusal(error)) return [];
      throw error;
    }
  });
}

export function certificatesIn(ders: readonly Uint8Array[]): Certificate[] {
  return readable(ders, readCertificate);
}

export function answersIn(crls: readonly Uint8Array[], ocsp: readonly Uint8Array[]): RevocationData {
  const handedIn = { crls: readable(crls, readCrl), ocsp: readable(ocsp, readOcspResponse) };
  return { embedded: NO_ANSWERS, handedIn };
}

/** CRLs or answers that cannot be read were given all the same: without this, spoiling one would be as good as leaving it out. */
export function revocationOf<R extends string>(
  asked: R,
  crls: readonly Uint8Array[],
  ocsp: readonly Uint8Array[],
): R | 'require' {
  return asked === 'if-given' && crls.length + ocsp.length > 0 ? 'require' : asked;
}

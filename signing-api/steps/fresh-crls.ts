import { isRefusal } from '#core/refusal';
import { readCrl, type Crl } from '#verifier/der/crl';
import type { Service } from '../service.ts';

const parsed = new WeakMap<Uint8Array, Crl | null>();

/** The CRLs of the revocation folder; one that cannot be read counts as not there, so that judging says REVOCATION_UNKNOWN. */
export async function freshCrls(service: Service): Promise<Crl[]> {
  return (await service.revocation.crls()).flatMap((der) => {
    let crl = parsed.get(der);
    if (crl === undefined) parsed.set(der, (crl = readable(der)));
    return crl ?? [];
  });
}

function readable(der: Uint8Array): Crl | null {
  try {
    return readCrl(der);
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

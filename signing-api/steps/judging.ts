import type { RefusalCode } from '#core/refusal';
import type { Judging, SignatureVerdict } from '#verifier/verify-signature';
import type { Service } from '../service.ts';
import type { MaterialPiece } from '../store/signatures.ts';
import { fetchedAnswers } from './fetched-answers.ts';
import { freshCrls } from './fresh-crls.ts';

/**
 * What every signature of the moment is judged with; ask once for those that are judged together, and outside of any transaction: it may
 * ask the network.
 * @param signatures CMS, DER
 */
export async function judgingNow(
  service: Service,
  signatures: readonly Uint8Array[],
): Promise<Omit<Judging, 'requireToken'>> {
  const extraCertificates = await service.revocation.certificates();
  const fetched = await fetchedAnswers(service, signatures, extraCertificates);
  const crls = [...(await freshCrls(service)), ...fetched.crls];
  // only now: what was fetched was issued after what was the time before
  const at = service.clock();
  return {
    extraCertificates,
    crls,
    ocsp: fetched.ocsp,
    trust: await service.trust.trust(at),
    at,
    crypto: service.crypto,
  };
}

/** Why a signature is not collected, or null where it is: judged at collection, "revoked since" means revoked. */
export function whyNotCollected({ verdict, reasons }: SignatureVerdict): RefusalCode | null {
  if (verdict === 'valid') return null;
  const [reason = 'SIGNATURE_INVALID'] = reasons;
  return reason === 'REVOKED_NO_POE' ? 'SIGNER_REVOKED' : reason;
}

/** What signatures were judged with, each once. */
export function materialOf(service: Service, verdicts: readonly SignatureVerdict[]): MaterialPiece[] {
  const byDigest = new Map<string, MaterialPiece>();
  const add = (kind: MaterialPiece['kind'], ders: readonly Uint8Array[]) => {
    // the same object comes with every item, and a CRL of megabytes is digested once
    for (const der of new Set(ders)) {
      const sha256 = Buffer.from(service.crypto.sha256(der));
      byDigest.set(sha256.toString('hex'), { sha256, kind, der });
    }
  };
  const all = (of: keyof SignatureVerdict['used']) => verdicts.flatMap(({ used }) => used[of]);
  add('certificate', all('certificates'));
  add('crl', all('crls'));
  add('ocsp', all('ocsp'));
  return [...byDigest.values()];
}

import type { RefusalCode } from '#core/refusal';
import type { Judging, SignatureVerdict } from '#verifier/verify-signature';
import type { Service } from '../service.ts';
import type { MaterialPiece } from '../store/signatures.ts';
import { freshCrls } from './fresh-crls.ts';

/** What every signature of the moment is judged with; ask once for those that are judged together. */
export async function judgingNow(service: Service): Promise<Omit<Judging, 'requireToken'>> {
  const at = service.clock();
  return {
    extraCertificates: await service.revocation.certificates(),
    crls: await freshCrls(service),
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
  const pieces = (kind: MaterialPiece['kind'], ders: readonly Uint8Array[]): MaterialPiece[] =>
    [...new Set(ders)].map((der) => ({ sha256: Buffer.from(service.crypto.sha256(der)), kind, der }));
  return [
    ...pieces(
      'certificate',
      verdicts.flatMap(({ used }) => used.certificates),
    ),
    ...pieces(
      'crl',
      verdicts.flatMap(({ used }) => used.crls),
    ),
  ];
}

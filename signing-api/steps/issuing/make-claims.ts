import { randomBytes } from 'node:crypto';
import { base64url } from '#core/bytes';
import { claimsOf, encodeClaims } from '#core/certificate/claims';
import { makeUvci, revocationHash } from '#core/certificate/uvci';
import type { RecordLeaf } from '#core/record/record';
import type { Service } from '../../service.ts';
import type { NewClaims } from '../../store/certificate-jobs.ts';
import type { IssuingKey } from './choose-key.ts';

/** When certificates made together begin and end, in whole seconds. */
export type Term = { readonly issuedAt: number; readonly expiresAt: number };

/**
 * Fixes what a certificate is to say, under an identifier of 128 random bits.
 * @throws Refusal CODES_INCONSISTENT, CLAIMS_*: this record version cannot be issued
 */
export function makeClaims(
  { crypto, sealer }: Pick<Service, 'crypto' | 'sealer'>,
  { district, certificateId }: { readonly district: string; readonly certificateId: string },
  record: RecordLeaf,
  key: IssuingKey,
  { issuedAt, expiresAt }: Term,
): NewClaims & { readonly bytes: Uint8Array } {
  const identifier = makeUvci(randomBytes(16));
  const bytes = encodeClaims(claimsOf(record, { identifier, issuedAt, expiresAt }));
  const claimsSha256 = crypto.sha256(bytes);
  return {
    district,
    certificateId,
    bytes,
    kid: Buffer.from(key.kid, 'base64url'),
    claimsSha256,
    sealedClaims: sealer.seal(bytes, claimsRowId(certificateId, claimsSha256)),
    uvciHash: revocationHash(crypto.sha256, identifier),
    issuedAt: new Date(issuedAt * 1000),
    expires: new Date(expiresAt * 1000),
  };
}

/** The associated data of sealed claims. */
export function claimsRowId(certificateId: string, claimsSha256: Uint8Array): string {
  return `claims/${certificateId}/${base64url(claimsSha256)}`;
}

import { createHash } from 'node:crypto';
import { base64url } from '#core/bytes';
import { instant } from '#core/dates';
import { ES256, protectedHeader, PS256, type CoseAlgorithm } from '#core/certificate/cose';
import { Refusal } from '#core/refusal';
import { groupsOf } from '#verifier/certificate/purposes';
import { readCertificate, type Certificate } from '#verifier/der/certificate';
import type { SignatureAlgorithm } from '../token/token.ts';

/** A document signer as the worker uses it. Times are instants. */
export type IssuingKey = {
  /** base64url of the first 8 bytes of SHA-256 of the certificate */
  readonly kid: string;
  /** DER */
  readonly certificate: Uint8Array;
  /** DER SubjectPublicKeyInfo */
  readonly spki: Uint8Array;
  readonly algorithm: SignatureAlgorithm;
  /** COSE's protected header, the same in every certificate of this key */
  readonly protectedBytes: Uint8Array;
  readonly from: string;
  readonly to: string;
};

/** The list of document signers may give a key less time than its certificate does. */
export type Period = { readonly from: string; readonly to?: string | undefined };

const DIGITAL_SIGNATURE = 0x1;
const MIN_RSA_BITS = 2048;

/**
 * @param der of the document signer's certificate
 * @throws Refusal DOCUMENT_SIGNER_USAGE, SIGNER_NOT_YET_VALID, SIGNER_EXPIRED, SIGNER_ALGORITHM, CERTIFICATE_MALFORMED
 */
export function issuingKey(der: Uint8Array, at: Date, period: Period | null = null): IssuingKey {
  const certificate = readCertificate(der);
  const sha256 = createHash('sha256').update(der).digest();
  const kid = sha256.subarray(0, 8);
  const from = laterOf(certificate.notBefore, period?.from);
  const to = earlierOf(certificate.notAfter, period?.to);
  const detail = base64url(kid);
  const now = instant(at);
  if (!maySignVaccinations(certificate)) throw new Refusal('DOCUMENT_SIGNER_USAGE', { detail });
  if (now < from) throw new Refusal('SIGNER_NOT_YET_VALID', { detail });
  if (now >= to) throw new Refusal('SIGNER_EXPIRED', { detail });
  const { cose, algorithm } = algorithmsOf(certificate);
  return {
    kid: base64url(kid),
    certificate: der,
    spki: certificate.spki,
    algorithm,
    protectedBytes: protectedHeader(cose, kid),
    from,
    to,
  };
}

function maySignVaccinations(certificate: Certificate): boolean {
  const { keyUsage, basicConstraints } = certificate;
  if (basicConstraints?.ca === true) return false;
  if (keyUsage !== null && (keyUsage & DIGITAL_SIGNATURE) === 0) return false;
  return groupsOf(certificate).has('v');
}

function algorithmsOf({ publicKey }: Certificate): { cose: CoseAlgorithm; algorithm: SignatureAlgorithm } {
  if (publicKey.type === 'EC' && publicKey.curve === 'P256')
    return { cose: ES256, algorithm: 'ECDSA-P256-SHA256' };
  if (publicKey.type === 'RSA' && publicKey.bits >= MIN_RSA_BITS)
    return { cose: PS256, algorithm: 'RSA-PSS-SHA256' };
  throw new Refusal('SIGNER_ALGORITHM', { detail: publicKey.type });
}

function laterOf(a: string, b: string | undefined): string {
  return b !== undefined && b > a ? b : a;
}

function earlierOf(a: string, b: string | undefined): string {
  return b !== undefined && b < a ? b : a;
}

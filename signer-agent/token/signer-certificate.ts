import { createHash, X509Certificate } from 'node:crypto';
import { fromBER, type BitString } from 'asn1js';
import { Certificate } from 'pkijs';
import { base64url } from '#core/bytes';
import { Refusal } from '#core/refusal';
import type { SignatureAlgorithm } from './token.ts';

const MIN_RSA_BITS = 2048;

/** What the agent reads of an X.509 certificate that lies on a token. Trust is the verifier's matter, not decided here. */
export type SignerCertificate = {
  readonly der: Uint8Array;
  /** base64url */
  readonly sha256: string;
  readonly subject: string;
  /** as the certificate names it: common name, and organization where that is another */
  readonly unit: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** "RSA-2048", "P-256", … */
  readonly keyType: string;
  readonly ca: boolean;
  readonly x509: X509Certificate;
};

/** @throws Refusal CERTIFICATE_MALFORMED */
export function readSignerCertificate(der: Uint8Array): SignerCertificate {
  try {
    const x509 = new X509Certificate(der);
    return {
      der,
      sha256: base64url(createHash('sha256').update(der).digest()),
      subject: commonName(x509.subject),
      unit: unitOf(x509.subject),
      issuer: commonName(x509.issuer),
      notBefore: new Date(x509.validFrom),
      notAfter: new Date(x509.validTo),
      keyType: keyTypeOf(x509),
      ca: x509.ca,
      x509,
    };
  } catch (cause) {
    throw new Refusal('CERTIFICATE_MALFORMED', { cause });
  }
}

/** Those that are not a CA's; unreadable ones are left out. */
export function signerCertificates(ders: readonly Uint8Array[]): SignerCertificate[] {
  return ders.flatMap((der) => {
    try {
      const certificate = readSignerCertificate(der);
      return certificate.ca ? [] : [certificate];
    } catch {
      return [];
    }
  });
}

/**
 * Whether a certificate may be signed with, checked before the token is asked.
 * @throws Refusal SIGNER_NOT_YET_VALID, SIGNER_EXPIRED, SIGNER_KEY_USAGE, SIGNER_ALGORITHM
 */
export function ensureMaySign(certificate: SignerCertificate, at: Date): void {
  if (at < certificate.notBefore) throw new Refusal('SIGNER_NOT_YET_VALID');
  if (at > certificate.notAfter) throw new Refusal('SIGNER_EXPIRED');
  if (!mayMakeSignatures(certificate.der)) throw new Refusal('SIGNER_KEY_USAGE');
  const rsaBits = /^RSA-(\d+)$/.exec(certificate.keyType)?.[1];
  if (rsaBits !== undefined && Number(rsaBits) < MIN_RSA_BITS)
    throw new Refusal('SIGNER_ALGORITHM', { detail: certificate.keyType });
  algorithmsOf(certificate);
}

/**
 * The algorithms that a key of this kind can be used with, first choice first.
 * @throws Refusal SIGNER_ALGORITHM: neither RSA nor P-256 nor P-384
 */
function algorithmsOf({ keyType }: Pick<SignerCertificate, 'keyType'>): readonly SignatureAlgorithm[] {
  if (keyType === 'P-256') return ['ECDSA-P256-SHA256'];
  if (keyType === 'P-384') return ['ECDSA-P384-SHA384'];
  if (keyType.startsWith('RSA-')) return ['RSA-PKCS1-SHA256', 'RSA-PSS-SHA256'];
  throw new Refusal('SIGNER_ALGORITHM', { detail: keyType });
}

/**
 * @param offered the token's
 * @param pss RSASSA-PSS is asked for
 * @throws Refusal TOKEN_MECHANISM_MISSING, SIGNER_ALGORITHM
 */
export function chooseAlgorithm(
  certificate: Pick<SignerCertificate, 'keyType'>,
  offered: readonly SignatureAlgorithm[],
  pss: boolean,
): SignatureAlgorithm {
  const possible = algorithmsOf(certificate);
  const wanted = pss ? possible.filter((algorithm) => algorithm === 'RSA-PSS-SHA256') : possible;
  const chosen = wanted.find((algorithm) => offered.includes(algorithm));
  if (!chosen)
    throw new Refusal('TOKEN_MECHANISM_MISSING', { detail: wanted.join(' ') || 'RSASSA-PSS with an EC key' });
  return chosen;
}

/** keyUsage present, with digitalSignature or nonRepudiation (RFC 5280 §4.2.1.3). */
function mayMakeSignatures(der: Uint8Array): boolean {
  const { extensions } = Certificate.fromBER(new Uint8Array(der).buffer);
  const usage = extensions?.find(({ extnID }) => extnID === '2.5.29.15');
  if (!usage) return false;
  const bits = fromBER(usage.extnValue.valueBlock.valueHexView).result as BitString;
  return ((bits.valueBlock.valueHexView[0] ?? 0) & 0xc0) !== 0;
}

function commonName(name: string): string {
  return part(name, 'CN') ?? name.replace(/\n/g, ', ');
}

function unitOf(name: string): string {
  const names = [commonName(name), part(name, 'O')].filter((one) => one !== undefined);
  return [...new Set(names)].join(', ');
}

/** @param name one `TYPE=value` a line, as node:crypto writes it */
function part(name: string, type: string): string | undefined {
  return new RegExp(`(?:^|\\n)${type}=([^\\n]*)`).exec(name)?.[1];
}

function keyTypeOf({ publicKey }: X509Certificate): string {
  const { asymmetricKeyType, asymmetricKeyDetails } = publicKey;
  if (asymmetricKeyType === 'rsa') return `RSA-${asymmetricKeyDetails?.modulusLength ?? 0}`;
  const curve = asymmetricKeyDetails?.namedCurve;
  return curve === 'prime256v1'
    ? 'P-256'
    : curve === 'secp384r1'
      ? 'P-384'
      : (curve ?? asymmetricKeyType ?? 'unknown');
}

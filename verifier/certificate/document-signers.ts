import { base64url } from '#core/bytes';
import type { Crypto } from '../crypto-port.ts';
import { readCertificate, type Certificate } from '../der/certificate.ts';
import type { Finding } from '../finding.ts';
import { groupsOf } from './purposes.ts';
import type { Group } from './content.ts';

/** When the certificates of a signer count (from ≤ iat < to), and for which country it may speak; null for any. */
export type SignerRow = {
  readonly country: string | null;
  readonly from: string;
  readonly to?: string | undefined;
};

export type DocumentSigner = {
  readonly certificate: Certificate;
  /** its dates, seconds since 1970 */
  readonly notBefore: number;
  readonly notAfter: number;
  /** base64url SHA-256 of the certificate */
  readonly sha256: string;
  /** what it may sign */
  readonly groups: ReadonlySet<Group>;
  readonly rows: readonly SignerRow[];
};

/** By kid (base64url); several may share one, and each is tried (hcert-spec §3.3.2). */
export type SignersByKid = ReadonlyMap<string, readonly DocumentSigner[]>;

/** Document signers as far as they may be believed, whatever the time: what a verifier keeps and asks again and again. */
export type DocumentSignersReading = {
  /** null where the list may not be believed at all */
  readonly byKid: SignersByKid | null;
  readonly findings: readonly Finding[];
  /** null where no list was read: the caller named the signers himself */
  readonly list: {
    readonly sequence: number;
    readonly issuedAt: string;
    readonly nextUpdate: string;
  } | null;
};

const KID_BYTES = 8;

/** @throws Refusal CERTIFICATE_MALFORMED */
export function documentSigner(der: Uint8Array, rows: readonly SignerRow[], crypto: Crypto): DocumentSigner {
  // over bytes of our own: a certificate is views into what it was read from
  const certificate = readCertificate(new Uint8Array(der));
  return {
    certificate,
    notBefore: Date.parse(certificate.notBefore) / 1000,
    notAfter: Date.parse(certificate.notAfter) / 1000,
    sha256: base64url(crypto.sha256(der)),
    groups: groupsOf(certificate),
    rows,
  };
}

/** @param signers of distinct certificates */
export function byKid(signers: readonly DocumentSigner[], crypto: Crypto): SignersByKid {
  const found = new Map<string, DocumentSigner[]>();
  for (const signer of signers) {
    const kid = base64url(crypto.sha256(signer.certificate.der).subarray(0, KID_BYTES));
    found.set(kid, [...(found.get(kid) ?? []), signer]);
  }
  return found;
}

/**
 * Certificates that the caller trusts by himself, for any country and as long as they run: for vectors and for lists of others.
 * @throws Refusal CERTIFICATE_MALFORMED
 */
export function trustedSigners(certificates: readonly Uint8Array[], crypto: Crypto): DocumentSignersReading {
  const distinct = new Map(certificates.map((der) => [base64url(crypto.sha256(der)), der]));
  const anyTime = [{ country: null, from: '0000-01-01T00:00:00Z' }];
  const signers = [...distinct.values()].map((der) => documentSigner(der, anyTime, crypto));
  return { byKid: byKid(signers, crypto), findings: [], list: null };
}

/** Where no list may be asked, and why; nothing to say where the trust list says it. */
export function noSigners(...findings: readonly Finding[]): DocumentSignersReading {
  return { byKid: null, findings, list: null };
}

import { COUNTRY } from '#core/certificate/hcert';
import { ES256, PS256, type CoseAlgorithm } from '#core/certificate/cose';
import { Refusal } from '#core/refusal';
import type { DocumentSigner, SignersByKid } from '#verifier/certificate/document-signers';

/** A row of the table of keys by date and type: one document signer of ours, and from when to when it may make certificates. */
export type IssuingKey = {
  /** base64url */
  readonly kid: string;
  readonly alg: CoseAlgorithm;
  /** instants, the last excluded: when it may make certificates, by its own dates and the list's */
  readonly from: string;
  readonly to: string;
  /** until when certificates of it may run: to the end of its own certificate, whatever the list says */
  readonly notAfter: string;
  readonly signer: DocumentSigner;
};

/** The keys that may make vaccination certificates of this country, at whatever time; the newest first. */
export function issuingKeys(byKid: SignersByKid): IssuingKey[] {
  return [...byKid]
    .flatMap(([kid, signers]) => signers.flatMap((signer) => keysOf(kid, signer)))
    .sort((a, b) => (a.from === b.from ? (a.kid < b.kid ? -1 : 1) : a.from < b.from ? 1 : -1));
}

function keysOf(kid: string, signer: DocumentSigner): IssuingKey[] {
  const { certificate, groups, rows } = signer;
  const alg = algorithmOf(signer);
  if (alg === null || !groups.has('v')) return [];
  return rows
    .filter(({ country }) => country === COUNTRY)
    .map((row) => ({
      kid,
      alg,
      signer,
      from: row.from > certificate.notBefore ? row.from : certificate.notBefore,
      to: row.to !== undefined && row.to < certificate.notAfter ? row.to : certificate.notAfter,
      notAfter: certificate.notAfter,
    }));
}

function algorithmOf({ certificate: { publicKey } }: DocumentSigner): CoseAlgorithm | null {
  if (publicKey.type === 'EC') return publicKey.curve === 'P256' ? ES256 : null;
  return publicKey.type === 'RSA' ? PS256 : null;
}

/** Whether the key may sign what is made then and runs out then. Verifiers judge the list's row by the day of issue (formats §6). */
export function covers(key: IssuingKey, issuedAt: string, expiresAt: string): boolean {
  return maySign(key, issuedAt) && expiresAt <= key.notAfter;
}

export function maySign({ from, to }: IssuingKey, at: string): boolean {
  return from <= at && at < to;
}

/**
 * Of the keys that a worker has, the newest that covers a certificate of full length; null where only keys of others do.
 * @throws Refusal CERTIFICATE_KEY_NONE where no key does: the validity is never shortened
 */
export function chooseKey(
  keys: readonly IssuingKey[],
  kids: readonly string[],
  issuedAt: string,
  expiresAt: string,
): IssuingKey | null {
  const fit = keys.filter((key) => covers(key, issuedAt, expiresAt));
  if (fit.length === 0) throw new Refusal('CERTIFICATE_KEY_NONE', { detail: `to sign until ${expiresAt}` });
  return fit.find(({ kid }) => kids.includes(kid)) ?? null;
}

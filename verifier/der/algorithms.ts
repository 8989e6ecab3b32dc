import { base64, hex } from '#core/bytes';
import type { Hash, VerifyAlgorithm } from '../crypto-port.ts';
import type { PublicKey } from './public-key.ts';

/**
 * AlgorithmIdentifiers, compared as whole encodings: what is not listed here byte for byte is not known. Parameters are NULL for RSA
 * PKCS#1 v1.5 (RFC 4055 §5), absent for ECDSA (RFC 5758 §3.2) and for digests (RFC 5754 §2), explicit for PSS (RFC 4055 §3.1).
 */
const OID = {
  sha256: '0609608648016503040201',
  sha384: '0609608648016503040202',
  sha512: '0609608648016503040203',
  rsassaPss: '06092a864886f70d01010a',
  mgf1: '06092a864886f70d010108',
  rsaEncryption: '06092a864886f70d010101',
  sha256WithRsa: '06092a864886f70d01010b',
  sha384WithRsa: '06092a864886f70d01010c',
  sha512WithRsa: '06092a864886f70d01010d',
  ecdsaWithSha256: '06082a8648ce3d040302',
  ecdsaWithSha384: '06082a8648ce3d040303',
  ecdsaWithSha512: '06082a8648ce3d040304',
} as const;
const NULL = '0500';

function sequence(...parts: string[]): string {
  const content = parts.join('');
  return '30' + (content.length / 2).toString(16).padStart(2, '0') + content;
}

/** RSASSA-PSS with one hash for message and MGF1, and a salt as long (RFC 4055 §3.1). */
function pss(hash: string, saltBytes: number): string {
  const id = sequence(hash, NULL);
  const salt = '0201' + saltBytes.toString(16).padStart(2, '0');
  const parameters = sequence(explicit(0, id), explicit(1, sequence(OID.mgf1, id)), explicit(2, salt));
  return sequence(OID.rsassaPss, parameters);
}

function explicit(number: number, content: string): string {
  return `a${number}` + (content.length / 2).toString(16).padStart(2, '0') + content;
}

/** SHA-256, MGF1 with SHA-256, salt 32; the hash's own parameters are NULL as OpenSSL and the CA/Browser Forum (BR 7.1.3.2) write them. */
const PSS_SHA256 =
  '304106092a864886f70d01010a3034a00f300d06096086480165030402010500' +
  'a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120';

/** The same with absent hash parameters (RFC 4055 §2.1 has both): certificates in the field carry either. */
const PSS_SHA256_ABSENT =
  '303d06092a864886f70d01010a3030a00d300b0609608648016503040201' +
  'a11a301806092a864886f70d010108300b0609608648016503040201a203020120';

const PSS_SHA256_BYTES = Uint8Array.from({ length: PSS_SHA256.length / 2 }, (_, i) =>
  parseInt(PSS_SHA256.slice(2 * i, 2 * i + 2), 16),
);

export const ALGORITHM_ID = {
  sha256: sequence(OID.sha256),
  sha384: sequence(OID.sha384),
  sha512: sequence(OID.sha512),
  rsaEncryption: sequence(OID.rsaEncryption, NULL),
  pssSha256: PSS_SHA256,
  ecdsaWithSha256: sequence(OID.ecdsaWithSha256),
  ecdsaWithSha384: sequence(OID.ecdsaWithSha384),
} as const;

/** What X.509 certificates, CRLs and OCSP answers may be signed with, by the hex of the AlgorithmIdentifier. SHA-1 and MD5 are not here. */
const rsaAlgorithms: ReadonlyMap<string, VerifyAlgorithm> = new Map([
  [sequence(OID.sha256WithRsa, NULL), 'RSA-PKCS1-SHA256'],
  [sequence(OID.sha384WithRsa, NULL), 'RSA-PKCS1-SHA384'],
  [sequence(OID.sha512WithRsa, NULL), 'RSA-PKCS1-SHA512'],
  [PSS_SHA256, 'RSA-PSS-SHA256'],
  [PSS_SHA256_ABSENT, 'RSA-PSS-SHA256'],
  [pss(OID.sha384, 48), 'RSA-PSS-SHA384'],
  [pss(OID.sha512, 64), 'RSA-PSS-SHA512'],
]);

/** With ECDSA the curve is the key's matter. */
const ecdsaHashes: ReadonlyMap<string, Hash> = new Map([
  [ALGORITHM_ID.ecdsaWithSha256, 'SHA256'],
  [ALGORITHM_ID.ecdsaWithSha384, 'SHA384'],
  [sequence(OID.ecdsaWithSha512), 'SHA512'],
]);

/** RFC 8410 §3: the same identifier for key and signature */
const ED25519 = sequence('06032b6570');

/** Past this a check costs more than a signature is worth. */
export const MAX_RSA_BITS = 8192;

/** @returns the algorithm of a certificate's or CRL's signature, or null where it is not known or its issuer's key does not fit it */
export function signatureAlgorithm(algorithmId: Uint8Array, issuerKey: PublicKey): VerifyAlgorithm | null {
  const id = hex(algorithmId);
  if (issuerKey.type === 'RSA') return issuerKey.bits > MAX_RSA_BITS ? null : (rsaAlgorithms.get(id) ?? null);
  if (issuerKey.type === 'Ed25519') return id === ED25519 ? 'ED25519' : null;
  const hash = ecdsaHashes.get(id);
  return issuerKey.type === 'EC' && hash !== undefined ? `ECDSA-${issuerKey.curve}-${hash}` : null;
}

const digestHashes: ReadonlyMap<string, Hash> = new Map(
  (['SHA256', 'SHA384', 'SHA512'] as const).flatMap((hash) => {
    const oid = OID[hash.toLowerCase() as Lowercase<Hash>];
    return [
      [sequence(oid), hash],
      [sequence(oid, NULL), hash],
    ] as const;
  }),
);

/**
 * How a CMS signer signed, where other software wrote the identifiers: digest parameters absent or NULL, and for RSA the plain
 * `rsaEncryption` with the digest's hash or the combined identifier, which then must name the same hash.
 */
export function cmsAlgorithm(
  digestId: Uint8Array,
  signatureId: Uint8Array,
  key: PublicKey,
): { readonly algorithm: VerifyAlgorithm; readonly hash: Hash } | null {
  const hash = digestHashes.get(hex(digestId));
  if (hash === undefined) return null;
  const isPlainRsa = key.type === 'RSA' && hex(signatureId) === ALGORITHM_ID.rsaEncryption;
  const algorithm = isPlainRsa ? (`RSA-PKCS1-${hash}` as const) : signatureAlgorithm(signatureId, key);
  return algorithm?.endsWith(hash) ? { algorithm, hash } : null;
}

export function fits(algorithm: VerifyAlgorithm, key: PublicKey): boolean {
  if (algorithm.startsWith('RSA-')) return key.type === 'RSA';
  if (algorithm === 'ED25519') return key.type === 'Ed25519';
  return key.type === 'EC' && algorithm.startsWith(`ECDSA-${key.curve}-`);
}

/** RSASSA-PSS with SHA-256 is written in two ways that mean the same: this is the one that evidence has (RFC 4055 §2.1). */
export function pssSpelling(algorithmId: Uint8Array): Uint8Array {
  return hex(algorithmId) === PSS_SHA256_ABSENT ? PSS_SHA256_BYTES : algorithmId;
}

/** For messages. */
export function algorithmName(algorithmId: Uint8Array): string {
  return rsaAlgorithms.get(hex(algorithmId)) ?? ecdsaHashes.get(hex(algorithmId)) ?? base64(algorithmId);
}

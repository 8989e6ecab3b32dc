import type { Sha256 } from '#core/tree/hash';

/** Signature algorithms a verifier may be asked for; hash and key form are part of the name. */
export type VerifyAlgorithm = `RSA-${'PKCS1' | 'PSS'}-${Hash}` | `ECDSA-${Curve}-${Hash}` | 'ED25519';
export type Hash = 'SHA256' | 'SHA384' | 'SHA512';
export type Curve = 'P256' | 'P384' | 'P521';

/** All cryptography the verifier needs, handed in: Node's adapter is crypto-node.ts, a browser has its own. */
export type Crypto = {
  readonly sha256: Sha256;
  readonly sha384: (data: Uint8Array) => Uint8Array;
  readonly sha512: (data: Uint8Array) => Uint8Array;
  /** For identifiers that standards define with it (OCSP CertID); never for a signature. */
  readonly sha1: (data: Uint8Array) => Uint8Array;
  /**
   * The key must be of exactly the type and curve that the algorithm names; RSA-PSS means MGF1 with the same hash and a salt as long
   * as the hash.
   * @param publicKey DER SubjectPublicKeyInfo
   * @param signature as X.509 and CMS carry it: ECDSA as DER SEQUENCE of r and s
   * @returns false for anything that is not a good signature, an unusable key included; never throws
   */
  readonly verify: (
    algorithm: VerifyAlgorithm,
    publicKey: Uint8Array,
    message: Uint8Array,
    signature: Uint8Array,
  ) => Promise<boolean>;
  /** zlib inflate that stops past `max` bytes; throws where the input is not one whole zlib stream, or too large. */
  readonly inflate: (data: Uint8Array, max: number) => Uint8Array;
};

import { createPrivateKey, createPublicKey, generateKeyPair, sign, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { hashOf, type SignatureAlgorithm } from './signature-algorithm.ts';

export const KEY_KINDS = ['RSA-1024', 'RSA-2048', 'RSA-3072', 'RSA-4096', 'P-256'] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

/** A private key wherever it lives, a file or a token: it signs what certificates, requests and CRLs need signed. */
export type SigningKey = {
  /** DER SubjectPublicKeyInfo */
  readonly publicKey: Uint8Array;
  /** what it signs with unless asked otherwise */
  readonly algorithm: SignatureAlgorithm;
  /** @returns the signature as X.509 carries it: ECDSA as DER SEQUENCE of r and s */
  readonly sign: (bytes: Uint8Array, algorithm?: SignatureAlgorithm) => Uint8Array;
};

const generate = promisify(generateKeyPair);

/** A new key outside any token, for authorities and services of the test PKI. */
export async function newFileKey(kind: KeyKind): Promise<KeyObject> {
  if (kind === 'P-256') return (await generate('ec', { namedCurve: 'P-256' })).privateKey;
  return (await generate('rsa', { modulusLength: rsaBits(kind) })).privateKey;
}

export function fileKey(privateKey: KeyObject): SigningKey {
  const algorithm = privateKey.asymmetricKeyType === 'ec' ? 'ECDSA-SHA256' : 'RSA-SHA256';
  return {
    publicKey: createPublicKey(privateKey).export({ format: 'der', type: 'spki' }),
    algorithm,
    sign: (bytes, chosen = algorithm) => sign(hashOf(chosen), bytes, privateKey),
  };
}

export function rsaBits(kind: Exclude<KeyKind, 'P-256'>): number {
  return Number(kind.slice('RSA-'.length));
}

export function pemOf(privateKey: KeyObject): string {
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}

export function keyOf(pem: string): KeyObject {
  return createPrivateKey(pem);
}

import { createHash, randomBytes } from 'node:crypto';
import {
  bitsOf,
  bits,
  bytesOf,
  der,
  explicit,
  implicit,
  integer,
  members,
  octets,
  oid,
  positive,
  raw,
  sequence,
  time,
  truth,
  type Node,
} from './der.ts';
import { algorithmIdentifier, type SignatureAlgorithm } from './signature-algorithm.ts';
import type { SigningKey } from './signing-key.ts';

/** X.509 certificates in the profile of RFC 5280, §4. */

/** bit numbers of keyUsage (RFC 5280 §4.2.1.3) */
const usageBits = {
  digitalSignature: 0,
  nonRepudiation: 1,
  keyEncipherment: 2,
  keyCertSign: 5,
  cRLSign: 6,
} as const;
export type KeyUsage = keyof typeof usageBits;

export type CertificateOrder = {
  readonly issuer: { /** DER Name */ readonly name: Uint8Array; readonly key: SigningKey };
  /** DER Name */
  readonly subject: Uint8Array;
  /** DER SubjectPublicKeyInfo */
  readonly publicKey: Uint8Array;
  readonly from: Date;
  readonly to: Date;
  readonly keyUsage: readonly KeyUsage[];
  /** makes a CA certificate; without `pathLength` no limit is stated */
  readonly authority?: { readonly pathLength?: number };
  /** the issuer's usual algorithm unless a bad certificate is wanted */
  readonly algorithm?: SignatureAlgorithm;
  /** more extensions, as made by `extension` */
  readonly extensions?: readonly Node[];
};

/** @returns the certificate, DER, under a new random serial number */
export function issueCertificate(order: CertificateOrder): Uint8Array {
  const { issuer, algorithm = issuer.key.algorithm } = order;
  const toBeSigned = sequence(
    explicit(0, integer(2)),
    positive(newSerial()),
    algorithmIdentifier(algorithm),
    raw(issuer.name),
    sequence(time(order.from), time(order.to)),
    raw(order.subject),
    raw(order.publicKey),
    explicit(3, sequence(...profile(order), ...(order.extensions ?? []))),
  );
  return signed(toBeSigned, issuer.key, algorithm);
}

/** SEQUENCE { content, algorithm, signature }: the outer form of certificates, requests and CRLs. */
export function signed(
  content: Node,
  key: SigningKey,
  algorithm: SignatureAlgorithm = key.algorithm,
): Uint8Array {
  const signature = key.sign(der(content), algorithm);
  return der(sequence(content, algorithmIdentifier(algorithm), bits(signature)));
}

function profile({ issuer, subject, publicKey, keyUsage, authority }: CertificateOrder): Node[] {
  const selfIssued = Buffer.compare(issuer.name, subject) === 0;
  const pathLength = authority?.pathLength;
  const constraints = sequence(truth(true), ...(pathLength === undefined ? [] : [integer(pathLength)]));
  return [
    ...(authority ? [extension('2.5.29.19', true, constraints)] : []),
    extension('2.5.29.15', true, usage(keyUsage)),
    extension('2.5.29.14', false, octets(keyIdentifier(publicKey))),
    ...(selfIssued ? [] : [authorityKeyIdentifier(issuer.key.publicKey)]),
  ];
}

export function extension(id: string, critical: boolean, value: Node): Node {
  return sequence(oid(id), ...(critical ? [truth(true)] : []), octets(der(value)));
}

export function authorityKeyIdentifier(issuerPublicKey: Uint8Array): Node {
  return extension('2.5.29.35', false, sequence(implicit(0, keyIdentifier(issuerPublicKey))));
}

/** SHA-1 of the public key's bits (RFC 5280 §4.2.1.2, method 1); also the CKA_ID of keys in soft tokens. */
export function keyIdentifier(publicKey: Uint8Array): Uint8Array {
  return createHash('sha1')
    .update(bitsOf(members(raw(publicKey))[1]))
    .digest();
}

export type CertificateParts = {
  /** DER INTEGER */
  readonly serial: Uint8Array;
  /** DER Name */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** DER SubjectPublicKeyInfo */
  readonly publicKey: Uint8Array;
};

/** Takes a certificate of this PKI apart; a reader for what was made here, not a judge of certificates. */
export function certificateParts(certificate: Uint8Array): CertificateParts {
  const [, serial, , issuer, , subject, publicKey] = members(members(raw(certificate))[0]);
  return {
    serial: bytesOf(serial),
    issuer: bytesOf(issuer),
    subject: bytesOf(subject),
    publicKey: bytesOf(publicKey),
  };
}

/** 16 octets: random, positive, minimal. */
function newSerial(): Uint8Array {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return serial;
}

/** A named bit list without trailing zero bits (X.690 §11.2.2). */
function usage(names: readonly KeyUsage[]): Node {
  const numbers: readonly number[] = names.map((name) => usageBits[name]);
  const byte = numbers.reduce((sum, number) => sum | (0x80 >> number), 0);
  return bits(Uint8Array.of(byte), 7 - Math.max(...numbers));
}

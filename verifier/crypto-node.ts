import { constants, createHash, createPublicKey, hash, verify, type KeyObject } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import type { Sha256 } from '#core/tree/hash';
import type { Crypto, Curve, Hash, VerifyAlgorithm } from './crypto-port.ts';

/** node:crypto's SHA-256. One-shot into latin1 is 2.5 times as fast as createHash for the sizes of a tree (measured, Node 20). */
export const sha256: Sha256 = (data) => {
  const digest = Buffer.allocUnsafe(32);
  digest.write(hash('sha256', data, 'binary'), 0, 32, 'latin1');
  return digest;
};

type Scheme = {
  /** null: the algorithm has its own */
  readonly hash: string | null;
  readonly key: string;
  readonly padding?: number;
  readonly saltLength?: number;
};

const CURVES: Readonly<Record<Curve, string>> = { P256: 'prime256v1', P384: 'secp384r1', P521: 'secp521r1' };
const HASH_BYTES: Readonly<Record<Hash, number>> = { SHA256: 32, SHA384: 48, SHA512: 64 };

function schemeOf(algorithm: VerifyAlgorithm): Scheme {
  if (algorithm === 'ED25519') return { hash: null, key: 'ed25519' };
  const [family, form, hashName] = algorithm.split('-') as ['RSA' | 'ECDSA', 'PKCS1' | 'PSS' | Curve, Hash];
  const digest = hashName.toLowerCase();
  if (family === 'ECDSA') return { hash: digest, key: CURVES[form as Curve] };
  if (form === 'PKCS1') return { hash: digest, key: 'rsa', padding: constants.RSA_PKCS1_PADDING };
  return {
    hash: digest,
    key: 'rsa',
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: HASH_BYTES[hashName],
  };
}

const schemes = new Map<VerifyAlgorithm, Scheme>();

function scheme(algorithm: VerifyAlgorithm): Scheme {
  const known = schemes.get(algorithm) ?? schemeOf(algorithm);
  schemes.set(algorithm, known);
  return known;
}

/** Parsing a key costs several signature checks, and a verifier meets few keys. */
const MAX_KEYS = 512;
const MAX_KEY_BYTES = 4096;

type KnownKey = { readonly key: KeyObject; readonly form: string };
const keys = new Map<string, KnownKey>();

export const nodeCrypto: Crypto = {
  sha256,
  sha384: (data) => createHash('sha384').update(data).digest(),
  sha512: (data) => createHash('sha512').update(data).digest(),
  sha1: (data) => createHash('sha1').update(data).digest(),
  // eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous for browsers' sake
  verify: async (algorithm, publicKey, message, signature) => {
    try {
      return verifyNow(scheme(algorithm), publicKey, message, signature);
    } catch {
      return false;
    }
  },
  inflate: inflateNow,
};

/** What node's types leave out: with `info`, what came out and how much of the input went in. */
type Inflated = { readonly buffer: Uint8Array; readonly engine: { readonly bytesWritten: number } };

/** Of what it writes into: from Node's pool of small buffers, which costs less than the usual 16 KiB each. */
const CHUNK_BYTES = 2048;

function inflateNow(data: Uint8Array, max: number): Uint8Array {
  const how = { maxOutputLength: max, chunkSize: CHUNK_BYTES, info: true };
  const { buffer, engine } = inflateSync(data, how) as unknown as Inflated;
  // zlib stops at its stream's end and passes over what follows
  if (engine.bytesWritten !== data.length) throw new RangeError('bytes after the zlib stream');
  return buffer;
}

function verifyNow(
  { hash: digest, key: form, padding, saltLength }: Scheme,
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const known = keyOf(publicKey);
  if (known.form !== form) return false;
  const salt = saltLength === undefined ? {} : { saltLength };
  const how = padding === undefined ? { dsaEncoding: 'der' as const } : { padding, ...salt };
  return verify(digest, message, { key: known.key, ...how }, signature);
}

/** By the object that holds the bytes, as long as it holds the same: a certificate's signer is asked for thousands of times. */
const keysByObject = new WeakMap<Uint8Array, { readonly bytes: Uint8Array; readonly known: KnownKey }>();

function keyOf(publicKey: Uint8Array): KnownKey {
  const before = keysByObject.get(publicKey);
  if (before && Buffer.compare(before.bytes, publicKey) === 0) return before.known;
  const known = keyOfBytes(publicKey);
  keysByObject.set(publicKey, { bytes: new Uint8Array(publicKey), known });
  return known;
}

/** Least recently used keys leave first: a Map keeps the order of insertion. */
function keyOfBytes(publicKey: Uint8Array): KnownKey {
  if (publicKey.length > MAX_KEY_BYTES) throw new RangeError('public key too large');
  const name = Buffer.from(publicKey.buffer, publicKey.byteOffset, publicKey.length).toString('latin1');
  const known = keys.get(name) ?? readKey(publicKey);
  keys.delete(name);
  keys.set(name, known);
  if (keys.size > MAX_KEYS) keys.delete(keys.keys().next().value ?? '');
  return known;
}

function readKey(publicKey: Uint8Array): KnownKey {
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
  // an EC key is known by its curve, any other by its type: rsa-pss keys, which carry parameters of their own, are no "rsa"
  const form = key.asymmetricKeyType === 'ec' ? key.asymmetricKeyDetails?.namedCurve : key.asymmetricKeyType;
  return { key, form: form ?? 'unknown' };
}

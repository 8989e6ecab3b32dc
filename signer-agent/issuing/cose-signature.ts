import { Refusal } from '#core/refusal';
import { nodeCrypto } from '#verifier/crypto-node';
import type { IssuingKey } from './issuing-key.ts';

/** Length of a coordinate of P-256 */
const HALF = 32;

/**
 * Proves what came from a token and gives it COSE's form: ES256 as r‖s (RFC 9053 §2.1), PS256 as it is.
 * @param signature as the token layer gives it: ECDSA as DER SEQUENCE
 * @throws Refusal KEY_MISMATCH where it is not a signature of the certificate's key
 */
export async function provenSignature(
  { spki, algorithm, kid }: IssuingKey,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<Uint8Array> {
  if (!(await nodeCrypto.verify(algorithm, spki, message, signature)))
    throw new Refusal('KEY_MISMATCH', {
      detail: `a signature does not verify with the certificate of ${kid}`,
    });
  return algorithm.startsWith('ECDSA') ? pairOf(signature) : signature;
}

/** DER SEQUENCE of two INTEGERs → r‖s. The bytes were verified: their form is right. */
function pairOf(der: Uint8Array): Uint8Array {
  const pair = new Uint8Array(2 * HALF);
  const rEnd = putNumber(der, 2, pair, HALF);
  putNumber(der, rEnd, pair, 2 * HALF);
  return pair;
}

/** @returns where the next one begins */
function putNumber(der: Uint8Array, at: number, pair: Uint8Array, end: number): number {
  const length = der[at + 1] ?? 0;
  const number = der.subarray(at + 2, at + 2 + length);
  // a sign byte may stand before the number
  const unsigned = number.length > HALF ? number.subarray(1) : number;
  pair.set(unsigned, end - unsigned.length);
  return at + 2 + length;
}

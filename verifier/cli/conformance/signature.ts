import { z } from 'zod';
import type { VerifyAlgorithm } from '../../crypto-port.ts';
import { nodeCrypto } from '../../crypto-node.ts';
import { derOfPair } from '../../der/ecdsa-pair.ts';
import { holds, type Answer } from './answer.ts';
import { bytes, id } from './case-shapes.ts';

/** JOSE names (RFC 7518 §3.1, RFC 8037). */
const ALGORITHMS = {
  RS256: 'RSA-PKCS1-SHA256',
  RS384: 'RSA-PKCS1-SHA384',
  RS512: 'RSA-PKCS1-SHA512',
  PS256: 'RSA-PSS-SHA256',
  PS384: 'RSA-PSS-SHA384',
  PS512: 'RSA-PSS-SHA512',
  ES256: 'ECDSA-P256-SHA256',
  ES384: 'ECDSA-P384-SHA384',
  ES512: 'ECDSA-P521-SHA512',
  EdDSA: 'ED25519',
} as const satisfies Record<string, VerifyAlgorithm>;

const COORDINATE_BYTES: Readonly<Record<string, number>> = { ES256: 32, ES384: 48, ES512: 66 };

export const signatureCase = z.object({
  id,
  alg: z.enum(Object.keys(ALGORITHMS) as (keyof typeof ALGORITHMS)[]),
  encoding: z.enum(['der', 'p1363']).nullish(),
  /** SubjectPublicKeyInfo */
  key: bytes,
  message: bytes,
  signature: bytes,
});

export async function judgeSignatureCase(given: z.infer<typeof signatureCase>): Promise<Answer> {
  const { alg, key, message } = given;
  const size = COORDINATE_BYTES[alg];
  const isPair = size !== undefined && given.encoding === 'p1363';
  const signature = isPair ? derOfPair(given.signature, size) : given.signature;
  const isGood = signature !== null && (await nodeCrypto.verify(ALGORITHMS[alg], key, message, signature));
  return holds(isGood, 'SIGNATURE_INVALID');
}

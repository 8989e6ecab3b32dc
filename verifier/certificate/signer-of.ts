import { ES256, PS256, sigStructure, type CoseSign1 } from '#core/certificate/cose';
import type { Crypto, VerifyAlgorithm } from '../crypto-port.ts';
import { MAX_RSA_BITS } from '../der/algorithms.ts';
import { derOfPair } from '../der/ecdsa-pair.ts';
import type { PublicKey } from '../der/public-key.ts';
import type { DocumentSigner } from './document-signers.ts';

const MIN_RSA_BITS = 2048;

/** The first of several with the same kid whose key made the signature, or null (RFC 9052 §4.4). */
export async function signerOf(
  cose: CoseSign1,
  signers: readonly DocumentSigner[],
  crypto: Crypto,
): Promise<DocumentSigner | null> {
  const message = sigStructure(cose.protectedBytes, cose.payload);
  for (const signer of signers) {
    const { publicKey, spki } = signer.certificate;
    const algorithm = algorithmFor(publicKey, cose.alg);
    const signature = algorithm && signatureFor(algorithm, cose.signature);
    if (signature && (await crypto.verify(algorithm, spki, message, signature))) return signer;
  }
  return null;
}

/** The one algorithm that a key has here, where the certificate names it: what a header says never chooses another. */
function algorithmFor(key: PublicKey, alg: number | null): VerifyAlgorithm | null {
  if (alg === ES256 && key.type === 'EC' && key.curve === 'P256') return 'ECDSA-P256-SHA256';
  const isRsa = key.type === 'RSA' && key.bits >= MIN_RSA_BITS && key.bits <= MAX_RSA_BITS;
  return alg === PS256 && isRsa ? 'RSA-PSS-SHA256' : null;
}

/** COSE has r‖s, 64 bytes (RFC 9053 §2.1). */
function signatureFor(algorithm: VerifyAlgorithm, signature: Uint8Array): Uint8Array | null {
  return algorithm === 'ECDSA-P256-SHA256' ? derOfPair(signature, 32) : signature;
}

import { hash } from 'node:crypto';
import { concat } from '#core/bytes';
import { CKM } from './cryptoki.ts';
import type { SignatureAlgorithm } from './token.ts';

/** How each signature algorithm is asked of a token: the mechanism and what goes into it. */

export type MechanismUse = {
  readonly mechanism: number;
  readonly pss: boolean;
  readonly input: (message: Uint8Array) => Uint8Array;
};

/** DER of `DigestInfo { sha256, NULL, … }` up to the digest (RFC 8017 §9.2, note 1) */
const SHA256_DIGEST_INFO = Uint8Array.from(Buffer.from('3031300d060960864801650304020105000420', 'hex'));

// by way of text: node:crypto makes a string in half the time of a buffer, and this runs once for each signature
const digest = (name: string) => (message: Uint8Array) => Buffer.from(hash(name, message, 'hex'), 'hex');
const digestInfo = (message: Uint8Array) => concat(SHA256_DIGEST_INFO, digest('sha256')(message));
const whole = (message: Uint8Array) => message;

/** First choice first: the token does only the private-key step, because drivers' own hashing is what differs between tokens. */
const uses: Record<SignatureAlgorithm, readonly MechanismUse[]> = {
  'RSA-PKCS1-SHA256': [
    { mechanism: CKM.RSA_PKCS, pss: false, input: digestInfo },
    { mechanism: CKM.SHA256_RSA_PKCS, pss: false, input: whole },
  ],
  'RSA-PSS-SHA256': [
    { mechanism: CKM.RSA_PKCS_PSS, pss: true, input: digest('sha256') },
    { mechanism: CKM.SHA256_RSA_PKCS_PSS, pss: true, input: whole },
  ],
  'ECDSA-P256-SHA256': [
    { mechanism: CKM.ECDSA, pss: false, input: digest('sha256') },
    { mechanism: CKM.ECDSA_SHA256, pss: false, input: whole },
  ],
  'ECDSA-P384-SHA384': [
    { mechanism: CKM.ECDSA, pss: false, input: digest('sha384') },
    { mechanism: CKM.ECDSA_SHA384, pss: false, input: whole },
  ],
};

/** @param offered the token's mechanism list */
export function mechanismFor(
  algorithm: SignatureAlgorithm,
  offered: readonly number[],
): MechanismUse | undefined {
  return uses[algorithm].find((use) => offered.includes(use.mechanism));
}

export function algorithmsOffered(offered: readonly number[]): SignatureAlgorithm[] {
  return (Object.keys(uses) as SignatureAlgorithm[]).filter((algorithm) => mechanismFor(algorithm, offered));
}

export function isEcdsa(algorithm: SignatureAlgorithm): boolean {
  return algorithm.startsWith('ECDSA');
}

import type { Crypto } from '../crypto-port.ts';

/** The same cryptography, which checks one signature with one key only once: finding, judging and revocation meet the same ones. */
export function checkedOnce(crypto: Crypto): Crypto {
  const known = new Map<Uint8Array, Map<Uint8Array, Promise<boolean>>>();
  return {
    ...crypto,
    verify: (algorithm, publicKey, message, signature) => {
      // certificates and CRLs are read once, so that their parts are the same objects each time; the algorithm is part of both
      const bySignature = known.get(signature) ?? new Map<Uint8Array, Promise<boolean>>();
      known.set(signature, bySignature);
      const answer = bySignature.get(publicKey) ?? crypto.verify(algorithm, publicKey, message, signature);
      bySignature.set(publicKey, answer);
      return answer;
    },
  };
}

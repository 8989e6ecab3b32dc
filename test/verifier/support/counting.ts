import { nodeCrypto } from '#verifier/crypto-node';
import type { Crypto } from '#verifier/crypto-port';

/** Real cryptography that counts the signatures it is asked to check. */
export function countingCrypto(): { readonly crypto: Crypto; readonly checks: () => number } {
  let checks = 0;
  const verify: Crypto['verify'] = (...given) => {
    checks++;
    return nodeCrypto.verify(...given);
  };
  return { crypto: { ...nodeCrypto, verify }, checks: () => checks };
}

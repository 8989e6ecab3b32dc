import { base64url, fromBase64 } from '#core/bytes';
import { preAuthEncoding, type Envelope } from '#core/sign/envelope';
import type { Crypto } from '../crypto-port.ts';

/**
 * How many distinct keys out of `keys` signed the envelope (DSSE; ECDSA P-256/SHA-256 in DER). Signatures of other keys do not count
 * and do not harm; a key that signs twice counts once.
 * @param keys DER SubjectPublicKeyInfo
 */
export async function countSignatures(
  envelope: Envelope,
  payload: Uint8Array,
  keys: readonly Uint8Array[],
  crypto: Crypto,
): Promise<number> {
  const signed = preAuthEncoding(envelope.payloadType, payload);
  const byId = new Map(keys.map((key) => [base64url(crypto.sha256(key)), key]));
  const good = new Set<string>();
  for (const { keyid, sig } of envelope.signatures) {
    const key = byId.get(keyid);
    const signature = fromBase64(sig);
    if (
      key &&
      signature &&
      !good.has(keyid) &&
      (await crypto.verify('ECDSA-P256-SHA256', key, signed, signature))
    )
      good.add(keyid);
  }
  return good.size;
}

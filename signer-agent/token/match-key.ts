import type { KeyObject } from 'node:crypto';
import { Refusal } from '#core/refusal';
import { endsWith } from './quirks.ts';

/** A private key on a token, with what the token tells of its public half. */
export type TokenKey<H> = {
  readonly handle: H;
  /** CKA_ID; some tokens leave it empty */
  readonly id: Uint8Array;
  /** CKA_MODULUS or CKA_EC_POINT, where the token shows it */
  readonly publicPart: Uint8Array | null;
};

/**
 * The key of a certificate: the one whose public half is the certificate's; else the one with the certificate's CKA_ID; else the only
 * one of its type, where the token tells nothing more (the signature's verification then proves it).
 * @throws Refusal SIGNER_KEY_ABSENT, KEY_MISMATCH
 */
export function matchKey<H>(
  certificateKey: KeyObject,
  certificateId: Uint8Array,
  keys: readonly TokenKey<H>[],
): TokenKey<H> {
  const wanted = publicPartOf(certificateKey);
  const same = keys.find((key) => key.publicPart !== null && endsWith(unsigned(key.publicPart), wanted));
  if (same) return same;
  const named = keys.filter((key) => certificateId.length > 0 && Buffer.compare(key.id, certificateId) === 0);
  if (named.some((key) => key.publicPart !== null))
    throw new Refusal('KEY_MISMATCH', { detail: 'same CKA_ID, other public key' });
  const [first, ...others] =
    named.length > 0 ? named : keys.filter((key) => key.id.length === 0 && key.publicPart === null);
  if (!first || others.length > 0) throw new Refusal('SIGNER_KEY_ABSENT');
  return first;
}

/** The modulus without leading zeros, or X‖Y. */
function publicPartOf(key: KeyObject): Uint8Array {
  const { n, x, y } = key.export({ format: 'jwk' });
  if (n !== undefined) return unsigned(Buffer.from(n, 'base64url'));
  return Buffer.from(`${x ?? ''}${y ?? ''}`, 'base64url').length > 0
    ? Buffer.concat([Buffer.from(x ?? '', 'base64url'), Buffer.from(y ?? '', 'base64url')])
    : new Uint8Array(0);
}

function unsigned(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first < 0 ? bytes : bytes.subarray(first);
}

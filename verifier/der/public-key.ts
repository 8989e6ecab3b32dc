import { hex } from '#core/bytes';
import type { Curve } from '../crypto-port.ts';
import { DerReader, TAG } from './reader.ts';
import { integerOctets, smallInteger, wholeOctets } from './values.ts';

/** What a policy on keys needs to know of a SubjectPublicKeyInfo (RFC 3279 §2.3.1, RFC 5480 §2). */
export type PublicKey =
  | { readonly type: 'RSA'; readonly bits: number }
  | { readonly type: 'EC'; readonly curve: Curve }
  | { readonly type: 'Ed25519' }
  | { readonly type: 'other' };

const RSA = '300d06092a864886f70d0101010500';
const P256 = '301306072a8648ce3d020106082a8648ce3d030107';
const P384 = '301006072a8648ce3d020106052b81040022';
const P521 = '301006072a8648ce3d020106052b81040023';
const ED25519 = '300506032b6570';

/** @throws DerFault where an RSA key is not of its form; other types are left to the policy */
export function readPublicKey(spki: DerReader): PublicKey {
  const algorithm = hex(spki.element(TAG.sequence));
  const key = wholeOctets(spki.content(TAG.bitString));
  spki.finish();
  if (algorithm === P256) return { type: 'EC', curve: 'P256' };
  if (algorithm === P384) return { type: 'EC', curve: 'P384' };
  if (algorithm === P521) return { type: 'EC', curve: 'P521' };
  if (algorithm === ED25519) return { type: 'Ed25519' };
  if (algorithm !== RSA) return { type: 'other' };
  return { type: 'RSA', bits: modulusBits(key) };
}

function modulusBits(key: Uint8Array): number {
  const whole = new DerReader(key);
  const reader = whole.enter(TAG.sequence);
  whole.finish();
  const modulus = integerOctets(reader.content(TAG.integer));
  smallInteger(reader.content(TAG.integer));
  reader.finish();
  const first = modulus.findIndex((octet) => octet !== 0);
  if (first < 0 || (modulus[0] ?? 0) >= 0x80) return 0;
  return (modulus.length - first) * 8 - (Math.clz32(modulus[first] ?? 0) - 24);
}

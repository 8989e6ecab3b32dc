import { X509Certificate } from 'node:crypto';
import { createRequire } from 'node:module';
import { inflateSync } from 'node:zlib';
import { Sign1 } from '@auth0/cose';
import { decode } from 'cbor-x';

const base45 = createRequire(import.meta.url)('base45') as { readonly decode: (text: string) => Buffer };

/** Another's reading of certificates: base45, @auth0/cose and cbor-x, nothing of ours. */

export type PeerKey = Parameters<Sign1['verify']>[0];

export function peerKey(certificate: Uint8Array): PeerKey {
  return new X509Certificate(certificate).publicKey;
}

/** @returns the claims, as cbor-x has them @throws where the signature does not hold */
export async function readByPeer(text: string, key: PeerKey): Promise<unknown> {
  const cose = inflateSync(base45.decode(text.slice('HC1:'.length)), { maxOutputLength: 16 * 1024 });
  const message = Sign1.decode(cose);
  await message.verify(key);
  return decode(message.payload);
}

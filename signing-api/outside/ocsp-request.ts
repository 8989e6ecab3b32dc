import { concat } from '#core/bytes';
import type { Crypto } from '#verifier/crypto-port';
import { TAG } from '#verifier/der/reader';
import type { Certificate } from '#verifier/der/certificate';

/** AlgorithmIdentifier of SHA-1, parameters NULL: the one hash for CertID that every responder knows (RFC 6960 §4.3). */
const SHA1 = Buffer.from('300906052b0e03021a0500', 'hex');
/** 1.3.6.1.5.5.7.48.1.2 */
const NONCE = Buffer.from('06092b0601050507300102', 'hex');

/** An OCSP request about one certificate, unsigned (RFC 6960 §4.1.1). @param nonce at most 32 octets (RFC 8954 §2.1) @returns DER */
export function ocspRequest(
  certificate: Certificate,
  issuer: Certificate,
  nonce: Uint8Array,
  { sha1 }: Pick<Crypto, 'sha1'>,
): Uint8Array {
  const octets = (bytes: Uint8Array) => tlv(TAG.octetString, bytes);
  const certId = tlv(
    TAG.sequence,
    SHA1,
    octets(sha1(certificate.issuer)),
    octets(sha1(issuer.keyBits)),
    tlv(TAG.integer, Buffer.from(certificate.serial, 'hex')),
  );
  const extensions = tlv(0xa2, tlv(TAG.sequence, tlv(TAG.sequence, NONCE, octets(octets(nonce)))));
  const list = tlv(TAG.sequence, tlv(TAG.sequence, certId));
  return tlv(TAG.sequence, tlv(TAG.sequence, list, extensions));
}

/** All of it is short: at most 255 octets of content. */
function tlv(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = concat(...contents);
  const length = content.length < 0x80 ? [content.length] : [0x81, content.length];
  return concat(Uint8Array.of(tag, ...length), content);
}

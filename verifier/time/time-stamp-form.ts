import { compareBytes, sameBytes } from '#core/bytes';
import { ALGORITHM_ID, cmsAlgorithm, pssSpelling } from '../der/algorithms.ts';
import { readCertificate, type Certificate } from '../der/certificate.ts';
import { authorityKeyId, subjectKeyId } from '../der/key-identifiers.ts';
import { contextOf, TAG } from '../der/reader.ts';
import { readTimeStamp, type TimeStamp } from '../der/time-stamp.ts';
import { element } from '../der/write.ts';

/**
 * The one form of a time-stamp token inside of a signature. The authority signs TSTInfo and signed attributes and nothing else; what
 * stands around them follows from them here, so that no byte of it can change unseen:
 *
 * ```
 * ContentInfo ::= SEQUENCE {
 *   1.2.840.113549.1.7.2 (signedData)
 *   [0] EXPLICIT SEQUENCE {
 *     INTEGER 3
 *     SET { DIGEST }                                  parameters absent
 *     SEQUENCE { 1.2.840.113549.1.9.16.1.4, [0] { OCTET STRING TSTInfo } }
 *     [0] IMPLICIT SET OF Certificate                 the authority's path but its root, each once, ascending by DER bytes
 *                                                     no [1] crls
 *     SET { SEQUENCE {
 *       INTEGER 1
 *       SEQUENCE { issuer Name, serialNumber }        as in the authority's certificate
 *       DIGEST
 *       [0] signed attributes                         as the authority signed them
 *       SIGNATURE                                     rsaEncryption for RSA PKCS#1 v1.5, others as in certificates
 *       OCTET STRING signature
 *     } }                                             no [1] unsignedAttrs
 *   } }
 * ```
 * @param path of the authority, its own certificate first, without its root
 * @returns null where the signature is of a kind that is not known
 */
export function timeStampForm(stamp: TimeStamp, path: readonly Certificate[]): Uint8Array | null {
  const [authority] = path;
  const { digestAlgorithm, signatureAlgorithm, signedAttributes, signature } = stamp.signer;
  const known = authority && cmsAlgorithm(digestAlgorithm, signatureAlgorithm, authority.publicKey);
  if (!known) return null;
  const digest = fromHex(DIGESTS[known.hash]);
  const isPlainRsa = known.algorithm.startsWith('RSA-PKCS1-');
  const info = element(
    TAG.sequence,
    element(TAG.integer, Uint8Array.of(1)),
    element(TAG.sequence, authority.issuer, element(TAG.integer, fromHex(authority.serial))),
    digest,
    signedAttributes.field,
    isPlainRsa ? fromHex(ALGORITHM_ID.rsaEncryption) : pssSpelling(signatureAlgorithm),
    element(TAG.octetString, signature),
  );
  const signedData = element(
    TAG.sequence,
    element(TAG.integer, Uint8Array.of(3)),
    element(TAG.set, digest),
    element(TAG.sequence, TST_INFO, element(contextOf(0), element(TAG.octetString, stamp.infoBytes))),
    element(contextOf(0), ...path.map(({ der }) => der).sort(compareBytes)),
    element(TAG.set, info),
  );
  return element(TAG.sequence, SIGNED_DATA, element(contextOf(0), signedData));
}

/**
 * A token as an authority sent it, in that form: for whoever puts it into a signature.
 * @param path DER of the authority's certificate and of the CAs above it, in path order; a root may come last and is left out
 * @returns null where the signature is of a kind that is not known
 * @throws Refusal TIMESTAMP_MALFORMED, CERTIFICATE_MALFORMED
 */
export function timeStampInForm(token: Uint8Array, path: readonly Uint8Array[]): Uint8Array | null {
  const certificates = path.map(readCertificate);
  const isRootLast = certificates.length > 1 && certificates.slice(-1).every(isRoot);
  return timeStampForm(readTimeStamp(token), isRootLast ? certificates.slice(0, -1) : certificates);
}

/** Self-signed by what it says of its keys: a CA that signs its new key with its old one bears one name twice, too (RFC 5280 §3.2). */
function isRoot(certificate: Certificate): boolean {
  const authority = authorityKeyId(certificate);
  return (
    sameBytes(certificate.issuer, certificate.subject) &&
    (authority === null || authority === subjectKeyId(certificate))
  );
}

const DIGESTS = { SHA256: ALGORITHM_ID.sha256, SHA384: ALGORITHM_ID.sha384, SHA512: ALGORITHM_ID.sha512 };
/** DER of 1.2.840.113549.1.7.2 */
const SIGNED_DATA = fromHex('06092a864886f70d010702');
/** DER of 1.2.840.113549.1.9.16.1.4 */
const TST_INFO = fromHex('060b2a864886f70d0109100104');

function fromHex(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

import { hash, X509Certificate } from 'node:crypto';
import { Certificate } from 'pkijs';
import { Refusal } from '#core/refusal';
import type { ITEM_MIME_TYPE } from '#core/sign/item-statement';
import type { LIST_MIME_TYPE } from '#core/sign/statement';
import type { SignatureAlgorithm } from '../token/token.ts';
import {
  explicit,
  implicitSetOf,
  integer,
  nothing,
  octets,
  oid,
  sequence,
  setOf,
  utcTime,
  utf8String,
  type Der,
} from './der-values.ts';

/**
 * CMS SignedData over a detached statement (RFC 5652, CAdES baseline B), DER, one signer. What the token signs is made first, as
 * exact bytes; the signature and the certificates are put around those bytes later.
 */

const OID = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  commitmentType: '1.2.840.113549.1.9.16.2.16',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  mimeType: '0.4.0.1733.2.1',
  proofOfApproval: '1.2.840.113549.1.9.16.6.5',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  rsaEncryption: '1.2.840.113549.1.1.1',
  rsassaPss: '1.2.840.113549.1.1.10',
  mgf1: '1.2.840.113549.1.1.8',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  ecdsaWithSha384: '1.2.840.10045.4.3.3',
} as const;

const SIGNED_ATTRIBUTES_SET = 0x31;
/** UTCTime ends here (RFC 5652 §11.3) */
const LAST_UTC_TIME = Date.UTC(2049, 11, 31, 23, 59, 59);

export type MimeType = typeof LIST_MIME_TYPE | typeof ITEM_MIME_TYPE;

/**
 * The signed attributes as the token signs them: DER SET OF, sorted, each exactly once; one digest algorithm for content and
 * attributes (RFC 8933).
 * @param digest from digestOf the statement's exact bytes
 * @param mimeType of the statement's type
 * @param signer DER certificate
 */
export function signedAttributes(
  digest: Uint8Array,
  mimeType: MimeType,
  signer: Uint8Array,
  at: Date,
): Uint8Array {
  if (at.getTime() > LAST_UTC_TIME) throw new RangeError('signing-time is a UTCTime');
  const certificateHash = hash('sha256', signer, 'buffer');
  const attribute = (type: string, value: Der) => sequence(oid(type), setOf(value));
  return setOf(
    attribute(OID.contentType, oid(OID.data)),
    attribute(OID.messageDigest, octets(digest)),
    attribute(OID.signingTime, utcTime(at)),
    // ESSCertIDv2 with SHA-256 by default, hence not written (RFC 5035 §4)
    attribute(OID.signingCertificateV2, sequence(sequence(sequence(octets(certificateHash))))),
    attribute(OID.mimeType, utf8String(mimeType)),
    attribute(OID.commitmentType, sequence(oid(OID.proofOfApproval))),
  );
}

export type CmsParts = {
  /** from signedAttributes, unchanged */
  readonly signedAttributes: Uint8Array;
  readonly algorithm: SignatureAlgorithm;
  /** ECDSA as DER SEQUENCE of r and s */
  readonly signature: Uint8Array;
  /** DER */
  readonly signer: Uint8Array;
  /** DER: what lies between the signer and a root, never a root */
  readonly intermediates: readonly Uint8Array[];
};

/** @returns DER ContentInfo */
export function assembleCms({
  signedAttributes: attributes,
  algorithm,
  signature,
  signer,
  intermediates,
}: CmsParts): Uint8Array {
  if (attributes[0] !== SIGNED_ATTRIBUTES_SET) throw new Refusal('INTERNAL', { detail: 'signed attributes' });
  // in the SignerInfo the same SET OF stands under [0] IMPLICIT: only its first byte differs (RFC 5652 §5.4)
  const implicitAttributes = Uint8Array.from(attributes);
  implicitAttributes[0] = 0xa0;
  const signerInfo = sequence(
    integer(1),
    issuerAndSerialNumber(signer),
    digestAlgorithm(algorithm),
    implicitAttributes,
    signatureAlgorithm(algorithm),
    octets(signature),
  );
  const signedData = sequence(
    integer(1),
    setOf(digestAlgorithm(algorithm)),
    sequence(oid(OID.data)),
    implicitSetOf(0, signer, ...intermediates),
    setOf(signerInfo),
  );
  return sequence(oid(OID.signedData), explicit(0, signedData));
}

/** The CA certificates that lead from the signer towards a root, as far as they are among `others`; a self-issued one is a root. */
export function intermediatesFor(signer: Uint8Array, others: readonly Uint8Array[]): Uint8Array[] {
  const found: X509Certificate[] = [];
  const pool = others
    .map(readCertificate)
    .filter((certificate) => certificate?.ca === true) as X509Certificate[];
  let below = new X509Certificate(signer);
  for (;;) {
    const issuer = pool.find((candidate) => below.checkIssued(candidate) && !found.includes(candidate));
    if (!issuer || issuer.subject === issuer.issuer || !below.verify(issuer.publicKey))
      return found.map(({ raw: bytes }) => bytes);
    found.push(issuer);
    below = issuer;
  }
}

function readCertificate(bytes: Uint8Array): X509Certificate | null {
  try {
    return new X509Certificate(bytes);
  } catch {
    return null;
  }
}

function issuerAndSerialNumber(certificate: Uint8Array) {
  const { issuer, serialNumber } = Certificate.fromBER(new Uint8Array(certificate).buffer);
  // the bytes as read: written again, a name of old string types might come out otherwise
  return sequence(new Uint8Array(issuer.valueBeforeDecode), serialNumber.valueBeforeDecodeView.slice());
}

/** The digest that goes with a signature algorithm. */
export function digestOf(algorithm: SignatureAlgorithm, bytes: Uint8Array): Uint8Array {
  return hash(digestName(algorithm), bytes, 'buffer');
}

function digestName(algorithm: SignatureAlgorithm): 'sha256' | 'sha384' {
  return algorithm === 'ECDSA-P384-SHA384' ? 'sha384' : 'sha256';
}

/** Parameters absent (RFC 5754 §2). */
function digestAlgorithm(algorithm: SignatureAlgorithm) {
  return sequence(oid(OID[digestName(algorithm)]));
}

function signatureAlgorithm(algorithm: SignatureAlgorithm) {
  if (algorithm === 'RSA-PKCS1-SHA256') return sequence(oid(OID.rsaEncryption), nothing());
  if (algorithm === 'RSA-PSS-SHA256') return sequence(oid(OID.rsassaPss), pssParameters());
  return sequence(oid(algorithm === 'ECDSA-P384-SHA384' ? OID.ecdsaWithSha384 : OID.ecdsaWithSha256));
}

/** SHA-256, MGF1 with SHA-256, salt 32; the hash identifiers carry NULL as RFC 4055 §2.1 writes them. */
function pssParameters() {
  const hash = sequence(oid(OID.sha256), nothing());
  return sequence(explicit(0, hash), explicit(1, sequence(oid(OID.mgf1), hash)), explicit(2, integer(32)));
}

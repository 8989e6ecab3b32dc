import { ALGORITHM_ID } from '../der/algorithms.ts';
import type { VerifyAlgorithm } from '../crypto-port.ts';
import { ITEM_MIME_TYPE, ITEM_TYPE } from '#core/sign/item-statement';
import { LIST_MIME_TYPE, LIST_TYPE } from '#core/sign/statement';

/**
 * The one form of a kyso signature, byte for byte (RFC 5652, RFC 5035, RFC 8933, ETSI EN 319 122-1): whoever builds one and whoever
 * judges one go by this page. Everything outside the signed attributes and the signature is fixed here, bound to the signer
 * certificate, or stamped by a time-stamp authority, so no byte of it can change unseen.
 *
 * ```
 * ContentInfo ::= SEQUENCE {
 *   1.2.840.113549.1.7.2 (signedData)
 *   [0] EXPLICIT SEQUENCE {                         SignedData, DER throughout
 *     INTEGER 1
 *     SET { DIGEST }                                exactly one
 *     SEQUENCE { 1.2.840.113549.1.7.1 }             id-data, no eContent: detached
 *     [0] IMPLICIT SET OF Certificate               present; signer and intermediates that the path uses, roots never; each once,
 *                                                   ascending by DER bytes (X.690 §11.6: libraries do not sort by themselves);
 *                                                   a stranger's `openssl cms -verify -CAfile roots.pem` finds intermediates
 *                                                   nowhere else, so builders put them in
 *                                                   no [1] crls
 *     SET { SEQUENCE {                              exactly one SignerInfo
 *       INTEGER 1
 *       SEQUENCE { issuer Name, serialNumber }      as in the signer certificate, never [0] subjectKeyIdentifier
 *       DIGEST                                      the same bytes as above
 *       [0] IMPLICIT SET OF Attribute               six, see below, ascending by DER bytes; signed with tag 31 in place of A0
 *       SIGNATURE                                   AlgorithmIdentifier, see below
 *       OCTET STRING signature                      RSA: modulus length; ECDSA: DER SEQUENCE { r, s }
 *       [1] IMPLICIT SET { TIME-STAMP }             absent, or exactly one unsigned attribute, see below
 *     } }
 *   } }
 *
 *                      DIGEST                                   SIGNATURE
 * RSA PKCS#1 v1.5      300b0609608648016503040201 (SHA-256)      300d06092a864886f70d0101010500 (rsaEncryption, NULL)
 * RSASSA-PSS           300b0609608648016503040201                304106092a864886f70d01010a3034a00f300d060960864801650304020105
 *                                                                00a11c301a06092a864886f70d010108300d06096086480165030402010500
 *                                                                a203020120 (SHA-256, MGF1 with SHA-256, salt 32)
 * ECDSA P-256          300b0609608648016503040201                300a06082a8648ce3d040302 (ecdsa-with-SHA256)
 * ECDSA P-384          300b0609608648016503040202 (SHA-384)      300a06082a8648ce3d040303 (ecdsa-with-SHA384)
 *
 * Signed attributes: each SEQUENCE { type, SET { one value } }, exactly these:
 *   1.2.840.113549.1.9.3          content-type           OBJECT IDENTIFIER 1.2.840.113549.1.7.1
 *   1.2.840.113549.1.9.4          message-digest         OCTET STRING DIGEST(statement bytes)
 *   1.2.840.113549.1.9.5          signing-time           UTCTime YYMMDDHHMMSSZ until 2049, then GeneralizedTime YYYYMMDDHHMMSSZ
 *   1.2.840.113549.1.9.16.2.47    signing-certificate-v2 SEQUENCE { SEQUENCE { ESSCertIDv2 } }, one, no policies:
 *                                                        SEQUENCE { OCTET STRING SHA-256(signer certificate DER), issuerSerial? },
 *                                                        hashAlgorithm left out (SHA-256 is the default);
 *                                                        issuerSerial, if there, SEQUENCE { SEQUENCE { [4] { Name } }, serialNumber }
 *   0.4.0.1733.2.1                mime-type              UTF8String, by type of the statement:
 *                                                        "application/vnd.kyso.list+json; version=1" or
 *                                                        "application/vnd.kyso.item+json; version=1"
 *   1.2.840.113549.1.9.16.2.16    commitment-type        SEQUENCE { 1.2.840.113549.1.9.16.6.5 } (proof of approval), no qualifiers
 * ```
 *
 * TIME-STAMP (CAdES B-T, ETSI EN 319 122-1 §5.3), which whoever collects the signature puts in after it was made:
 *   1.2.840.113549.1.9.16.2.14    signature-time-stamp   SEQUENCE { type, SET { one value } }: an RFC 3161 token over the octets of
 *                                                        SignerInfo.signature, in the form of time/time-stamp-form.ts; the authority
 *                                                        is a service of the trust list
 *
 * One thing is not bound: of an ECDSA signature (r, s) the mirror image (r, n − s) holds as well (formats §3), a stamp's not over it.
 */
export const CMS_VERSION = 1;
export const SIGNER_INFO_VERSION = 1;
export const ID_DATA = '1.2.840.113549.1.7.1';
/** id-aa-signatureTimeStampToken (RFC 3161 appendix A), the only unsigned attribute. */
export const TIME_STAMP_TOKEN = '1.2.840.113549.1.9.16.2.14';
export const PROOF_OF_APPROVAL = '1.2.840.113549.1.9.16.6.5';

/** What the signature says of what it stands over, by type of the statement. */
export const MIME_TYPES = { [LIST_TYPE]: LIST_MIME_TYPE, [ITEM_TYPE]: ITEM_MIME_TYPE } as const;
export type MimeType = (typeof MIME_TYPES)[keyof typeof MIME_TYPES];

export const ATTRIBUTE = {
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  commitmentType: '1.2.840.113549.1.9.16.2.16',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  mimeType: '0.4.0.1733.2.1',
} as const;

/** Hex of the whole AlgorithmIdentifier of digest and signature: these pairs and no others. */
export const CMS_ALGORITHMS: readonly {
  readonly algorithm: VerifyAlgorithm;
  readonly hash: 'sha256' | 'sha384';
  readonly digestId: string;
  readonly signatureId: string;
}[] = [
  {
    algorithm: 'RSA-PKCS1-SHA256',
    hash: 'sha256',
    digestId: ALGORITHM_ID.sha256,
    signatureId: ALGORITHM_ID.rsaEncryption,
  },
  {
    algorithm: 'RSA-PSS-SHA256',
    hash: 'sha256',
    digestId: ALGORITHM_ID.sha256,
    signatureId: ALGORITHM_ID.pssSha256,
  },
  {
    algorithm: 'ECDSA-P256-SHA256',
    hash: 'sha256',
    digestId: ALGORITHM_ID.sha256,
    signatureId: ALGORITHM_ID.ecdsaWithSha256,
  },
  {
    algorithm: 'ECDSA-P384-SHA384',
    hash: 'sha384',
    digestId: ALGORITHM_ID.sha384,
    signatureId: ALGORITHM_ID.ecdsaWithSha384,
  },
];

import { createHash, randomBytes } from 'node:crypto';
import { compareBytes } from '#core/bytes';
import { certificateParts } from './certificate.ts';
import * as asn from './der.ts';
import { algorithmIdentifier } from './signature-algorithm.ts';
import type { SigningKey } from './signing-key.ts';

/** Time-stamp tokens (RFC 3161) and signatures that carry one (CAdES B-T). */

export type TimeStampAuthority = {
  /** DER */
  readonly certificate: Uint8Array;
  /** DER of the CAs above it, without the root */
  readonly chain: readonly Uint8Array[];
  readonly key: SigningKey;
};

export type TimeStampOrder = {
  /** for a signature, the octets of SignerInfo.signature */
  readonly data: Uint8Array;
  readonly at: Date;
  readonly accuracySeconds?: number;
  /** DER INTEGER, to be sent back as it is */
  readonly nonce?: Uint8Array;
};

const SIGNED_DATA = '1.2.840.113549.1.7.2';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47';
const TIME_STAMP_TOKEN = '1.2.840.113549.1.9.16.2.14';
const RSA_ENCRYPTION = '1.2.840.113549.1.1.1';
/** a policy of nobody, under the example arc */
const POLICY = '2.999.1';

/** @returns the token, DER, in the form that verifier/time/time-stamp-form.ts has */
export function issueTimeStamp(authority: TimeStampAuthority, order: TimeStampOrder): Uint8Array {
  const info = asn.der(timeStampInfo(order));
  const attributes = inOrder([
    attribute(CONTENT_TYPE, asn.oid(TST_INFO)),
    attribute(MESSAGE_DIGEST, asn.octets(sha256(info))),
    attribute(SIGNING_CERTIFICATE_V2, nameOfCertificate(authority.certificate)),
  ]);
  const signature = authority.key.sign(asn.der(asn.set(...attributes)));
  const { issuer, serial } = certificateParts(authority.certificate);
  const signerInfo = asn.sequence(
    asn.integer(1),
    asn.sequence(asn.raw(issuer), asn.raw(serial)),
    digest(),
    asn.explicit(0, ...attributes),
    signatureIdentifier(authority.key),
    asn.octets(signature),
  );
  const certificates = inOrder([authority.certificate, ...authority.chain].map(asn.raw));
  return contentInfo(
    asn.sequence(
      asn.integer(3),
      asn.set(digest()),
      asn.sequence(asn.oid(TST_INFO), asn.explicit(0, asn.octets(info))),
      asn.explicit(0, ...certificates),
      asn.set(signerInfo),
    ),
  );
}

/** The octets that a time stamp over a signature is made of. @param cms DER of a SignedData with one SignerInfo */
export function signatureOctets(cms: Uint8Array): Uint8Array {
  const { info } = taken(cms);
  const octets = info.find((node) => node.idBlock.tagClass === 1 && node.idBlock.tagNumber === 4);
  return contentOf(octets);
}

/**
 * The same signature with tokens in its one unsigned attribute; what was unsigned before is taken out.
 * @param tokens one, unless a bad one is wanted
 */
export function attachTimeStamp(cms: Uint8Array, ...tokens: readonly Uint8Array[]): Uint8Array {
  return withUnsigned(cms, [attribute(TIME_STAMP_TOKEN, ...tokens.map(asn.raw))]);
}

/** The same signature with these unsigned attributes and no others. */
export function withUnsigned(cms: Uint8Array, attributes: readonly asn.Node[]): Uint8Array {
  const { fields, info } = taken(cms);
  const signed = info.filter((node) => node.idBlock.tagClass !== 3 || node.idBlock.tagNumber !== 1);
  const unsigned = attributes.length === 0 ? [] : [asn.explicit(1, ...inOrder(attributes))];
  return contentInfo(asn.sequence(...fields, asn.set(asn.sequence(...signed, ...unsigned))));
}

export function attribute(type: string, ...values: readonly asn.Node[]): asn.Node {
  return asn.sequence(asn.oid(type), asn.set(...values));
}

/** @returns the fields of SignedData before its signers, and those of its first SignerInfo */
function taken(cms: Uint8Array): {
  readonly fields: readonly asn.Node[];
  readonly info: readonly asn.Node[];
} {
  const [, explicit] = asn.members(asn.raw(cms));
  const fields = asn.members(asn.members(explicit)[0]);
  return { fields: fields.slice(0, -1), info: asn.members(asn.members(fields.at(-1))[0]) };
}

function contentInfo(signedData: asn.Node): Uint8Array {
  return asn.der(asn.sequence(asn.oid(SIGNED_DATA), asn.explicit(0, signedData)));
}

function timeStampInfo({ data, at, accuracySeconds, nonce }: TimeStampOrder): asn.Node {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return asn.sequence(
    asn.integer(1),
    asn.oid(POLICY),
    asn.sequence(digest(), asn.octets(sha256(data))),
    asn.positive(serial),
    asn.generalizedTime(at),
    ...(accuracySeconds === undefined ? [] : [asn.sequence(asn.integer(accuracySeconds))]),
    ...(nonce ? [asn.raw(nonce)] : []),
  );
}

/** RFC 5035 §4: one ESSCertIDv2 with the default hash. */
function nameOfCertificate(certificate: Uint8Array): asn.Node {
  return asn.sequence(asn.sequence(asn.sequence(asn.octets(sha256(certificate)))));
}

function digest(): asn.Node {
  return asn.sequence(asn.oid('2.16.840.1.101.3.4.2.1'));
}

function signatureIdentifier({ algorithm }: SigningKey): asn.Node {
  return algorithm === 'ECDSA-SHA256'
    ? algorithmIdentifier(algorithm)
    : asn.sequence(asn.oid(RSA_ENCRYPTION), asn.nothing());
}

/** SET OF (X.690 §11.6). */
function inOrder(nodes: readonly asn.Node[]): asn.Node[] {
  return [...nodes].sort((a, b) => compareBytes(asn.der(a), asn.der(b)));
}

function contentOf(octets: asn.Node | undefined): Uint8Array {
  const bytes = asn.bytesOf(octets);
  const [, first = 0] = bytes;
  return bytes.slice(first < 0x80 ? 2 : 2 + (first & 0x7f));
}

function sha256(data: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(data).digest());
}

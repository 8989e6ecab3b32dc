import { sameBytes, utf8Text } from '#core/bytes';
import { Refusal } from '#core/refusal';
import { contextOf, DerFault, DerReader, TAG } from '../der/reader.ts';
import { oidText, serialOf, timeOf } from '../der/values.ts';
import type { Attribute } from '../der/signed-data.ts';
import { ATTRIBUTE, ID_DATA, MIME_TYPES, PROOF_OF_APPROVAL, type MimeType } from './cms-profile.ts';

/** What the signed attributes say, fixed values already held to cms-profile.ts. */
export type SignedAttributes = {
  readonly messageDigest: Uint8Array;
  readonly mimeType: MimeType;
  /** what the signer's machine claims, an instant; proves nothing */
  readonly signingTime: string;
  /** SHA-256 of the signer certificate */
  readonly certificateHash: Uint8Array;
  readonly issuerSerial: { readonly issuer: Uint8Array; readonly serial: string } | null;
};

/** @throws Refusal SIGNATURE_MALFORMED unless these are exactly the six attributes, each once, each with one value of its form */
export function readSignedAttributes(attributes: readonly Attribute[]): SignedAttributes {
  const values = new Map<string, Uint8Array>();
  for (const { type, values: all } of attributes) {
    const [value] = all;
    if (value === undefined || all.length !== 1) throw malformed(`${type} has not exactly one value`);
    if (values.has(type)) throw malformed(`${type} twice`);
    values.set(type, value);
  }
  if (values.size !== Object.keys(ATTRIBUTE).length) throw malformed('not exactly the six attributes');
  const take = <T>(type: string, read: (value: DerReader) => T): T => readValue(type, values.get(type), read);
  const same = (type: string, expected: string, read: (value: DerReader) => string) => {
    if (take(type, read) !== expected) throw malformed(`${type} is not ${expected}`);
  };
  same(ATTRIBUTE.contentType, ID_DATA, (value) => oidText(value.content(TAG.oid)));
  same(ATTRIBUTE.commitmentType, PROOF_OF_APPROVAL, readCommitment);
  return {
    messageDigest: take(ATTRIBUTE.messageDigest, (value) => value.content(TAG.octetString)),
    mimeType: take(ATTRIBUTE.mimeType, readMimeType),
    signingTime: take(ATTRIBUTE.signingTime, readSigningTime),
    ...take(ATTRIBUTE.signingCertificateV2, readSigningCertificate),
  };
}

function malformed(detail: string, cause?: unknown): Refusal {
  return new Refusal('SIGNATURE_MALFORMED', { detail, cause });
}

function readValue<T>(type: string, der: Uint8Array | undefined, read: (value: DerReader) => T): T {
  if (!der) throw malformed(`no attribute ${type}`);
  try {
    const reader = new DerReader(der);
    const value = read(reader);
    reader.finish();
    return value;
  } catch (cause) {
    if (cause instanceof DerFault) throw malformed(`${type}: ${cause.message}`, cause);
    throw cause;
  }
}

function readMimeType(value: DerReader): MimeType {
  const text = utf8Text(value.content(TAG.utf8String));
  const mimeType = Object.values(MIME_TYPES).find((known) => known === text);
  if (!mimeType) throw new DerFault('of something else');
  return mimeType;
}

function readCommitment(value: DerReader): string {
  const indication = value.enter(TAG.sequence);
  const type = oidText(indication.content(TAG.oid));
  indication.finish();
  return type;
}

/** RFC 5652 §11.3: UTCTime through 2049, GeneralizedTime from 2050. */
function readSigningTime(value: DerReader): string {
  const tag = value.next === TAG.utcTime ? TAG.utcTime : TAG.generalizedTime;
  const time = timeOf(tag, value.content(tag));
  if (tag === TAG.generalizedTime && time >= '1950' && time < '2050')
    throw new DerFault('GeneralizedTime before 2050');
  return time;
}

/** RFC 5035 §4: one ESSCertIDv2 with the default hash. */
function readSigningCertificate(
  value: DerReader,
): Pick<SignedAttributes, 'certificateHash' | 'issuerSerial'> {
  const attribute = value.enter(TAG.sequence);
  const list = attribute.enter(TAG.sequence);
  attribute.finish();
  const id = list.enter(TAG.sequence);
  list.finish();
  const certificateHash = id.content(TAG.octetString);
  const issuerSerial = id.done ? null : readIssuerSerial(id.enter(TAG.sequence));
  id.finish();
  return { certificateHash, issuerSerial };
}

function readIssuerSerial(pair: DerReader): NonNullable<SignedAttributes['issuerSerial']> {
  const names = pair.enter(TAG.sequence);
  const directory = names.enter(contextOf(4));
  names.finish();
  const issuer = directory.element(TAG.sequence);
  directory.finish();
  const serial = serialOf(pair.content(TAG.integer));
  pair.finish();
  return { issuer, serial };
}

export function namesCertificate(
  issuerSerial: SignedAttributes['issuerSerial'],
  certificate: { readonly issuer: Uint8Array; readonly serial: string },
): boolean {
  if (!issuerSerial) return true;
  return issuerSerial.serial === certificate.serial && sameBytes(issuerSerial.issuer, certificate.issuer);
}

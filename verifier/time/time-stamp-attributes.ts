import { Refusal } from '#core/refusal';
import { hex } from '#core/bytes';
import { ALGORITHM_ID } from '../der/algorithms.ts';
import { DerFault, DerReader, TAG } from '../der/reader.ts';
import type { Attribute } from '../der/signed-data.ts';
import { oidText } from '../der/values.ts';

export type TimeStampAttributes = {
  readonly messageDigest: Uint8Array;
  /** of the signer certificate, by the first ESSCertID and ESSCertIDv2: one or both */
  readonly signingCertificates: readonly SigningCertificate[];
};

export type SigningCertificate = {
  readonly hash: Uint8Array;
  readonly name: 'sha1' | 'sha256' | 'sha384' | 'sha512';
};

const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.12';
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';

const HASHES: ReadonlyMap<string, SigningCertificate['name']> = new Map([
  [ALGORITHM_ID.sha256, 'sha256'],
  ['300d06096086480165030402010500', 'sha256'],
  [ALGORITHM_ID.sha384, 'sha384'],
  ['300d06096086480165030402020500', 'sha384'],
  [ALGORITHM_ID.sha512, 'sha512'],
  ['300d06096086480165030402030500', 'sha512'],
]);

/** @throws Refusal TIMESTAMP_INVALID unless each is there once with one value, and the content type is that of time stamps */
export function readTimeStampAttributes(attributes: readonly Attribute[]): TimeStampAttributes {
  const value = (type: string): DerReader | null => {
    const [attribute, ...more] = attributes.filter((one) => one.type === type);
    const [der, ...others] = attribute?.values ?? [];
    if (more.length > 0 || others.length > 0) throw refused(`${type} twice`);
    return der ? new DerReader(der) : null;
  };
  try {
    const contentType = value(CONTENT_TYPE);
    if (!contentType || oidText(contentType.content(TAG.oid)) !== TST_INFO) throw refused('content-type');
    const messageDigest = value(MESSAGE_DIGEST)?.content(TAG.octetString);
    if (!messageDigest) throw refused('no message-digest');
    const ids = [value(SIGNING_CERTIFICATE_V2), value(SIGNING_CERTIFICATE)];
    const signingCertificates = ids.flatMap((id, i) => (id ? firstOf(id, i === 0) : []));
    if (signingCertificates.length === 0) throw refused('no signing-certificate');
    return { messageDigest, signingCertificates };
  } catch (cause) {
    if (cause instanceof DerFault) throw refused(cause.message);
    throw cause;
  }
}

/** The first certificate of SigningCertificate or its second version, whose hash is SHA-256 unless another is named (RFC 5035 §4). */
function firstOf(attribute: DerReader, isV2: boolean): SigningCertificate {
  const first = attribute.enter(TAG.sequence).enter(TAG.sequence).enter(TAG.sequence);
  if (!isV2) return { hash: first.content(TAG.octetString), name: 'sha1' };
  const name = first.next === TAG.sequence ? HASHES.get(hex(first.element(TAG.sequence))) : 'sha256';
  if (!name) throw refused('hash of signing-certificate');
  return { hash: first.content(TAG.octetString), name };
}

function refused(detail: string): Refusal {
  return new Refusal('TIMESTAMP_INVALID', { detail });
}

import { hex, sameBytes } from '#core/bytes';
import { Refusal } from '#core/refusal';
import type { Certificate } from '../der/certificate.ts';
import { knownCertificate } from '../known-certificate.ts';
import { contextOf, DerReader, TAG } from '../der/reader.ts';
import { refusing } from '../der/refuse.ts';
import { readAttribute, readSignedData, type SignerInfo } from '../der/signed-data.ts';
import {
  CMS_ALGORITHMS,
  CMS_VERSION,
  ID_DATA,
  SIGNER_INFO_VERSION,
  TIME_STAMP_TOKEN,
} from './cms-profile.ts';
import { readSignedAttributes, type SignedAttributes } from './signed-attributes.ts';

/** A signature of the form of cms-profile.ts; whether it is right is not judged yet. */
export type Cms = {
  readonly algorithm: (typeof CMS_ALGORITHMS)[number];
  readonly signer: Certificate;
  /** the certificates beside the signer's */
  readonly others: readonly Certificate[];
  readonly attributes: SignedAttributes;
  readonly signedBytes: Uint8Array;
  /** the signed attributes as they stand in the DER: a view, as `signature` is one */
  readonly attributesField: Uint8Array;
  readonly signature: Uint8Array;
  /** DER of the time-stamp token over the signature, unjudged */
  readonly stamp: Uint8Array | null;
};

/**
 * A signature as its signer made it, without a time stamp.
 * @throws Refusal SIGNATURE_MALFORMED, CERTIFICATE_MALFORMED, SIGNER_ALGORITHM, EVIDENCE_UNUSED_MATERIAL (a certificate twice)
 */
export function readCms(der: Uint8Array): Cms {
  return withoutStamp(readStampedCms(der));
}

/** @throws Refusal SIGNATURE_MALFORMED where it has a time stamp */
export function withoutStamp(cms: Cms): Cms {
  demand(cms.stamp === null, 'unsigned attributes');
  return cms;
}

/** A signature with or without a time stamp. @throws as readCms */
export function readStampedCms(der: Uint8Array): Cms {
  const signedData = readSignedData(der);
  demand(signedData.version === CMS_VERSION, 'version');
  demand(signedData.contentType === ID_DATA, 'content type');
  demand(signedData.content === null, 'not detached');
  demand(!signedData.hasCrls, 'CRLs inside');
  const [info, ...moreInfos] = signedData.signerInfos;
  demand(info !== undefined && moreInfos.length === 0, 'exactly one SignerInfo');
  demand(info.version === SIGNER_INFO_VERSION, 'SignerInfo version');
  demand(info.signedAttributes !== null, 'no signed attributes');
  const [digestAlgorithm, ...moreDigests] = signedData.digestAlgorithms;
  demand(digestAlgorithm !== undefined && moreDigests.length === 0, 'exactly one digest algorithm');
  demand(sameBytes(digestAlgorithm, info.digestAlgorithm), 'two digest algorithms');
  const algorithm = algorithmOf(info);
  const { signer, others } = certificatesOf(info, signedData.certificates ?? []);
  const { signedBytes, field: attributesField } = info.signedAttributes;
  const attributes = readSignedAttributes(info.signedAttributes.attributes);
  const { signature } = info;
  const stamp = info.unsignedAttributes && readStampAttribute(info.unsignedAttributes);
  return { algorithm, signer, others, attributes, signedBytes, attributesField, signature, stamp };
}

function demand(holds: boolean, detail: string): asserts holds {
  if (!holds) throw new Refusal('SIGNATURE_MALFORMED', { detail });
}

/** Exactly one unsigned attribute with exactly one value (ETSI EN 319 122-1 §5.3). @param field with its tag [1] */
function readStampAttribute(field: Uint8Array): Uint8Array {
  return refusing('SIGNATURE_MALFORMED', () => {
    const attributes = new DerReader(field).enter(contextOf(1));
    const { type, values } = readAttribute(attributes.enter(TAG.sequence));
    attributes.finish();
    const [token, ...more] = values;
    demand(type === TIME_STAMP_TOKEN, `unsigned attribute ${type}`);
    demand(token !== undefined && more.length === 0, 'exactly one time stamp');
    return token;
  });
}

function algorithmOf(info: SignerInfo): Cms['algorithm'] {
  const [digestId, signatureId] = [hex(info.digestAlgorithm), hex(info.signatureAlgorithm)];
  const algorithm = CMS_ALGORITHMS.find(
    (known) => known.digestId === digestId && known.signatureId === signatureId,
  );
  if (!algorithm)
    throw new Refusal('SIGNER_ALGORITHM', { detail: `digest ${digestId}, signature ${signatureId}` });
  return algorithm;
}

function certificatesOf(info: SignerInfo, ders: readonly Uint8Array[]): Pick<Cms, 'signer' | 'others'> {
  const id = info.issuerAndSerial;
  demand(id !== null, 'signer not named by issuer and serial number');
  const certificates = ders.map(knownCertificate);
  for (const [i, { der }] of certificates.entries())
    if (certificates.slice(0, i).some((before) => sameBytes(before.der, der)))
      throw new Refusal('EVIDENCE_UNUSED_MATERIAL', { detail: 'a certificate twice in the signature' });
  const named = certificates.filter(
    ({ issuer, serial }) => serial === id.serial && sameBytes(issuer, id.issuer),
  );
  const [signer] = named;
  demand(
    signer !== undefined && named.length === 1,
    'the signer certificate is not in the signature exactly once',
  );
  return { signer, others: certificates.filter((certificate) => certificate !== signer) };
}

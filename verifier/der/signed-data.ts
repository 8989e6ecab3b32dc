import { compareBytes } from '#core/bytes';
import type { RefusalCode } from '#core/refusal';
import { context, contextOf, DerFault, DerReader, TAG } from './reader.ts';
import { readDer } from './refuse.ts';
import { oidText, serialOf, smallInteger } from './values.ts';

/** CMS SignedData in DER (RFC 5652 §5) as read: all of its fields, none judged. What it must hold says evidence/cms-profile.ts. */
export type SignedData = {
  readonly version: number;
  /** DER AlgorithmIdentifiers */
  readonly digestAlgorithms: readonly Uint8Array[];
  readonly contentType: string;
  /** the content, where it stands inside (then the signature is not detached) */
  readonly content: Uint8Array | null;
  /** DER certificates, or null where the field is absent */
  readonly certificates: readonly Uint8Array[] | null;
  readonly hasCrls: boolean;
  readonly signerInfos: readonly SignerInfo[];
};

export type SignerInfo = {
  readonly version: number;
  /** null where the signer is named by key identifier */
  readonly issuerAndSerial: { readonly issuer: Uint8Array; readonly serial: string } | null;
  readonly digestAlgorithm: Uint8Array;
  readonly signedAttributes: {
    /** as they stand */
    readonly field: Uint8Array;
    /** the attributes as they are signed: tag SET in place of [0] (RFC 5652 §5.4) */
    readonly signedBytes: Uint8Array;
    readonly attributes: readonly Attribute[];
  } | null;
  readonly signatureAlgorithm: Uint8Array;
  readonly signature: Uint8Array;
  /** as they stand, tag [1] and all, or null */
  readonly unsignedAttributes: Uint8Array | null;
};

export type Attribute = {
  readonly type: string;
  /** DER of each value */ readonly values: readonly Uint8Array[];
};

const MAX_CMS_BYTES = 64 * 1024;
const SIGNED_DATA = '1.2.840.113549.1.7.2';

/**
 * @param isSorted false: certificates and unsigned attributes in any order, as time-stamp authorities write them
 * @throws Refusal of the code handed in
 */
export function readSignedData(
  der: Uint8Array,
  code: RefusalCode = 'SIGNATURE_MALFORMED',
  isSorted = true,
): SignedData {
  const inOrder = isSorted ? ascending : (list: Uint8Array[]) => list;
  return readDer(der, MAX_CMS_BYTES, code, (reader) => {
    const contentInfo = reader.enter(TAG.sequence);
    if (oidText(contentInfo.content(TAG.oid)) !== SIGNED_DATA) throw new DerFault('not SignedData');
    const explicit = contentInfo.enter(contextOf(0));
    contentInfo.finish();
    const signedData = explicit.enter(TAG.sequence);
    explicit.finish();
    const version = smallInteger(signedData.content(TAG.integer));
    const digestAlgorithms = elements(signedData.enter(TAG.set));
    const content = signedData.enter(TAG.sequence);
    const contentType = oidText(content.content(TAG.oid));
    const inside = content.enterIf(contextOf(0));
    const octets = inside && inside.content(TAG.octetString);
    inside?.finish();
    content.finish();
    const certificates = signedData.enterIf(contextOf(0));
    const crls = signedData.enterIf(contextOf(1));
    const fields = {
      version,
      digestAlgorithms,
      contentType,
      content: octets,
      certificates: certificates && inOrder(elements(certificates)),
      hasCrls: crls !== null,
      signerInfos: readers(signedData.enter(TAG.set)).map(readSignerInfo),
    };
    signedData.finish();
    return fields;
  });
}

function readSignerInfo(info: DerReader): SignerInfo {
  const version = smallInteger(info.content(TAG.integer));
  const issuerAndSerial = readSignerIdentifier(info);
  const digestAlgorithm = info.element(TAG.sequence);
  const signedAttributes =
    info.next === contextOf(0) ? readSignedAttributes(info.element(contextOf(0))) : null;
  const signatureAlgorithm = info.element(TAG.sequence);
  const signature = info.content(TAG.octetString);
  const unsignedAttributes = info.next === contextOf(1) ? info.element(contextOf(1)) : null;
  info.finish();
  return {
    version,
    issuerAndSerial,
    digestAlgorithm,
    signedAttributes,
    signatureAlgorithm,
    signature,
    unsignedAttributes,
  };
}

function readSignerIdentifier(info: DerReader): SignerInfo['issuerAndSerial'] {
  if (info.next === context(0)) {
    info.content(context(0));
    return null;
  }
  const pair = info.enter(TAG.sequence);
  const issuer = pair.element(TAG.sequence);
  const serial = serialOf(pair.content(TAG.integer));
  pair.finish();
  return { issuer, serial };
}

function readSignedAttributes(field: Uint8Array): SignerInfo['signedAttributes'] {
  // a copy by constructor: slice() of a Buffer would share its memory, and the caller's bytes would change
  const signedBytes = new Uint8Array(field);
  signedBytes[0] = TAG.set;
  const whole = new DerReader(signedBytes).enter(TAG.set);
  ascending(elements(new DerReader(signedBytes).enter(TAG.set)));
  return { field, signedBytes, attributes: readers(whole).map(readAttribute) };
}

export function readAttribute(attribute: DerReader): Attribute {
  const type = oidText(attribute.content(TAG.oid));
  const values = elements(attribute.enter(TAG.set));
  attribute.finish();
  return { type, values };
}

/** The elements that follow each other, whatever they are. */
function elements(list: DerReader): Uint8Array[] {
  const found: Uint8Array[] = [];
  while (!list.done) found.push(list.element(list.next));
  return found;
}

function readers(list: DerReader): DerReader[] {
  const found: DerReader[] = [];
  while (!list.done) found.push(list.enter(TAG.sequence));
  return found;
}

/** SET OF under an implicit tag, which the well-formedness check cannot know for one. */
function ascending(list: Uint8Array[]): Uint8Array[] {
  for (let i = 1; i < list.length; i++)
    if (compareBytes(list[i - 1] ?? new Uint8Array(), list[i] ?? new Uint8Array()) > 0)
      throw new DerFault('SET OF out of order');
  return list;
}

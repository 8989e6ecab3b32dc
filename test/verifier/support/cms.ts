import { createHash } from 'node:crypto';
import { concat } from '#core/bytes';
import {
  explicit,
  integer,
  octets,
  oid,
  sequence,
  set,
  sorted,
  text,
  time,
  tlv,
  unsortedSet,
} from './der-write.ts';
import {
  cmsSignatureIds,
  sha256Id,
  sha384Id,
  signWith,
  usualKind,
  type SignatureKind,
  type TestKey,
} from './keys.ts';
import type { Holder } from './x509.ts';

export const MIME = 'application/vnd.kyso.list+json; version=1';
export const ITEM_MIME = 'application/vnd.kyso.item+json; version=1';

export type CmsOptions = {
  readonly statement: Uint8Array;
  readonly signer: Holder;
  readonly others?: readonly Uint8Array[];
  readonly signedAt?: string;
  readonly signature?: SignatureKind;
  readonly signedBy?: TestKey;
  /** a key that lives elsewhere, such as on a token */
  readonly sign?: (bytes: Uint8Array) => Uint8Array;
  /** changes what is signed, by attribute type; null leaves one out */
  readonly attributes?: Readonly<Record<string, Uint8Array | null>>;
  readonly moreAttributes?: readonly Uint8Array[];
  readonly attributeOrder?: 'sorted' | 'reversed';
  readonly change?: Partial<CmsParts>;
};

/** The parts of the structure, each replaceable. */
export type CmsParts = {
  version: Uint8Array;
  digestAlgorithms: readonly Uint8Array[];
  content: Uint8Array;
  certificates: Uint8Array;
  crls: Uint8Array;
  signerInfos: (info: Uint8Array) => readonly Uint8Array[];
  infoVersion: Uint8Array;
  sid: Uint8Array;
  infoDigest: Uint8Array;
  signedAttributes: (set: Uint8Array) => Uint8Array;
  signatureAlgorithm: Uint8Array;
  signatureValue: (signature: Uint8Array) => Uint8Array;
  unsigned: Uint8Array;
};

const EMPTY = new Uint8Array();

export const attribute = (type: string, ...values: readonly Uint8Array[]): Uint8Array =>
  sequence(oid(type), set(...values));

export function usualAttributes(options: CmsOptions): Record<string, Uint8Array> {
  const hash = (options.signature ?? usualKind(options.signer.key)) === 'ecdsa-sha384' ? 'sha384' : 'sha256';
  const sha = (name: string, data: Uint8Array) => Uint8Array.from(createHash(name).update(data).digest());
  return {
    '1.2.840.113549.1.9.3': oid('1.2.840.113549.1.7.1'),
    '1.2.840.113549.1.9.4': octets(sha(hash, options.statement)),
    '1.2.840.113549.1.9.5': time(options.signedAt ?? '2022-04-29T08:20:00Z'),
    '1.2.840.113549.1.9.16.2.47': sequence(
      sequence(sequence(octets(sha('sha256', options.signer.certificate)))),
    ),
    '0.4.0.1733.2.1': text(MIME),
    '1.2.840.113549.1.9.16.2.16': sequence(oid('1.2.840.113549.1.9.16.6.5')),
  };
}

/** CMS SignedData written by hand, in the form of verifier/evidence/cms-profile.ts unless told otherwise. */
export function signCms(options: CmsOptions): Uint8Array {
  const { signer, change = {} } = options;
  const kind = options.signature ?? usualKind(signer.key);
  const digestId = kind === 'ecdsa-sha384' ? sha384Id : sha256Id;
  const attributes = attributesOf(options);
  const signed = (change.signedAttributes ?? ((bytes: Uint8Array) => bytes))(unsortedSet(...attributes));
  const signature = options.sign?.(signed) ?? signWith(options.signedBy ?? signer.key, kind, signed);
  const info = sequence(
    change.infoVersion ?? integer(1),
    change.sid ?? sequence(signer.issuerName, integer(signer.serial)),
    change.infoDigest ?? digestId,
    concat(Uint8Array.of(0xa0), signed.subarray(1)),
    change.signatureAlgorithm ?? cmsSignatureIds[kind],
    octets((change.signatureValue ?? ((bytes: Uint8Array) => bytes))(signature)),
    change.unsigned ?? EMPTY,
  );
  return contentInfo(options, digestId, change.signerInfos?.(info) ?? [info]);
}

function attributesOf(options: CmsOptions): Uint8Array[] {
  const values = Object.entries({ ...usualAttributes(options), ...options.attributes });
  const list = [
    ...values.flatMap(([type, value]) => (value === null ? [] : [attribute(type, value)])),
    ...(options.moreAttributes ?? []),
  ];
  return options.attributeOrder === 'reversed' ? sorted(list).reverse() : sorted(list);
}

export function contentInfo(
  { signer, others = [], change = {} }: CmsOptions,
  digestId: Uint8Array,
  infos: readonly Uint8Array[],
) {
  const signedData = sequence(
    change.version ?? integer(1),
    set(...(change.digestAlgorithms ?? [digestId])),
    change.content ?? sequence(oid('1.2.840.113549.1.7.1')),
    change.certificates ?? tlv(0xa0, ...sorted([signer.certificate, ...others])),
    change.crls ?? EMPTY,
    set(...infos),
  );
  return sequence(oid('1.2.840.113549.1.7.2'), explicit(0, signedData));
}

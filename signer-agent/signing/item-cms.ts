import { ITEM_MIME_TYPE } from '#core/sign/item-statement';
import type { SignatureAlgorithm } from '../token/token.ts';
import { assembleCms, digestOf, signedAttributes } from './build-cms.ts';
import type { Opening } from './item-lines.ts';

/**
 * Signed attributes and CMS of many items: what is the same in all of them is built once (build-cms.ts) and the rest put in its place,
 * because building each one takes as long as signing it.
 */

const NOTHING = new Uint8Array();

/**
 * @param signer DER
 * @returns writes the signed attributes over the exact bytes of an item's statement
 */
export function attributesWriter(
  algorithm: SignatureAlgorithm,
  signer: Uint8Array,
  at: Date,
): (statement: Uint8Array) => Uint8Array {
  const placeholder = digestOf(algorithm, NOTHING);
  const template = Buffer.from(signedAttributes(placeholder, ITEM_MIME_TYPE, signer, at));
  const place = placeOf(template, placeholder);
  return (statement) => {
    const attributes = Buffer.from(template);
    attributes.set(digestOf(algorithm, statement), place);
    return attributes;
  };
}

export type WriteCms = (attributes: Uint8Array, signature: Uint8Array) => Uint8Array;

/**
 * @param signer DER
 * @returns writes the CMS (DER, detached) around signed attributes and a signature
 */
export function cmsWriter({ algorithm, intermediates }: Opening, signer: Uint8Array): WriteCms {
  const templates = new Map<string, { readonly bytes: Buffer; readonly place: number }>();
  const templateFor = (attributes: Uint8Array, signature: Uint8Array) => {
    // lengths stand in every header above them; an ECDSA signature has one of a few
    const name = `${attributes.length} ${signature.length}`;
    const known = templates.get(name);
    if (known) return known;
    const parts = { signedAttributes: attributes, algorithm, signature, signer, intermediates };
    const bytes = Buffer.from(assembleCms(parts));
    const template = { bytes, place: placeOf(bytes, attributes.subarray(1)) };
    templates.set(name, template);
    return template;
  };
  return (attributes, signature) => {
    const { bytes, place } = templateFor(attributes, signature);
    const cms = Buffer.from(bytes);
    // the first byte is the tag, which is another one inside
    cms.set(attributes.subarray(1), place);
    // nothing follows the signature: it is the last of the last of a SignedData
    cms.set(signature, cms.length - signature.length);
    return cms;
  };
}

function placeOf(whole: Buffer, part: Uint8Array): number {
  const place = whole.indexOf(part);
  if (place < 0 || whole.indexOf(part, place + 1) >= 0) throw new Error('no one place for it');
  return place;
}

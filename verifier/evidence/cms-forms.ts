import { readStampedCms, type Cms } from './read-cms.ts';

const MAX_FORMS = 8;

/** A signature that was read, and where in its DER stand the two values that tell it from the others of its signer. */
type Form = {
  readonly der: Uint8Array;
  readonly cms: Cms;
  readonly digest: Place;
  readonly signature: Place;
};
type Place = { readonly from: number; readonly to: number };

/**
 * Reads many signatures of few signers: those that a machine makes in one second differ in message digest and signature value alone, so
 * that the rest of the next one needs only be the same bytes. Gives and refuses exactly what readStampedCms does: both values are contents of
 * primitive OCTET STRINGs, of which DER asks nothing, and the order of the attributes is decided by their types, which come first. What
 * differs anywhere else, lengths included, is read in full.
 */
export class CmsForms {
  #forms: Form[] = [];

  /** @throws Refusal as readStampedCms */
  read(der: Uint8Array): Cms {
    const form = this.#forms.find((known) => hasForm(known, der));
    if (form) return readAs(form, der);
    const fresh = formOf(der);
    this.#forms = [fresh, ...this.#forms].slice(0, MAX_FORMS);
    return fresh.cms;
  }
}

/** Over bytes of its own: a caller may write into his. */
function formOf(bytes: Uint8Array): Form {
  const der = new Uint8Array(bytes);
  const cms = readStampedCms(der);
  const { attributes, attributesField, signedBytes, signature } = cms;
  const fieldAt = attributesField.byteOffset - der.byteOffset;
  const digestAt = fieldAt + attributes.messageDigest.byteOffset - signedBytes.byteOffset;
  const signatureAt = signature.byteOffset - der.byteOffset;
  return {
    der,
    cms,
    digest: { from: digestAt, to: digestAt + attributes.messageDigest.length },
    signature: { from: signatureAt, to: signatureAt + signature.length },
  };
}

function hasForm({ der: known, digest, signature }: Form, der: Uint8Array): boolean {
  return (
    der.length === known.length &&
    // the end first: what differs at all, the time that is claimed or the names, differs there
    agree(known, der, digest.to, signature.from) &&
    agree(known, der, signature.to, known.length) &&
    agree(known, der, 0, digest.from)
  );
}

function agree(a: Uint8Array, b: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (a[i] !== b[i]) return false;
  return true;
}

function readAs({ der: known, cms, digest, signature }: Form, der: Uint8Array): Cms {
  const fieldAt = cms.attributesField.byteOffset - known.byteOffset;
  const attributesField = der.subarray(fieldAt, fieldAt + cms.attributesField.length);
  const signedBytes = new Uint8Array(attributesField);
  signedBytes[0] = cms.signedBytes[0] ?? 0;
  const messageDigest = signedBytes.subarray(digest.from - fieldAt, digest.to - fieldAt);
  return {
    ...cms,
    attributes: { ...cms.attributes, messageDigest },
    signedBytes,
    attributesField,
    signature: der.subarray(signature.from, signature.to),
  };
}

import { createHash } from 'node:crypto';
import { base64 } from '#core/bytes';
import { certificateParts, signed } from './certificate.ts';
import * as asn from './der.ts';
import { bytesOfText, type PkiAuthority } from './pki.ts';
import { revocationReasons } from './revocation-list.ts';
import type { SigningKey } from './signing-key.ts';

/** OCSP answers of the test PKI's authorities (RFC 6960 §4.2), signed by the authority itself. */

export type OcspRequest = {
  readonly questions: readonly CertId[];
  /** the request's extensions with a nonce, to be sent back as they are; DER */
  readonly nonce: Uint8Array | null;
};

type CertId = {
  readonly der: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  /** DER INTEGER */
  readonly serial: Uint8Array;
};

export type OcspOrder = {
  readonly authority: PkiAuthority;
  readonly key: SigningKey;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
};

/** DER of 1.3.6.1.5.5.7.48.1.2 */
const NONCE = Buffer.from('06092b0601050507300102', 'hex');
const BASIC = '1.3.6.1.5.5.7.48.1.1';

/** @throws Refusal CERTIFICATE_MALFORMED where the bytes are no request */
export function readOcspRequest(der: Uint8Array): OcspRequest {
  const fields = asn.members(asn.members(asn.raw(der))[0]);
  const isContext = (node: asn.Node, number: number) =>
    node.idBlock.tagClass === 3 && node.idBlock.tagNumber === number;
  const list = fields.find((node) => node.idBlock.tagClass === 1);
  const questions = asn.members(list).map((request) => {
    const id = asn.members(request)[0];
    const [, , issuerKeyHash, serial] = asn.members(id);
    return { der: asn.bytesOf(id), issuerKeyHash: contentOf(issuerKeyHash), serial: asn.bytesOf(serial) };
  });
  const extensions = fields.find((node) => isContext(node, 2));
  const nonce = extensions
    ? asn
        .members(asn.members(extensions)[0])
        .find((one) => Buffer.from(asn.bytesOf(asn.members(one)[0])).equals(NONCE))
    : undefined;
  return { questions, nonce: nonce ? asn.bytesOf(nonce) : null };
}

/** A short primitive value's content. */
function contentOf(node: asn.Node | undefined): Uint8Array {
  return asn.bytesOf(node).subarray(2);
}

/** What the authority says of what was asked: good, revoked, or unknown where it is another's certificate. @returns DER */
export function issueOcspAnswer({ questions, nonce }: OcspRequest, order: OcspOrder): Uint8Array {
  const { authority, key } = order;
  const { subject } = certificateParts(bytesOfText(authority.certificate));
  const content = asn.sequence(
    asn.explicit(1, asn.raw(subject)),
    asn.generalizedTime(order.thisUpdate),
    asn.sequence(...questions.map((question) => single(question, order))),
    ...(nonce ? [asn.explicit(1, asn.sequence(asn.raw(nonce)))] : []),
  );
  return successful(signed(content, key));
}

/** @param basic DER BasicOCSPResponse */
function successful(basic: Uint8Array): Uint8Array {
  return asn.der(
    asn.sequence(asn.enumerated(0), asn.explicit(0, asn.sequence(asn.oid(BASIC), asn.octets(basic)))),
  );
}

/** An answer without an answer: 3 tryLater, 2 internalError, 6 unauthorized … @returns DER */
export function refusingOcspAnswer(status: number): Uint8Array {
  return asn.der(asn.sequence(asn.enumerated(status)));
}

function single(question: CertId, { authority, thisUpdate, nextUpdate }: OcspOrder): asn.Node {
  return asn.sequence(
    asn.raw(question.der),
    statusOf(question, authority),
    asn.generalizedTime(thisUpdate),
    asn.explicit(0, asn.generalizedTime(nextUpdate)),
  );
}

function statusOf({ issuerKeyHash, serial }: CertId, authority: PkiAuthority): asn.Node {
  const { publicKey } = certificateParts(bytesOfText(authority.certificate));
  const keyBits = asn.bitsOf(asn.members(asn.raw(publicKey))[1]);
  const hash = issuerKeyHash.length === 20 ? 'sha1' : 'sha256';
  const isOurs = createHash(hash).update(keyBits).digest().equals(issuerKeyHash);
  if (!isOurs) return asn.implicit(2, new Uint8Array());
  const entry = authority.revoked.find((one) => one.serial === base64(serial));
  if (!entry) return asn.implicit(0, new Uint8Array());
  const reason = revocationReasons[entry.reason];
  return asn.explicit(
    1,
    asn.generalizedTime(new Date(entry.at)),
    ...(reason === 0 ? [] : [asn.explicit(0, asn.enumerated(reason))]),
  );
}

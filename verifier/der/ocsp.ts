import { hex } from '#core/bytes';
import { ALGORITHM_ID } from './algorithms.ts';
import { CERTIFICATE_HOLD, HARMLESS_REASONS } from './crl-entry.ts';
import { readCertificate, type Certificate } from './certificate.ts';
import { readExtensions, type Extensions } from './extensions.ts';
import { checkName } from './name.ts';
import { context, contextOf, DerFault, DerReader, TAG } from './reader.ts';
import { readDer } from './refuse.ts';
import { oidText, readTime, serialOf, smallInteger, timeOf, wholeOctets } from './values.ts';

/** An OCSP response (RFC 6960 §4.2.1) as read, nothing about it judged. */
export type OcspResponse = {
  readonly der: Uint8Array;
  /** 0 successful; anything else has no answer in it (tryLater, unauthorized …) */
  readonly status: number;
  readonly answer: OcspAnswer | null;
};

export type OcspAnswer = {
  readonly tbs: Uint8Array;
  readonly algorithm: Uint8Array;
  readonly signature: Uint8Array;
  readonly responder: { readonly name: Uint8Array } | { readonly keySha1: Uint8Array };
  readonly producedAt: string;
  readonly singles: readonly SingleResponse[];
  readonly extensions: Extensions;
  readonly certificates: readonly Certificate[];
};

export type SingleResponse = {
  readonly hash: 'sha1' | 'sha256' | null;
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  readonly serial: string;
  readonly status: 'good' | 'revoked' | 'unknown';
  readonly revokedAt: string | null;
  /** revoked for a stated reason that says nothing against what the key signed before (RFC 3161 §4) */
  readonly isHarmless: boolean;
  /** revoked for the one reason that may be taken back (certificateHold) */
  readonly isOnHold: boolean;
  readonly thisUpdate: string;
  readonly nextUpdate: string | null;
  readonly extensions: Extensions;
};

const MAX_OCSP_BYTES = 64 * 1024;
const MAX_SINGLES = 100;
const MAX_CERTIFICATES = 8;
const BASIC = '1.3.6.1.5.5.7.48.1.1';
const SHA1: readonly string[] = ['300906052b0e03021a0500', '300706052b0e03021a'];
const SHA256: readonly string[] = ['300d06096086480165030402010500', ALGORITHM_ID.sha256];
const NONE: Extensions = new Map<string, never>();

/** @throws Refusal OCSP_MALFORMED, CERTIFICATE_MALFORMED */
export function readOcspResponse(der: Uint8Array): OcspResponse {
  return readDer(der, MAX_OCSP_BYTES, 'OCSP_MALFORMED', (reader) => {
    const outer = reader.enter(TAG.sequence);
    const status = smallInteger(outer.content(TAG.enumerated));
    const explicit = outer.enterIf(contextOf(0));
    outer.finish();
    if ((status === 0) !== (explicit !== null)) throw new DerFault('response bytes');
    if (!explicit) return { der, status, answer: null };
    const bytes = explicit.enter(TAG.sequence);
    explicit.finish();
    if (oidText(bytes.content(TAG.oid)) !== BASIC) throw new DerFault('response type');
    const basic = bytes.content(TAG.octetString);
    bytes.finish();
    return { der, status, answer: readDer(basic, MAX_OCSP_BYTES, 'OCSP_MALFORMED', readBasic) };
  });
}

function readBasic(reader: DerReader): OcspAnswer {
  const basic = reader.enter(TAG.sequence);
  const tbs = basic.element(TAG.sequence);
  const algorithm = basic.element(TAG.sequence);
  const signature = wholeOctets(basic.content(TAG.bitString));
  const explicit = basic.enterIf(contextOf(0));
  const list = explicit?.enter(TAG.sequence) ?? null;
  explicit?.finish();
  basic.finish();
  const certificates: Certificate[] = [];
  while (list && !list.done) {
    if (certificates.length === MAX_CERTIFICATES) throw new DerFault('too many certificates');
    certificates.push(readCertificate(list.element(TAG.sequence)));
  }
  return { tbs, algorithm, signature, certificates, ...readTbs(new DerReader(tbs).enter(TAG.sequence)) };
}

function readTbs(tbs: DerReader) {
  // v1 is the default and never written
  const responder = readResponder(tbs);
  const producedAt = timeOf(TAG.generalizedTime, tbs.content(TAG.generalizedTime));
  const list = tbs.enter(TAG.sequence);
  const singles: SingleResponse[] = [];
  while (!list.done) {
    if (singles.length === MAX_SINGLES) throw new DerFault('too many answers');
    singles.push(readSingle(list.enter(TAG.sequence)));
  }
  const extensions = extensionsIn(tbs, 1);
  tbs.finish();
  return { responder, producedAt, singles, extensions };
}

function readResponder(tbs: DerReader): OcspAnswer['responder'] {
  const byName = tbs.enterIf(contextOf(1));
  if (byName) {
    const name = byName.element(TAG.sequence);
    byName.finish();
    checkName(name);
    return { name };
  }
  const byKey = tbs.enter(contextOf(2));
  const keySha1 = byKey.content(TAG.octetString);
  byKey.finish();
  return { keySha1 };
}

function readSingle(single: DerReader): SingleResponse {
  const id = single.enter(TAG.sequence);
  const algorithm = hex(id.element(TAG.sequence));
  const issuerNameHash = id.content(TAG.octetString);
  const issuerKeyHash = id.content(TAG.octetString);
  const serial = serialOf(id.content(TAG.integer));
  id.finish();
  const state = readStatus(single);
  const thisUpdate = readTime(single);
  const next = single.enterIf(contextOf(0));
  const nextUpdate = next && readTime(next);
  next?.finish();
  const extensions = extensionsIn(single, 1);
  single.finish();
  const hash = SHA1.includes(algorithm) ? 'sha1' : SHA256.includes(algorithm) ? 'sha256' : null;
  return { hash, issuerNameHash, issuerKeyHash, serial, ...state, thisUpdate, nextUpdate, extensions };
}

function readStatus(
  single: DerReader,
): Pick<SingleResponse, 'status' | 'revokedAt' | 'isHarmless' | 'isOnHold'> {
  if (single.next === contextOf(1)) {
    const revoked = single.enter(contextOf(1));
    const revokedAt = readTime(revoked);
    const explicit = revoked.enterIf(contextOf(0));
    const reason = explicit && smallInteger(explicit.content(TAG.enumerated));
    explicit?.finish();
    revoked.finish();
    const isHarmless = reason !== null && HARMLESS_REASONS.includes(reason);
    return { status: 'revoked', revokedAt, isHarmless, isOnHold: reason === CERTIFICATE_HOLD };
  }
  const status = single.next === context(0) ? 'good' : 'unknown';
  if (single.content(status === 'good' ? context(0) : context(2)).length > 0) throw new DerFault('status');
  return { status, revokedAt: null, isHarmless: false, isOnHold: false };
}

function extensionsIn(reader: DerReader, number: number): Extensions {
  const explicit = reader.enterIf(contextOf(number));
  if (!explicit) return NONE;
  const extensions = readExtensions(explicit.enter(TAG.sequence));
  explicit.finish();
  return extensions;
}

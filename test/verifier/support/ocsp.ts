import { createHash } from 'node:crypto';
import {
  bits,
  explicit,
  fromHex,
  integer,
  nothing,
  octets,
  oid,
  sequence,
  tlv,
  utf8Digits,
} from './der-write.ts';
import { certificateSignatureIds, signWith, usualKind, type TestKey } from './keys.ts';
import { extension, type Extension, type Holder } from './x509.ts';

export type Single = {
  readonly of: Holder;
  readonly issuer: Holder;
  readonly status?: 'good' | 'unknown' | { readonly revokedAt: string; readonly reason?: number };
  readonly from?: string;
  readonly to?: string | null;
  readonly extensions?: readonly Extension[];
};

export type OcspOptions = {
  readonly singles: readonly Single[];
  /** whose name it bears, and who signs unless `signedBy` does */
  readonly responder: Holder;
  readonly signedBy?: TestKey;
  readonly byKey?: boolean;
  readonly certificates?: readonly Holder[];
  readonly extensions?: readonly Extension[];
};

export const OCSP_FROM = '2025-12-31T00:00:00Z';
export const OCSP_TO = '2026-01-02T00:00:00Z';
export const OCSP_SIGNING = sequence(oid('1.3.6.1.5.5.7.3.9'));
export const ocspSigning: Extension = ['2.5.29.37', false, OCSP_SIGNING];
export const noCheck: Extension = ['1.3.6.1.5.5.7.48.1.5', false, nothing()];

/** A BasicOCSPResponse in a successful OCSPResponse (RFC 6960 §4.2.1), with SHA-1 CertIDs. */
export function ocspAnswer({
  singles,
  responder,
  byKey,
  extensions = [],
  ...options
}: OcspOptions): Uint8Array {
  const id = byKey ? explicit(2, octets(sha1(keyBits(responder.key.spki)))) : explicit(1, responder.name);
  const tbs = sequence(
    id,
    generalized(OCSP_FROM),
    sequence(...singles.map(single)),
    ...(extensions.length > 0 ? [explicit(1, sequence(...extensions.map(extension)))] : []),
  );
  const key = options.signedBy ?? responder.key;
  const kind = usualKind(key);
  const certificates = (options.certificates ?? []).map(({ certificate }) => certificate);
  const basic = sequence(
    tbs,
    certificateSignatureIds[kind],
    bits(signWith(key, kind, tbs)),
    ...(certificates.length > 0 ? [explicit(0, sequence(...certificates))] : []),
  );
  return sequence(fromHex('0a0100'), explicit(0, sequence(oid('1.3.6.1.5.5.7.48.1.1'), octets(basic))));
}

function single({
  of,
  issuer,
  status = 'good',
  from = OCSP_FROM,
  to = OCSP_TO,
  extensions = [],
}: Single): Uint8Array {
  const certId = sequence(
    fromHex('300906052b0e03021a0500'),
    octets(sha1(issuer.name)),
    octets(sha1(keyBits(issuer.key.spki))),
    integer(of.serial),
  );
  return sequence(
    certId,
    statusOf(status),
    generalized(from),
    ...(to === null ? [] : [explicit(0, generalized(to))]),
    ...(extensions.length > 0 ? [explicit(1, sequence(...extensions.map(extension)))] : []),
  );
}

function statusOf(status: NonNullable<Single['status']>): Uint8Array {
  if (status === 'good') return tlv(0x80);
  if (status === 'unknown') return tlv(0x82);
  const reason = status.reason === undefined ? [] : [explicit(0, tlv(0x0a, Uint8Array.of(status.reason)))];
  return explicit(1, generalized(status.revokedAt), ...reason);
}

function generalized(instant: string): Uint8Array {
  return tlv(0x18, utf8Digits(instant));
}

/** The content of the BIT STRING: what follows the algorithm. */
function keyBits(spki: Uint8Array): Uint8Array {
  const lengthAt = (at: number) => ((spki[at] ?? 0) < 0x80 ? 1 : 1 + ((spki[at] ?? 0) & 0x7f));
  const inner = 1 + lengthAt(1);
  const bitString = inner + 2 + (spki[inner + 1] ?? 0);
  return spki.subarray(bitString + 1 + lengthAt(bitString + 1) + 1);
}

function sha1(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash('sha1').update(bytes).digest());
}

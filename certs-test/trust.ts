import { createHash, X509Certificate, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { base64, base64url } from '#core/bytes';
import { instant } from '#core/dates';
import { canonicalBytes } from '#core/record/canonical-bytes';
import { Refusal } from '#core/refusal';
import { openEnvelope, type Envelope } from '#core/sign/envelope';
import { STATUS_PAYLOAD_TYPE, type StatusList } from '#core/sign/status-list';
import {
  parseTrustList,
  SIGNATURE_ALGORITHMS,
  TRUST_KEYS_TYPE,
  TRUST_PAYLOAD_TYPE,
  TRUST_TYPE,
  type SignerRow,
  type TrustList,
} from '#core/sign/trust-list';
import { daysAfter } from './authorities.ts';
import { certificateParts } from './certificate.ts';
import { keyId, publicKeyOf, signEnvelope } from './envelope.ts';
import { authorityNamed, bytesOfText, replaceFile, type Pki, type PkiSigner } from './pki.ts';
import { keyOf } from './signing-key.ts';

/** The trust list of a generated PKI, its pins, and status files signed with the key that it names. */

export const TRUST_DAYS = 90;
export const TRUST_THRESHOLD = 2;
export const TRUST_KEY_NUMBERS = [1, 2, 3] as const;
export type TrustKeyNumber = (typeof TRUST_KEY_NUMBERS)[number];

export function trustKeyFile(pki: Pki, number: TrustKeyNumber): string {
  return join(pki.files.keys, `trust-${number}.pem`);
}

/** Writes trust-keys.json: any 2 of the 3 keys make a trust list. */
export async function writeTrustKeys(pki: Pki): Promise<void> {
  const keys = await Promise.all(TRUST_KEY_NUMBERS.map((number) => readKey(trustKeyFile(pki, number))));
  const pins = {
    type: TRUST_KEYS_TYPE,
    instance: pki.instance,
    threshold: TRUST_THRESHOLD,
    keys: keys.map((key) => base64(publicKeyOf(key))),
  };
  await replaceFile(pki.files.trustKeys, canonicalBytes(pins));
}

/** Writes the first trust list: both families, a row for every signer that is to have one, the keys of the services, the time-stamp authority. */
export async function writeTrustList(pki: Pki, at: Date): Promise<TrustList> {
  const from = instant(at);
  return publish(pki, {
    type: TRUST_TYPE,
    instance: pki.instance,
    sequence: 1,
    issuedAt: from,
    nextUpdate: instant(daysAfter(at, TRUST_DAYS)),
    roots: (['government', 'national'] as const).map((family) => {
      const { certificate } = authorityNamed(pki, `${family}-root`);
      return { family, certificate, from: validFrom(certificate) };
    }),
    signers: pki.signers.flatMap((signer) => rowOf(pki, signer, from)),
    services: await servicesOf(pki, instant(daysAfter(at, -1))),
    algorithms: { signatures: [...SIGNATURE_ALGORITHMS], minRsaBits: 2048 },
  });
}

/**
 * Issues the next trust list: the present one as `change` makes it, under the next sequence number, signed by `keys`.
 * @returns the list as written to trust.json
 */
export async function reissueTrustList(
  pki: Pki,
  change: (list: TrustList) => TrustList,
  keys: readonly TrustKeyNumber[] = [1, 2],
): Promise<TrustList> {
  const present = await readTrustList(pki);
  return publish(pki, { ...change(present), sequence: present.sequence + 1 }, keys);
}

/** The list in trust.json, unjudged. */
export async function readTrustList(pki: Pki): Promise<TrustList> {
  const value: unknown = JSON.parse(await readFile(pki.files.trust, 'utf8'));
  return parseTrustList(openEnvelope(value, TRUST_PAYLOAD_TYPE, 'TRUST_MALFORMED').unverifiedPayload);
}

/** A signed trust list, written nowhere: the bytes of a trust.json. */
export async function trustFile(
  pki: Pki,
  list: TrustList,
  keys: readonly TrustKeyNumber[] = [1, 2],
): Promise<Uint8Array> {
  const signers = await Promise.all(keys.map((number) => readKey(trustKeyFile(pki, number))));
  return canonicalBytes(signEnvelope(TRUST_PAYLOAD_TYPE, list, signers));
}

/** The bytes of a status file, each list signed with the status key (or another, for a bad one). */
export async function statusFile(
  pki: Pki,
  lists: readonly StatusList[],
  key?: KeyObject,
): Promise<Uint8Array> {
  const signer = key ?? (await readKey(pki.files.statusKey));
  const envelopes: Envelope[] = lists.map((list) => signEnvelope(STATUS_PAYLOAD_TYPE, list, [signer]));
  return canonicalBytes(envelopes);
}

async function publish(pki: Pki, list: TrustList, keys?: readonly TrustKeyNumber[]): Promise<TrustList> {
  await replaceFile(pki.files.trust, await trustFile(pki, list, keys));
  return list;
}

/**
 * The row that maps a signer to its unit. It counts from the certificate's first day, or from `issuedAt` where that is
 * earlier: a certificate not yet valid must fail for that reason.
 */
export function rowOf(pki: Pki, signer: PkiSigner, issuedAt: string): SignerRow[] {
  if (!signer.row) return [];
  const certificate = bytesOfText(signer.certificate);
  const issuer = authorityNamed(pki, signer.issuer);
  const first = validFrom(signer.certificate);
  return [
    {
      issuerKey: keyId(certificateParts(bytesOfText(issuer.certificate)).publicKey),
      ...(signer.row.by === 'certificate'
        ? { certificate: base64url(createHash('sha256').update(certificate).digest()) }
        : { subject: base64(certificateParts(certificate).subject) }),
      kind: signer.kind,
      unit: signer.row.unit,
      keyStorage: signer.pkcs12 === undefined ? 'token' : 'software',
      from: first < issuedAt ? first : issuedAt,
    },
  ];
}

async function servicesOf({ files }: Pki, from: string): Promise<TrustList['services']> {
  const keys = [
    ['status', files.statusKey],
    ['document-signers', files.documentSignersKey],
    ['certificate-revocations', files.revocationsKey],
  ] as const;
  const rows = keys.map(async ([service, file]) => {
    return { service, key: base64(publicKeyOf(await readKey(file))), from };
  });
  const timeStamp = base64(await readFile(files.timeStampCertificate));
  return [...(await Promise.all(rows)), { service: 'timestamp', key: timeStamp, from: validFrom(timeStamp) }];
}

function validFrom(certificate: string): string {
  const at = Date.parse(new X509Certificate(bytesOfText(certificate)).validFrom);
  if (Number.isNaN(at)) throw new Refusal('CERTIFICATE_MALFORMED', { detail: 'validity' });
  return instant(new Date(at));
}

async function readKey(path: string): Promise<KeyObject> {
  return keyOf(await readFile(path, 'utf8'));
}

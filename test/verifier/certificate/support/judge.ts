import { base64, base64url } from '#core/bytes';
import { revocationHash } from '#core/certificate/uvci';
import { canonicalBytes } from '#core/record/canonical-bytes';
import { DOCUMENT_SIGNERS_PAYLOAD_TYPE, type DocumentSigners } from '#core/sign/document-signers';
import {
  REVOCATION_INDEX_PAYLOAD_TYPE,
  type RevocationBatch,
  type RevocationIndex,
} from '#core/sign/revocation-batches';
import type { TrustList } from '#core/sign/trust-list';
import { trustedSigners, type DocumentSignersReading } from '#verifier/certificate/document-signers';
import { readDocumentSigners } from '#verifier/certificate/read-document-signers';
import { readRevocations } from '#verifier/certificate/read-revocations';
import type { RevocationsReading } from '#verifier/certificate/revocations';
import { verifyCertificate, type CertificateOptions } from '#verifier/certificate/verify-certificate';
import { nodeCrypto } from '#verifier/crypto-node';
import { prepareTrust } from '#verifier/trust/trust';
import { newKey, type TestKey } from '../../support/keys.ts';
import { envelope, trustList } from '../../support/world.ts';
import type { Holder } from '../../support/x509.ts';
import { kidOf, newSigner } from './make.ts';

/** Signers, lists and the usual question, as the command line puts it. */

export const AT = new Date('2022-05-01T00:00:00Z');
export const ec = newSigner('p256');
export const rsa = newSigner('rsa', { name: 'DSC Bộ Y tế (RSA)' });

export const signersKey = newKey('p256');
export const revocationsKey = newKey('p256');
const from = '2022-01-01T00:00:00Z';

export function ministryTrust(changes: Partial<TrustList> = {}): TrustList {
  return trustList([], [], {
    services: [
      { service: 'document-signers', key: base64(signersKey.spki), from },
      { service: 'certificate-revocations', key: base64(revocationsKey.spki), from },
    ],
    ...changes,
  });
}

export const kidText = (holder: Holder) => base64url(kidOf(holder));

export function signerList(
  holders: readonly Holder[],
  changes: Partial<DocumentSigners> = {},
): DocumentSigners {
  return {
    type: 'kyso/document-signers/v1',
    instance: 'demo',
    sequence: 4,
    issuedAt: '2022-04-30T00:00:00Z',
    nextUpdate: '2022-05-07T00:00:00Z',
    signers: holders.map(({ certificate }) => ({ country: 'VN', certificate: base64(certificate), from })),
    ...changes,
  };
}

export function signersFile(list: DocumentSigners, key: TestKey = signersKey): Uint8Array {
  return canonicalBytes(envelope(DOCUMENT_SIGNERS_PAYLOAD_TYPE, list, [key]));
}

export function readSigners(fileBytes: Uint8Array, trust = ministryTrust()): Promise<DocumentSignersReading> {
  return readDocumentSigners({ fileBytes, trust: prepareTrust(trust), at: AT, crypto: nodeCrypto });
}

export function batchOf(holder: Holder, identifiers: readonly string[]): Uint8Array {
  const batch: RevocationBatch = {
    type: 'kyso/certificate-revocation-batch/v1',
    kid: kidText(holder),
    hashType: 'UCI',
    entries: identifiers
      .map((ci) => base64url(revocationHash(nodeCrypto.sha256, ci)))
      .sort()
      .map((hash) => ({ hash, expires: '2023-04-20T00:00:00Z' })),
  };
  return canonicalBytes(batch);
}

export const sha256Text = (bytes: Uint8Array) => base64url(nodeCrypto.sha256(bytes));

/** @param batches of one signer each */
export function revocationIndex(
  batches: readonly (readonly [holder: Holder, bytes: Uint8Array, count: number])[],
  changes: Partial<RevocationIndex> = {},
): RevocationIndex {
  return {
    type: 'kyso/certificate-revocations/v1',
    instance: 'demo',
    sequence: 9,
    issuedAt: '2022-04-30T12:00:00Z',
    nextUpdate: '2022-05-02T12:00:00Z',
    batches: batches.map(([holder, bytes, count]) => ({
      kid: kidText(holder),
      sha256: sha256Text(bytes),
      sequence: 3,
      count,
      expires: '2023-04-20T00:00:00Z',
    })),
    ...changes,
  };
}

export function indexFile(index: RevocationIndex, key: TestKey = revocationsKey): Uint8Array {
  return canonicalBytes(envelope(REVOCATION_INDEX_PAYLOAD_TYPE, index, [key]));
}

export function readIndex(
  indexBytes: Uint8Array,
  batches: readonly Uint8Array[] = [],
  trust = ministryTrust(),
): Promise<RevocationsReading> {
  const byName = new Map(batches.map((bytes) => [sha256Text(bytes), bytes]));
  return readRevocations({
    indexBytes,
    batch: (name) => Promise.resolve(byName.get(name) ?? null),
    trust: prepareTrust(trust),
    at: AT,
    crypto: nodeCrypto,
  });
}

/** Nothing was taken back. */
export const noneRevoked = await readIndex(indexFile(revocationIndex([])));

export function judge(
  input: string | Uint8Array,
  changes: Partial<CertificateOptions> & { readonly signers?: readonly Holder[] } = {},
) {
  const { signers = [ec, rsa], ...options } = changes;
  const certificates = signers.map(({ certificate }) => certificate);
  return verifyCertificate(typeof input === 'string' ? { text: input } : { cose: input }, {
    crypto: nodeCrypto,
    at: AT,
    trust: null,
    documentSigners: trustedSigners(certificates, nodeCrypto),
    revocations: noneRevoked,
    offline: false,
    ...options,
  });
}

import { MAX_STATUS_BYTES } from '#core/sign/status-list';
import { parseTrustKeys } from '#core/sign/trust-list';
import { noSigners, type DocumentSignersReading } from '../certificate/document-signers.ts';
import {
  MAX_DOCUMENT_SIGNERS_FILE_BYTES,
  readDocumentSigners,
} from '../certificate/read-document-signers.ts';
import type { CertificateOptions } from '../certificate/verify-certificate.ts';
import { AttestationCache } from '../attestation-cache.ts';
import { nodeCrypto } from '../crypto-node.ts';
import { undetermined } from '../finding.ts';
import type { VerifyOptions } from '../index.ts';
import { readStatus, type StatusReading } from '../status/read-status.ts';
import { readTrust } from '../trust/read-trust.ts';
import type { Trust } from '../trust/trust.ts';
import { readBounded, readCrlFile, readOcspFile } from './files.ts';
import { readRevocationFiles } from './revocation-files.ts';

/** What to judge by: files and settings, as given on the command line. */
export type Ground = {
  readonly trust: string;
  readonly trustKeys: string | null;
  readonly status: string | null;
  readonly documentSigners: string | null;
  /** the index, or the folder that holds it and its batches */
  readonly revocations: string | null;
  readonly crls: readonly string[];
  readonly ocsp: readonly string[];
  readonly at: Date;
  readonly offline: boolean;
  readonly requireToken: boolean;
};

export const MAX_TRUST_FILE_BYTES = 32 * 1024 * 1024;

/** For evidence and for certificates. */
export type JudgeOptions = VerifyOptions & CertificateOptions;

/** @throws Refusal SOURCE_UNREADABLE, SOURCE_TOO_LARGE, CRL_MALFORMED, OCSP_MALFORMED, CERTIFICATE_MALFORMED, TRUST_MALFORMED */
export async function readOptions(ground: Ground): Promise<JudgeOptions> {
  const { trust, trustKeys, status, crls, ocsp, at, offline, requireToken } = ground;
  const pins = trustKeys === null ? null : parseTrustKeys(await readBounded(trustKeys, MAX_TRUST_FILE_BYTES));
  const envelopeBytes = await readBounded(trust, MAX_TRUST_FILE_BYTES);
  const reading = await readTrust({ envelopeBytes, pins, at, crypto: nodeCrypto });
  return {
    crypto: nodeCrypto,
    at,
    trust: reading,
    status: status === null ? null : await readStatusFile(status, reading.trust, at),
    documentSigners: await readSigners(ground.documentSigners, reading.trust, at),
    revocations:
      ground.revocations === null ? null : await readRevocationFiles(ground.revocations, reading.trust, at),
    crls: (await Promise.all(crls.map(readCrlFile))).flat(),
    ocsp: await Promise.all(ocsp.map(readOcspFile)),
    offline,
    requireToken,
    cache: new AttestationCache(),
  };
}

/** Without a trust list there is no key to judge a status file by; its absence is told by the trust list's own finding. */
async function readStatusFile(path: string, trust: Trust | null, at: Date): Promise<StatusReading | null> {
  const fileBytes = await readBounded(path, MAX_STATUS_BYTES);
  return trust && (await readStatus({ fileBytes, trust, at, crypto: nodeCrypto }));
}

/** Without a trust list there is no key to judge it by, which is told by the trust list's own finding. */
async function readSigners(
  path: string | null,
  trust: Trust | null,
  at: Date,
): Promise<DocumentSignersReading> {
  if (path === null)
    return noSigners(undetermined('DOCUMENT_SIGNER_UNKNOWN', 'no list of document signers was given'));
  const fileBytes = await readBounded(path, MAX_DOCUMENT_SIGNERS_FILE_BYTES);
  return trust ? await readDocumentSigners({ fileBytes, trust, at, crypto: nodeCrypto }) : noSigners();
}

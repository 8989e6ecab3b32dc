import { base64url, utf8 } from '#core/bytes';
import { instant } from '#core/dates';
import { parseRecordText } from '#core/record/parse-record';
import { isRefusal } from '#core/refusal';
import { parseEvidence } from '#core/sign/evidence';
import type { NewVerification } from '#core/wire/certificates';
import { AttestationCache } from '#verifier/attestation-cache';
import type { RevocationsReading } from '#verifier/certificate/revocations';
import { readRevocations, type ReadBatch, type ReadBatches } from '#verifier/certificate/read-revocations';
import type { CertificateVerdict } from '#verifier/certificate/verdict';
import { verifyCertificate } from '#verifier/certificate/verify-certificate';
import { verifyEvidence } from '#verifier/index';
import { serviceKeys } from '#verifier/trust/service-keys';
import type { Trust } from '#verifier/trust/trust';
import type { Verdict } from '#verifier/verdict';
import { districtIsKnown, issueStatus } from '../issue-status.ts';
import { readHeld } from '../status-cache.ts';
import type { Service } from '../../service.ts';
import type { Database } from '../../store/database.ts';
import { readRevocationBatch } from '../../store/revocation-lists.ts';
import { issueRevocations, type RevocationIndexFile } from './issue-revocations.ts';

export type Verification = { readonly certificate: CertificateVerdict } | { readonly evidence: Verdict };

/**
 * Judges what somebody holds, with the code that judges it offline and the lists that this service hands out: nothing is looked up here
 * that a stranger could not look up.
 * @throws Refusal TRUST_*, DOCUMENT_SIGNERS_*, REVOCATIONS_UNKNOWN where this service itself has no lists
 */
export async function verify(service: Service, asked: NewVerification): Promise<Verification> {
  return 'text' in asked
    ? { certificate: await judgeText(service, asked.text) }
    : { evidence: await judgeEvidence(service, asked.evidence) };
}

async function judgeText(service: Service, text: string): Promise<CertificateVerdict> {
  const { crypto } = service;
  const index = await issueRevocations(service);
  // only now: an index that was issued after the judged time is not fresh
  const at = service.clock();
  const reading = await service.trust.reading(at);
  const trust = await service.trust.trust(at);
  const documentSigners = await service.documentSigners.reading(trust, at);
  const revocations = await readIndex(service, index, trust, at);
  return verifyCertificate(
    { text },
    { crypto, at, trust: reading, documentSigners, revocations, offline: false },
  );
}

type ReadIndex = { readonly trust: Trust; readonly keys: string; readonly of: Promise<RevocationsReading> };
const readings = new WeakMap<RevocationIndexFile, ReadIndex>();
const batches = new WeakMap<Database, ReadBatches>();

function readIndex(
  service: Service,
  index: RevocationIndexFile,
  trust: Trust,
  at: Date,
): Promise<RevocationsReading> {
  const keys = serviceKeys(trust, 'certificate-revocations', instant(at)).map(base64url).join();
  const known = readings.get(index);
  if (known?.trust === trust && known.keys === keys) return known.of;
  const read: ReadBatches = batches.get(service.db) ?? new Map<string, ReadBatch>();
  batches.set(service.db, read);
  const of = readRevocations({
    indexBytes: utf8(index.text),
    batch: (sha256) => readRevocationBatch(service.db, Buffer.from(sha256, 'base64url')),
    trust,
    at,
    crypto: service.crypto,
    read,
  });
  readings.set(index, { trust, keys, of });
  return of;
}

/** Judgements hold for one instant: those who ask within a second share it. */
const SECOND_MS = 1000;
let shared: { readonly service: Service; readonly second: number; readonly cache: AttestationCache } | null =
  null;

async function judgeEvidence(service: Service, text: string): Promise<Verdict> {
  const bytes = utf8(text);
  const { crypto } = service;
  const district = districtOf(bytes);
  const list =
    district !== null && (await districtIsKnown(service, district))
      ? await issueStatus(service, district)
      : null;
  const at = service.clock();
  const trust = await service.trust.trust(at);
  const status = list && (await readHeld(service, list, trust, at));
  const second = Math.floor(at.getTime() / SECOND_MS);
  if (shared?.service !== service || shared.second !== second)
    shared = { service, second, cache: new AttestationCache() };
  return verifyEvidence(bytes, {
    crypto,
    at,
    trust: await service.trust.reading(at),
    status,
    crls: [],
    offline: false,
    cache: shared.cache,
  });
}

/** Which status list to ask; what cannot be read is judged all the same, and refused there. */
function districtOf(bytes: Uint8Array): string | null {
  try {
    return parseRecordText(parseEvidence(bytes).record).residence.district;
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

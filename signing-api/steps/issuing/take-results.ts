import { randomBytes } from 'node:crypto';
import { fromBase64, fromBase64url } from '#core/bytes';
import { decodeClaims } from '#core/certificate/claims';
import { coseSign1, protectedHeader } from '#core/certificate/cose';
import { instant } from '#core/dates';
import { isRefusalCode, Refusal, type RefusalCode } from '#core/refusal';
import type { Result, ResultsTaken } from '#core/wire/issuing';
import { signerOf } from '#verifier/certificate/signer-of';
import { kindsOf } from '../../issuing-policy.ts';
import type { Caller } from '../../caller.ts';
import type { Service } from '../../service.ts';
import { isLease, refuseJobs, type NewRefusal } from '../../store/certificate-jobs.ts';
import {
  findClaims,
  insertCertificates,
  lockStatusShared,
  orderedAmong,
  refusedAmong,
  type KnownClaims,
  type NewCertificate,
} from '../../store/certificates.ts';
import { covers, issuingKeys, type IssuingKey } from './choose-key.ts';
import { claimsRowId } from './make-claims.ts';
import { coseRowId, handleRowId, lookupIndex, newCode } from './secrets.ts';

type Signed = Extract<Result, { signature: string }>;
type Rejected = ResultsTaken['rejected'][number];

/**
 * Takes what a worker signed or refused. A signature counts by the claims it was made over, whenever it comes: those of a lease that ran
 * out are taken too. Each is verified here; a certificate is stored once, and taken back in the same transaction where its record was
 * corrected or withdrawn while it was being signed.
 * @throws Refusal CERTIFICATE_UNKNOWN where there was no such lease; DOCUMENT_SIGNERS_*, TRUST_*
 */
export async function takeResults(
  service: Service,
  caller: Caller,
  leaseId: string,
  results: readonly Result[],
): Promise<ResultsTaken> {
  if (!(await isLease(service.db, leaseId)))
    throw new Refusal('CERTIFICATE_UNKNOWN', { detail: 'no such lease' });
  const rejected: Rejected[] = [];
  const signed = results.filter((result): result is Signed => 'signature' in result);
  const refusals = results.flatMap((result) => ('refusal' in result ? [result] : []));
  const { fresh, stored } = await judgeSigned(service, signed, rejected);
  const at = service.clock();
  const kinds = kindsOf(service.config.issuingPolicy);
  const kept = await service.db.transaction(async (tx) => {
    await lockStatusShared(tx);
    const made = await insertCertificates(tx, fresh, { kinds, by: caller.keyId, at });
    const known = refusals.map(({ certificateId, refusal }): NewRefusal => ({
      certificateId,
      code: named(refusal),
    }));
    const refused = known.length > 0 ? await refuseJobs(tx, leaseId, known, at) : new Set<string>();
    return { made, refused };
  });
  // of two at once that signed other claims of one certificate, one came first
  const mine = fresh.filter(({ certificateId, claimsSha256 }) =>
    kept.made.get(certificateId)?.equals(claimsSha256),
  );
  for (const { certificateId } of fresh)
    if (!mine.some((one) => one.certificateId === certificateId))
      rejected.push({ certificateId, code: 'CERTIFICATE_ALREADY_ISSUED' });
  const refused = await countRefused(service, refusals, kept.refused, rejected);
  return { stored: stored + mine.length, refused, rejected };
}

async function judgeSigned(
  service: Service,
  signed: readonly Signed[],
  rejected: Rejected[],
): Promise<{ readonly fresh: NewCertificate[]; readonly stored: number }> {
  if (signed.length === 0) return { fresh: [], stored: 0 };
  const now = service.clock();
  const { byKid } = await service.documentSigners.reading(await service.trust.trust(now), now);
  const keys = byKid ? issuingKeys(byKid) : [];
  const claims = await findClaims(
    service.db,
    signed.map(({ claimsSha256 }) => bytesOf(claimsSha256)),
  );
  const known = new Map(
    claims.map((one) => [`${one.certificateId}/${one.claimsSha256.toString('base64url')}`, one]),
  );
  const ordered = await orderedAmong(
    service.db,
    signed.map(({ certificateId }) => certificateId),
  );
  const fresh = new Map<string, NewCertificate>();
  let stored = 0;
  for (const result of signed) {
    const { certificateId } = result;
    const of = known.get(`${certificateId}/${result.claimsSha256}`);
    const reject = (code: RefusalCode) => rejected.push({ certificateId, code });
    if (!ordered.has(certificateId)) reject('CERTIFICATE_UNKNOWN');
    else if (!of) reject('CERTIFICATE_CLAIMS_DIFFER');
    else if (of.storedClaims?.equals(of.claimsSha256)) stored++;
    else if (of.storedClaims || fresh.has(certificateId)) reject('CERTIFICATE_ALREADY_ISSUED');
    else {
      const made = await toCertificate(service, of, keys, fromBase64(result.signature) ?? new Uint8Array());
      if (typeof made === 'string') reject(made);
      else fresh.set(certificateId, made);
    }
  }
  return { fresh: [...fresh.values()], stored };
}

async function toCertificate(
  service: Service,
  of: KnownClaims,
  keys: readonly IssuingKey[],
  signature: Uint8Array,
): Promise<NewCertificate | RefusalCode> {
  const { sealer, crypto } = service;
  const { certificateId, claimsSha256, sealedClaims } = of;
  const kid = of.kid.toString('base64url');
  const key = keys.find((one) => one.kid === kid && covers(one, instant(of.issuedAt), instant(of.expires)));
  // a key that was given up meanwhile makes no certificates any more
  if (!key) return 'CERTIFICATE_KEY_NONE';
  const payload = sealer.open(sealedClaims, claimsRowId(certificateId, claimsSha256));
  const protectedBytes = protectedHeader(key.alg, of.kid);
  const cose = { protectedBytes, payload, signature, alg: key.alg, kid: of.kid, kidIsProtected: true };
  if (!(await signerOf(cose, [key.signer], crypto))) return 'HC1_SIGNATURE_INVALID';
  const { dob, v } = decodeClaims(payload).payload;
  const code = newCode(randomBytes);
  return {
    ...of,
    certificateId,
    claimsSha256,
    sealedCose: sealer.seal(coseSign1(protectedBytes, payload, signature), coseRowId(certificateId)),
    sealedHandle: sealer.seal(JSON.stringify({ uvci: v[0].ci, code }), handleRowId(certificateId)),
    lookupIndex: lookupIndex(sealer, code, dob),
  };
}

/** A refusal that came before stands, and is told again. */
async function countRefused(
  service: Service,
  refusals: readonly { readonly certificateId: string }[],
  now: ReadonlySet<string>,
  rejected: Rejected[],
): Promise<number> {
  const others = refusals.map(({ certificateId }) => certificateId).filter((id) => !now.has(id));
  if (others.length === 0) return refusals.length;
  const before = await refusedAmong(service.db, others);
  const ordered = await orderedAmong(service.db, others);
  for (const certificateId of others.filter((id) => !before.has(id)))
    rejected.push({
      certificateId,
      code: ordered.has(certificateId) ? 'CERTIFICATE_ALREADY_ISSUED' : 'CERTIFICATE_UNKNOWN',
    });
  return refusals.length - others.filter((id) => !before.has(id)).length;
}

function named(code: string): RefusalCode {
  return isRefusalCode(code) ? code : 'INTERNAL';
}

function bytesOf(digest: string): Uint8Array {
  return fromBase64url(digest) ?? new Uint8Array();
}

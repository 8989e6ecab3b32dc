import { base64url, fromBase64, fromBase64url, sameBytes } from '#core/bytes';
import { instant } from '#core/dates';
import { Refusal } from '#core/refusal';
import type { Collected } from '#core/wire/signing-sessions';
import { verifySignature, type SignatureVerdict } from '#verifier/verify-signature';
import type { Service } from '../service.ts';
import { findBatch, type BatchRow } from '../store/batches.ts';
import { lockLease } from '../store/leases.ts';
import type { SessionRow } from '../store/sessions.ts';
import { findDevice } from '../store/devices.ts';
import { findSignature, insertMaterial, insertSignature, type SignatureRow } from '../store/signatures.ts';
import { lockStatus, supersedeStaleLeavesOfBatch, withdrawTakenBackLeavesOfBatch } from '../store/status.ts';
import { closeBatch } from './close-batch.ts';
import { judgingNow, materialOf, whyNotCollected } from './judging.ts';
import { closeSession, requireLease } from './keep-session.ts';
import { openLease } from './request-batch.ts';
import { whyNotOpen } from './withdraw-batch.ts';

/**
 * Takes a list's signature in, once: it is verified in full (form, signer, unit, path, revocation now), kept with the material it was judged
 * with, and the batch is closed; versions that were corrected or taken back meanwhile go into the status lists in the same transaction.
 * The same signature sent again gets the same answer.
 * @throws Refusal BATCH_OF_OTHER_MODE, BATCH_WITHDRAWN, BATCH_ALREADY_SIGNED, SESSION_ENDED, DEVICE_UNKNOWN, TICKET_OF_OTHER_CERTIFICATE, and every code of verifySignature
 */
export async function collectSignature(
  service: Service,
  session: SessionRow,
  cmsBase64: string,
): Promise<Collected> {
  const cms = Buffer.from(fromBase64(cmsBase64) ?? new Uint8Array());
  const cmsSha256 = Buffer.from(service.crypto.sha256(cms));
  const batch = await findBatch(service.db, session.batchId);
  if (!batch) throw new Refusal('BATCH_UNKNOWN');
  demandMode(batch, 'list');
  const earlier = await alreadyCollected(service, batch, cmsSha256);
  if (earlier) return earlier;
  if (batch.withdrawnAt) throw new Refusal('BATCH_WITHDRAWN');
  await requireLease(service, session);
  const verdict = await judge(service, batch, cms);
  const signerSha256 = await requireDeviceCertificate(service, session, verdict);
  const collectedAt = service.clock();
  const row = { district: batch.district, batchId: batch.batchId, cms, cmsSha256, signerSha256, collectedAt };
  const isFirst = await keep(service, batch, row, verdict);
  if (!isFirst)
    return (await alreadyCollected(service, batch, cmsSha256)) ?? refuseClosed(service, batch.batchId);
  await closeSession(service, session);
  return { batchId: batch.batchId, cmsSha256: base64url(cmsSha256), collectedAt: instant(collectedAt) };
}

/** @throws Refusal BATCH_OF_OTHER_MODE */
export function demandMode(batch: BatchRow, mode: BatchRow['mode']): void {
  if (batch.mode !== mode) throw new Refusal('BATCH_OF_OTHER_MODE', { detail: `an ${batch.mode} batch` });
}

async function alreadyCollected(
  service: Service,
  batch: BatchRow,
  cmsSha256: Buffer,
): Promise<Collected | null> {
  const kept = await findSignature(service.db, batch.district, batch.batchId);
  if (!kept) return null;
  if (!kept.cmsSha256.equals(cmsSha256)) throw new Refusal('BATCH_ALREADY_SIGNED');
  return { batchId: batch.batchId, cmsSha256: base64url(cmsSha256), collectedAt: instant(kept.collectedAt) };
}

async function refuseClosed(service: Service, batchId: string): Promise<never> {
  throw new Refusal(await whyNotOpen(service, batchId));
}

async function judge(service: Service, batch: BatchRow, cms: Buffer): Promise<SignatureVerdict> {
  const requireToken = service.config.keyStorage === 'token';
  const verdict = await verifySignature({
    ...(await judgingNow(service, [cms])),
    requireToken,
    statementBytes: batch.statement,
    cms,
  });
  const reason = whyNotCollected(verdict);
  if (reason) throw new Refusal(reason, { detail: verdict.details.join('; ') });
  return verdict;
}

async function requireDeviceCertificate(
  service: Service,
  session: SessionRow,
  verdict: SignatureVerdict,
): Promise<Buffer> {
  const device = await findDevice(service.db, session.deviceId);
  if (!device) throw new Refusal('DEVICE_UNKNOWN');
  const signer = fromBase64url(verdict.signerSha256 ?? '') ?? new Uint8Array();
  if (!sameBytes(device.signerSha256, signer)) throw new Refusal('TICKET_OF_OTHER_CERTIFICATE');
  return device.signerSha256;
}

/** @returns false where the batch was closed meanwhile */
async function keep(
  service: Service,
  batch: BatchRow,
  row: SignatureRow,
  verdict: SignatureVerdict,
): Promise<boolean> {
  const material = materialOf(service, [verdict]);
  return service.db.transaction(async (tx) => {
    if (!(await lockLease(tx, openLease({ kind: batch.kind, code: batch.unit }), batch.batchId)))
      return false;
    await insertSignature(tx, row);
    await insertMaterial(tx, batch.district, batch.batchId, material);
    await closeBatch(tx, batch, row.collectedAt);
    await lockStatus(tx);
    await supersedeStaleLeavesOfBatch(tx, batch.batchId, row.collectedAt);
    await withdrawTakenBackLeavesOfBatch(tx, batch.batchId, row.collectedAt);
    return true;
  });
}

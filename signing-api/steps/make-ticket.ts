import { randomBytes } from 'node:crypto';
import { base64url, utf8 } from '#core/bytes';
import { instant } from '#core/dates';
import { Refusal } from '#core/refusal';
import type { Ticket } from '#core/wire/signing-sessions';
import type { Caller } from '../caller.ts';
import { oneTimeSecret } from '../one-time-secret.ts';
import type { Service } from '../service.ts';
import { findDevice } from '../store/devices.ts';
import { insertTicket } from '../store/sessions.ts';
import { requireTestInstance } from './request-batch.ts';
import { ownBatch } from './withdraw-batch.ts';

/**
 * A ticket lets one device sign one batch: bound to device, signer certificate and statement digest, short-lived, redeemed once.
 * The secret is given out here and only its hash is kept.
 * @throws Refusal FORBIDDEN, BATCH_UNKNOWN, BATCH_WITHDRAWN, BATCH_ALREADY_SIGNED, DEVICE_UNKNOWN
 */
export async function makeTicket(
  service: Service,
  caller: Caller,
  batchId: string,
  deviceId: string,
): Promise<Ticket> {
  requireTestInstance(service.config.instance);
  const batch = await ownBatch(service, caller, batchId);
  if (batch.withdrawnAt) throw new Refusal('BATCH_WITHDRAWN');
  if (batch.collectedAt) throw new Refusal('BATCH_ALREADY_SIGNED');
  const device = await findDevice(service.db, deviceId);
  if (!device || device.unitKind !== batch.kind || device.unit !== batch.unit)
    throw new Refusal('DEVICE_UNKNOWN');
  const ticket = oneTimeSecret(32);
  const madeAt = service.clock();
  const expiresAt = new Date(madeAt.getTime() + service.config.ticketSeconds * 1000);
  await insertTicket(service.db, {
    ticketSha256: Buffer.from(service.crypto.sha256(utf8(ticket))),
    district: batch.district,
    batchId,
    deviceId,
    signerSha256: device.signerSha256,
    statementSha256: batch.statementSha256,
    nonce: randomBytes(32),
    by: caller.keyId,
    madeAt,
    expiresAt,
  });
  return {
    ticket,
    batchId,
    statementSha256: base64url(batch.statementSha256),
    expiresAt: instant(expiresAt),
  };
}

import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { base64url, concat, fromBase64, fromBase64url, utf8 } from '#core/bytes';
import { instant } from '#core/dates';
import { Refusal } from '#core/refusal';
import type { NewSession, Session } from '#core/wire/signing-sessions';
import type { Service } from '../service.ts';
import { findBatch, type BatchRow } from '../store/batches.ts';
import { findDevice, type DeviceRow } from '../store/devices.ts';
import { rowsOf } from './enrol-device.ts';
import { findLease, takeLease } from '../store/leases.ts';
import { findSession, findTicket, insertSession, type TicketState } from '../store/sessions.ts';

const ZERO = Uint8Array.of(0);

export function signingLease(batchId: string): string {
  return `signing:${batchId}`;
}

/** The nonce that a ticket is redeemed against: the ticket is single-use, so one nonce a ticket serves. */
export async function challengeFor(
  service: Service,
  deviceId: string,
  ticketSha256: string,
): Promise<{ nonce: string }> {
  const { ticket } = await usableTicket(
    service,
    deviceId,
    Buffer.from(fromBase64url(ticketSha256) ?? new Uint8Array()),
  );
  return { nonce: base64url(ticket.nonce) };
}

/**
 * Redeems a ticket, once, for a signing session with a lease that heartbeats keep alive.
 * @throws Refusal TICKET_UNKNOWN, TICKET_EXPIRED, TICKET_USED, TICKET_OF_OTHER_DEVICE, DEVICE_UNKNOWN, UNAUTHENTICATED (the proof does
 * not hold), BATCH_WITHDRAWN, BATCH_ALREADY_SIGNED, BATCH_BEING_SIGNED (who and since when stand in its faults)
 */
export async function openSession(service: Service, request: NewSession): Promise<Session> {
  const { sha256, verify } = service.crypto;
  const ticketSha256 = Buffer.from(sha256(utf8(request.ticket)));
  const { ticket, device, batch } = await usableTicket(service, request.deviceId, ticketSha256);
  const message = concat(utf8('kyso/device/v1'), ZERO, ticket.nonce, ticketSha256);
  if (
    !(await verify(
      'ECDSA-P256-SHA256',
      device.deviceKey,
      message,
      fromBase64(request.proof) ?? new Uint8Array(),
    ))
  )
    throw new Refusal('UNAUTHENTICATED', { detail: 'device proof' });
  const rows = await rowsOf(service, device.signerCertificate);
  const signerUnits = rows.map(({ kind, unit: code }) => ({ kind, code }));
  const sessionId = uuidv7();
  const secret = base64url(randomBytes(32));
  const { district, batchId, deviceId } = ticket;
  await service.db.transaction(async (tx) => {
    const at = service.clock();
    const expiresAt = new Date(at.getTime() + service.config.leaseSeconds * 1000);
    if (!(await takeLease(tx, signingLease(batchId), sessionId, at, expiresAt)))
      throw await beingSigned(service, batchId);
    const secretSha256 = Buffer.from(sha256(utf8(secret)));
    const isFirst = await insertSession(tx, {
      sessionId,
      secretSha256,
      ticketSha256,
      district,
      batchId,
      deviceId,
      at,
    });
    if (!isFirst) throw new Refusal('TICKET_USED');
  });
  return {
    sessionId,
    secret,
    leaseSeconds: service.config.leaseSeconds,
    statement: batch.statement.toString('utf8'),
    statementSha256: base64url(batch.statementSha256),
    signerCertificateSha256: base64url(device.signerSha256),
    signerUnits,
  };
}

async function usableTicket(
  service: Service,
  deviceId: string,
  ticketSha256: Buffer,
): Promise<{ ticket: TicketState; device: DeviceRow; batch: BatchRow }> {
  const device = await findDevice(service.db, deviceId);
  if (!device) throw new Refusal('DEVICE_UNKNOWN');
  const ticket = await findTicket(service.db, ticketSha256);
  if (!ticket) throw new Refusal('TICKET_UNKNOWN');
  if (ticket.deviceId !== deviceId) throw new Refusal('TICKET_OF_OTHER_DEVICE');
  const batch = await findBatch(service.db, ticket.batchId);
  if (!batch) throw new Refusal('BATCH_UNKNOWN');
  if (batch.withdrawnAt) throw new Refusal('BATCH_WITHDRAWN');
  if (batch.collectedAt) throw new Refusal('BATCH_ALREADY_SIGNED');
  if (ticket.redeemedAt) throw await usedTicket(service, ticket);
  if (ticket.expiresAt <= service.clock()) throw new Refusal('TICKET_EXPIRED');
  return { ticket, device, batch };
}

async function usedTicket(service: Service, ticket: TicketState): Promise<Refusal> {
  const lease = await findLease(service.db, signingLease(ticket.batchId));
  const isLive = lease?.expiresAt && lease.expiresAt > service.clock();
  return isLive ? beingSigned(service, ticket.batchId) : new Refusal('TICKET_USED');
}

async function beingSigned(service: Service, batchId: string): Promise<Refusal> {
  const lease = await findLease(service.db, signingLease(batchId));
  const session = lease && (await findSession(service.db, lease.holder));
  return new Refusal('BATCH_BEING_SIGNED', {
    faults:
      lease && session
        ? [
            { at: '/device', code: session.deviceId },
            { at: '/since', code: instant(lease.since) },
          ]
        : [],
  });
}

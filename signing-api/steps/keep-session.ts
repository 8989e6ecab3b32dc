import { utf8 } from '#core/bytes';
import { instant } from '#core/dates';
import { Refusal } from '#core/refusal';
import type { Service } from '../service.ts';
import { expireLease, findLease, renewLease } from '../store/leases.ts';
import { findSessionBySecret, type SessionRow } from '../store/sessions.ts';
import { signingLease } from './open-session.ts';

/** @throws Refusal UNAUTHENTICATED where the secret is no session's */
export async function authenticateSession(service: Service, secret: string): Promise<SessionRow> {
  const session = await findSessionBySecret(service.db, Buffer.from(service.crypto.sha256(utf8(secret))));
  if (!session) throw new Refusal('UNAUTHENTICATED');
  return session;
}

/** @throws Refusal SESSION_ENDED where the lease ran out, was closed, or is another session's */
export async function requireLease(service: Service, session: SessionRow): Promise<void> {
  const lease = await findLease(service.db, signingLease(session.batchId));
  if (lease?.holder !== session.sessionId || !lease.expiresAt || lease.expiresAt <= service.clock())
    throw new Refusal('SESSION_ENDED');
}

/** Renews the lease; without a wall-clock limit, as long as somebody is there. @throws Refusal SESSION_ENDED */
export async function heartbeat(
  service: Service,
  session: SessionRow,
): Promise<{ leaseSeconds: number; serverTime: string }> {
  const now = service.clock();
  const { leaseSeconds } = service.config;
  const expiresAt = new Date(now.getTime() + leaseSeconds * 1000);
  if (!(await renewLease(service.db, signingLease(session.batchId), session.sessionId, now, expiresAt)))
    throw new Refusal('SESSION_ENDED');
  return { leaseSeconds, serverTime: instant(now) };
}

export async function closeSession(service: Service, session: SessionRow): Promise<void> {
  await expireLease(service.db, signingLease(session.batchId), session.sessionId, service.clock());
}

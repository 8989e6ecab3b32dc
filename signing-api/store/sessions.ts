import type { Db, Tx } from './database.ts';

export type TicketRow = {
  readonly ticketSha256: Buffer;
  readonly district: string;
  readonly batchId: string;
  readonly deviceId: string;
  readonly signerSha256: Buffer;
  readonly statementSha256: Buffer;
  readonly nonce: Buffer;
  readonly by: string;
  readonly madeAt: Date;
  readonly expiresAt: Date;
};

export async function insertTicket(db: Db, t: TicketRow): Promise<void> {
  await db.query(
    `insert into tickets (ticket_sha256, district, batch_id, device_id, signer_sha256, statement_sha256, nonce, by, made_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      t.ticketSha256,
      t.district,
      t.batchId,
      t.deviceId,
      t.signerSha256,
      t.statementSha256,
      t.nonce,
      t.by,
      t.madeAt,
      t.expiresAt,
    ],
  );
}

export type TicketState = TicketRow & { readonly redeemedAt: Date | null };

export async function findTicket(db: Db, ticketSha256: Buffer): Promise<TicketState | null> {
  const rows = await db.query<TicketState>(
    `select t.ticket_sha256 as "ticketSha256", t.district, t.batch_id as "batchId", t.device_id as "deviceId",
       t.signer_sha256 as "signerSha256", t.statement_sha256 as "statementSha256", t.nonce, t.by, t.made_at as "madeAt",
       t.expires_at as "expiresAt", r.at as "redeemedAt"
     from tickets t left join ticket_redemptions r using (ticket_sha256) where t.ticket_sha256 = $1`,
    [ticketSha256],
  );
  return rows[0] ?? null;
}

export type SessionRow = {
  readonly sessionId: string;
  readonly secretSha256: Buffer;
  readonly ticketSha256: Buffer;
  readonly district: string;
  readonly batchId: string;
  readonly deviceId: string;
  readonly at: Date;
};

/** @returns false where the ticket was redeemed by somebody else meanwhile */
export async function insertSession(tx: Tx, s: SessionRow): Promise<boolean> {
  const redeemed = await tx.query(
    'insert into ticket_redemptions (ticket_sha256, session_id, at) values ($1, $2, $3) on conflict do nothing returning 1',
    [s.ticketSha256, s.sessionId, s.at],
  );
  if (redeemed.length === 0) return false;
  await tx.query(
    `insert into signing_sessions (session_id, secret_sha256, ticket_sha256, district, batch_id, device_id, at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [s.sessionId, s.secretSha256, s.ticketSha256, s.district, s.batchId, s.deviceId, s.at],
  );
  return true;
}

const COLUMNS = `session_id as "sessionId", secret_sha256 as "secretSha256", ticket_sha256 as "ticketSha256", district,
  batch_id as "batchId", device_id as "deviceId", at`;

/** A session whose device has not been ended. */
export async function findSessionBySecret(db: Db, secretSha256: Buffer): Promise<SessionRow | null> {
  const rows = await db.query<SessionRow>(
    `select ${COLUMNS} from signing_sessions s where secret_sha256 = $1
       and not exists (select from device_endings e where e.device_id = s.device_id)`,
    [secretSha256],
  );
  return rows[0] ?? null;
}

export async function findSession(db: Db, sessionId: string): Promise<SessionRow | null> {
  return (
    (
      await db.query<SessionRow>(`select ${COLUMNS} from signing_sessions where session_id = $1`, [sessionId])
    )[0] ?? null
  );
}

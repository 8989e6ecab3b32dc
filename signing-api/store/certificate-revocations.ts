import type { Db, Tx } from './database.ts';

/** Which certificates were taken back. The first reason stands. */

export type RevocationReason = 'correction' | 'withdrawal' | 'request' | 'mistake';

/** Certificates of the versions that this transaction replaced (store/records.ts, noteReplaced). Call it under lockStatus. */
export async function revokeReplaced(tx: Tx, by: string, at: Date): Promise<void> {
  await tx.query(
    `insert into certificate_revocations (district, certificate_id, reason, at, by)
     select distinct c.district, c.certificate_id, 'correction', $1::timestamptz, $2::uuid
     from replaced r
     join certificates c on c.district = r.district and c.record_id = r.record_id and c.version <= r.version
     on conflict do nothing`,
    [at, by],
  );
}

/** Certificates of a record that was taken back, wherever it lay. Call it under lockStatus. */
export async function revokeOfRecord(tx: Tx, recordId: string, by: string, at: Date): Promise<void> {
  await tx.query(
    `insert into certificate_revocations (district, certificate_id, reason, at, by)
     select c.district, c.certificate_id, 'withdrawal', $2, $3
     from certificate_orders o
     join certificates c on c.district = o.district and c.certificate_id = o.certificate_id
     where o.record_id = $1
     on conflict do nothing`,
    [recordId, at, by],
  );
}

/** Certificates of what was signed in a batch that is given up before all of it was. Call it under lockStatus. */
export async function revokeOfBatch(tx: Tx, batchId: string, by: string, at: Date): Promise<void> {
  await tx.query(
    `insert into certificate_revocations (district, certificate_id, reason, at, by)
     select c.district, c.certificate_id, 'withdrawal', $2, $3
     from batch_parts p
     join batch_leaves l on l.district = p.leaf_district and l.batch_id = p.batch_id
     join certificates c on c.district = l.district and c.record_id = l.record_id and c.version = l.version
     where p.batch_id = $1
     on conflict do nothing`,
    [batchId, at, by],
  );
}

/** @returns false where it was taken back before */
export async function revokeCertificate(
  db: Db,
  certificate: { readonly district: string; readonly certificateId: string },
  reason: RevocationReason,
  by: string,
  at: Date,
): Promise<boolean> {
  const rows = await db.query(
    `insert into certificate_revocations (district, certificate_id, reason, at, by) values ($1, $2, $3, $4, $5)
     on conflict do nothing returning 1`,
    [certificate.district, certificate.certificateId, reason, at, by],
  );
  return rows.length === 1;
}

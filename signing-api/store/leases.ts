import type { Db, Tx } from './database.ts';

/** Locks that outlive a connection. `open:<kind>:<unit>` holds a unit's one open batch, `signing:<batch>` its one live session. */

export type Lease = { readonly holder: string; readonly since: Date; readonly expiresAt: Date | null };

/** Takes a lease that is free or has run out. @returns false where somebody else holds it */
export async function takeLease(
  db: Db,
  name: string,
  holder: string,
  now: Date,
  expiresAt: Date | null,
): Promise<boolean> {
  // asked first, without waiting: the holder's own transaction may have the row locked for as long as it freezes a list
  const held = await db.query(
    'select 1 from leases where name = $1 and (expires_at is null or expires_at > $2)',
    [name, now],
  );
  if (held.length > 0) return false;
  const rows = await db.query(
    `insert into leases (name, holder, since, expires_at) values ($1, $2, $3, $4)
     on conflict (name) do update set holder = excluded.holder, since = excluded.since, expires_at = excluded.expires_at
       where leases.expires_at <= $3
     returning 1`,
    [name, holder, now, expiresAt],
  );
  return rows.length === 1;
}

/** @returns false where the lease ran out or was never this holder's */
export async function renewLease(
  db: Db,
  name: string,
  holder: string,
  now: Date,
  expiresAt: Date,
): Promise<boolean> {
  const rows = await db.query(
    'update leases set expires_at = $4 where name = $1 and holder = $2 and expires_at > $3 returning 1',
    [name, holder, now, expiresAt],
  );
  return rows.length === 1;
}

export async function findLease(db: Db, name: string): Promise<Lease | null> {
  const rows = await db.query<Lease>(
    'select holder, since, expires_at as "expiresAt" from leases where name = $1',
    [name],
  );
  return rows[0] ?? null;
}

/** Locks a lease's row until the transaction ends. @returns false where this holder does not hold it */
export async function lockLease(tx: Tx, name: string, holder: string): Promise<boolean> {
  const rows = await tx.query('select 1 from leases where name = $1 and holder = $2 for update', [
    name,
    holder,
  ]);
  return rows.length === 1;
}

/** Ends a lease early. A signing lease keeps its row, so that it stays known when the batch was last worked on. */
export async function expireLease(db: Db, name: string, holder: string, now: Date): Promise<void> {
  await db.query('update leases set expires_at = $3 where name = $1 and holder = $2 and expires_at > $3', [
    name,
    holder,
    now,
  ]);
}

export async function dropLease(db: Db, name: string, holder: string): Promise<void> {
  await db.query('delete from leases where name = $1 and holder = $2', [name, holder]);
}

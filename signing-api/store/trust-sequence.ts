import type { Database, Db } from './database.ts';

const KEY = 'trustSequenceSeen';

/** The highest sequence of a trust list that this database's instance ever judged with; 0 at first. */
export async function trustSequenceSeen(db: Db): Promise<number> {
  const rows = await db.query<{ value: number }>(
    'select value from settings where key = $1 order by version desc limit 1',
    [KEY],
  );
  return rows[0]?.value ?? 0;
}

/** Keeps a sequence where it is higher than the one kept. */
export async function keepTrustSequence(db: Database, sequence: number, at: Date): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.query("select pg_advisory_xact_lock(hashtext('kyso/trust-sequence'))");
    if ((await trustSequenceSeen(tx)) >= sequence) return;
    await tx.query(
      `insert into settings (key, version, value, at)
       select $1, coalesce(max(version), 0) + 1, to_jsonb($2::bigint), $3::timestamptz from settings where key = $1`,
      [KEY, sequence, at],
    );
  });
}

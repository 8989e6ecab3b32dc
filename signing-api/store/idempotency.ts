import type { Db } from './database.ts';

export type IdempotencyRow = {
  readonly bodySha256: Buffer;
  readonly status: number | null;
  readonly answer: string | null;
  /** the Location header of that answer */
  readonly location: string | null;
  readonly at: Date;
};

/** @returns null where the key is new (and now taken), else what stands under it */
export async function takeIdempotencyKey(
  db: Db,
  k: {
    readonly caller: string;
    readonly route: string;
    readonly key: string;
    readonly bodySha256: Buffer;
    readonly at: Date;
  },
): Promise<IdempotencyRow | null> {
  const taken = await db.query(
    `insert into idempotency_keys (caller, route, key, body_sha256, at) values ($1, $2, $3, $4, $5) on conflict do nothing returning 1`,
    [k.caller, k.route, k.key, k.bodySha256, k.at],
  );
  if (taken.length === 1) return null;
  const rows = await db.query<IdempotencyRow>(
    'select body_sha256 as "bodySha256", status, answer, location, at from idempotency_keys where caller = $1 and route = $2 and key = $3',
    [k.caller, k.route, k.key],
  );
  return rows[0] ?? null;
}

export type KeptAnswer = {
  readonly status: number;
  readonly answer: string | null;
  readonly location: string | null;
};

/** Keeps an answer, also where its key was swept away meanwhile; a key that stands for another body now is left alone. */
export async function keepAnswer(
  db: Db,
  k: {
    readonly caller: string;
    readonly route: string;
    readonly key: string;
    readonly bodySha256: Buffer;
    readonly at: Date;
  },
  { status, answer, location }: KeptAnswer,
): Promise<void> {
  await db.query(
    `insert into idempotency_keys (caller, route, key, body_sha256, at, status, answer, location)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (caller, route, key) do update set status = excluded.status, answer = excluded.answer, location = excluded.location
       where idempotency_keys.body_sha256 = excluded.body_sha256`,
    [k.caller, k.route, k.key, k.bodySha256, k.at, status, answer, location],
  );
}

/** Frees a key whose request failed, so that it can be tried again. */
export async function freeIdempotencyKey(db: Db, caller: string, route: string, key: string): Promise<void> {
  await db.query(
    'delete from idempotency_keys where caller = $1 and route = $2 and key = $3 and status is null',
    [caller, route, key],
  );
}

/** Keys whose process died with the request, and answers nobody will ask for again. */
export async function sweepIdempotencyKeys(db: Db, deadBefore: Date, oldBefore: Date): Promise<void> {
  await db.query('delete from idempotency_keys where (status is null and at < $1) or at < $2', [
    deadBefore,
    oldBefore,
  ]);
}

import { copyIn } from './copy.ts';
import type { Database, Db, Tx } from './database.ts';

/** Which records a run covers: null is every district, every facility. */
export type Scope = { readonly district: string | null; readonly facility: string | null };

/** Which answers are as good as none. */
export type Asking = {
  /** those that came then or earlier are too old */
  readonly askedAfter: Date;
  /** not null: a person's newest answer from before then is asked for again, unless it was `right` */
  readonly againBefore: Date | null;
};

export type PendingIdentity = {
  readonly district: string;
  readonly identityIndex: Buffer;
  readonly recordId: string;
  readonly version: number;
  readonly sealedDraft: Buffer;
};

const PENDING = `from current_versions v
     where v.identity_index is not null and not v.is_foreign and v.problems = '{}'
       and ($1::text is null or v.district = $1) and ($2::text is null or v.facility = $2)
       and not exists (select from identity_checks c
                       where c.district = v.district and c.identity_index = v.identity_index and c.at > $3
                         and ($4::timestamptz is null or c.at >= $4
                              or (c.result = 'right' and not exists (
                                    select from identity_checks n
                                    where n.district = c.district and n.identity_index = c.identity_index and n.at > c.at))))`;

/** One version for each person without an answer that counts, a page at a time. */
export function pendingIdentities(
  db: Database,
  scope: Scope,
  asking: Asking,
  pageRows: number,
): AsyncGenerator<PendingIdentity[]> {
  return db.pages<PendingIdentity>(
    `select distinct on (v.district, v.identity_index) v.district, v.identity_index as "identityIndex", v.record_id as "recordId",
       v.version, v.sealed_draft as "sealedDraft"
     ${PENDING} order by v.district, v.identity_index`,
    [scope.district, scope.facility, asking.askedAfter, asking.againBefore],
    pageRows,
  );
}

export async function countPendingIdentities(db: Db, scope: Scope, asking: Asking): Promise<number> {
  const rows = await db.query<{ count: number }>(
    `select count(*) as count from (select distinct v.district, v.identity_index ${PENDING}) people`,
    [scope.district, scope.facility, asking.askedAfter, asking.againBefore],
  );
  return rows[0]?.count ?? 0;
}

export type IdentityCheck = {
  readonly district: string;
  readonly identityIndex: Buffer;
  readonly at: Date;
  readonly result: 'right' | 'wrong' | 'unverifiable';
  readonly wrong: readonly string[];
  readonly reference: string | null;
  readonly replySha256: Buffer;
};

export async function insertIdentityChecks(tx: Tx, checks: readonly IdentityCheck[]): Promise<void> {
  await tx.query(
    'create temporary table if not exists new_checks (like identity_checks) on commit delete rows',
  );
  await copyIn(
    tx,
    'new_checks (district, identity_index, at, result, wrong_fields, reference, reply_sha256)',
    checks.map((c) => [c.district, c.identityIndex, c.at, c.result, c.wrong, c.reference, c.replySha256]),
  );
  // two runs may ask about the same person at once, and be answered in the same millisecond
  await tx.query('insert into identity_checks select * from new_checks on conflict do nothing');
}

export type CompletableVersion = {
  readonly district: string;
  readonly recordId: string;
  readonly version: number;
  readonly sealedDraft: Buffer;
  readonly isForeign: boolean;
  readonly answeredAt: Date;
  readonly reference: string | null;
};

/**
 * Current versions without problems whose identity is answered or attested, and which have no leaf yet, a page at a time.
 * @param scope with `identityIndex` only that person's
 */
export function completableVersions(
  db: Database,
  scope: Scope & { readonly identityIndex?: Buffer },
  pageRows: number,
): AsyncGenerator<CompletableVersion[]> {
  return db.pages<CompletableVersion>(
    `select v.district, v.record_id as "recordId", v.version, v.sealed_draft as "sealedDraft", v.is_foreign as "isForeign",
       coalesce(answer.at, attested.at) as "answeredAt", answer.reference
     from current_versions v
     left join leaves l on l.district = v.district and l.record_id = v.record_id and l.version = v.version
     left join lateral (
       select c.at, c.result, c.reference from identity_checks c
       where not v.is_foreign and c.district = v.district and c.identity_index = v.identity_index
       order by c.at desc limit 1) answer on true
     left join lateral (
       select a.at from identity_attestations a
       where v.is_foreign and a.district = v.district and a.identity_index = v.identity_index and a.facility = v.facility
       limit 1) attested on true
     where v.problems = '{}' and l.leaf_hash is null and (answer.result = 'right' or attested.at is not null)
       and ($1::text is null or v.district = $1) and ($2::text is null or v.facility = $2)
       and ($3::bytea is null or v.identity_index = $3)`,
    [scope.district, scope.facility, scope.identityIndex ?? null],
    pageRows,
  );
}

export type NewLeaf = {
  readonly district: string;
  readonly recordId: string;
  readonly version: number;
  readonly leafHash: Uint8Array;
  readonly sealedLine: Buffer;
  readonly at: Date;
};

export async function insertLeaves(tx: Tx, leaves: readonly NewLeaf[]): Promise<void> {
  await tx.query('create temporary table if not exists new_leaves (like leaves) on commit delete rows');
  await copyIn(
    tx,
    'new_leaves (district, record_id, version, leaf_hash, sealed_line, at)',
    leaves.map((l) => [l.district, l.recordId, l.version, l.leafHash, l.sealedLine, l.at]),
  );
  // two runs may complete the same version at once: the first leaf stands
  await tx.query('insert into leaves select * from new_leaves on conflict do nothing');
}

export async function identityMaxAgeDays(db: Db): Promise<number> {
  const rows = await db.query<{ value: number }>(
    `select value from settings where key = 'identityMaxAgeDays' order by version desc limit 1`,
  );
  return rows[0]?.value ?? 0;
}

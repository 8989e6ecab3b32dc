import { base64url, utf8 } from '#core/bytes';
import { instant } from '#core/dates';
import { canonicalBytes, canonicalText } from '#core/record/canonical-bytes';
import { Refusal } from '#core/refusal';
import { makeEnvelope, preAuthEncoding } from '#core/sign/envelope';
import {
  MAX_BATCH_ENTRIES,
  REVOCATION_BATCH_TYPE,
  REVOCATION_INDEX_PAYLOAD_TYPE,
  REVOCATION_INDEX_TYPE,
  type RevocationBatch,
  type RevocationIndex,
} from '#core/sign/revocation-batches';
import type { Service } from '../../service.ts';
import type { StatusKey } from '../../status-key.ts';
import type { Database, Tx } from '../../store/database.ts';
import {
  addEntries,
  blockEntries,
  deleteReplacedBatches,
  insertIndex,
  insertRevocationBatch,
  keepEnvelope,
  keptEnvelope,
  lastIndex,
  lockRevocations,
  readRevocationBatch,
  revocationMark,
  standingBatches,
  type BatchRow,
  type Block,
  type KeptEnvelope,
  type RevocationMark,
} from '../../store/revocation-lists.ts';

const RENEW_MS = 3_600_000;
const VALID_MS = 24 * 3_600_000;
/** Asked by anyone: whether something changed is looked at no more often than this. */
const LOOK_MS = 2_000;
/** Nor is the index issued more often: corrections that trickle in would write a block each. */
const ISSUE_MS = 60_000;
/** Longer than a revocation takes from its time to its commit; what takes even longer is found at the hourly look at all. */
const COMMIT_MS = 600_000;
/** Indexes that name a replaced batch are valid for VALID_MS; clocks differ. */
const KEEP_BATCH_MS = VALID_MS + 3_600_000;

export type RevocationIndexFile = {
  /** canonical DSSE envelope */
  readonly text: string;
  /** base64url SHA-256 of it */
  readonly sha256: string;
};

type Held = RevocationIndexFile & {
  /** as it stood before the index was made; null where that one is of before it */
  readonly mark: RevocationMark | null;
  readonly issuedAt: Date;
  lookedAt: number;
};

const held = new WeakMap<Database, Held>();
const turns = new WeakMap<Database, Promise<unknown>>();

/**
 * The index of certificates taken back, at most a minute old: signed anew under the next sequence where something changed, and every hour
 * under the same. Several who ask at once wait for one making.
 * @throws Refusal REVOCATIONS_UNKNOWN where no key is configured
 */
export async function issueRevocations(service: Service): Promise<RevocationIndexFile> {
  const turn = (turns.get(service.db) ?? Promise.resolve()).then(
    () => current(service),
    () => current(service),
  );
  turns.set(service.db, turn);
  return turn;
}

/** @throws Refusal REVOCATIONS_UNKNOWN where there never was such a batch */
export async function revocationBatch(service: Service, sha256: string): Promise<Buffer> {
  const bytes = await readRevocationBatch(service.db, Buffer.from(sha256, 'base64url'));
  if (!bytes) throw new Refusal('REVOCATIONS_UNKNOWN', { detail: 'no such batch' });
  return bytes;
}

async function current(service: Service): Promise<RevocationIndexFile> {
  const { db, revocationsKey, crypto } = service;
  if (!revocationsKey) throw new Refusal('REVOCATIONS_UNKNOWN', { detail: 'no key for revocation lists' });
  const now = service.clock();
  const known = held.get(db);
  const isRecent = known && now.getTime() - known.issuedAt.getTime() < RENEW_MS;
  if (known && isYoung(known.issuedAt, now)) return known;
  if (isRecent && Math.abs(now.getTime() - known.lookedAt) < LOOK_MS) return known;
  const mark = await revocationMark(db);
  if (isRecent && known.mark && isSame(known.mark, mark)) {
    known.lookedAt = now.getTime();
    return known;
  }
  const issued = await db.transaction((tx) => issue(service, revocationsKey, tx, now));
  const { envelope, issuedAt } = issued.kept;
  const sha256 = base64url(crypto.sha256(utf8(envelope)));
  const fresh = {
    text: envelope,
    sha256,
    mark: issued.isNow ? mark : null,
    issuedAt,
    lookedAt: now.getTime(),
  };
  held.set(db, fresh);
  return fresh;
}

function isYoung(issuedAt: Date, now: Date): boolean {
  return Math.abs(now.getTime() - issuedAt.getTime()) < ISSUE_MS;
}

type Issued = {
  readonly kept: KeptEnvelope;
  /** whether it says all that was taken back till now */
  readonly isNow: boolean;
};

async function issue(service: Service, key: StatusKey, tx: Tx, now: Date): Promise<Issued> {
  await lockRevocations(tx);
  const kept = await keptEnvelope(tx);
  // another process issued it
  if (kept && isYoung(kept.issuedAt, now)) return { kept, isNow: false };
  const age = kept ? now.getTime() - kept.issuedAt.getTime() : -1;
  const isRecent = age >= 0 && age < RENEW_MS;
  const since = kept && isRecent ? new Date(kept.issuedAt.getTime() - COMMIT_MS) : null;
  const last = await lastIndex(tx);
  const next = (last?.sequence ?? 0) + 1;
  for (const block of await addEntries(tx, MAX_BATCH_ENTRIES, now, since))
    await makeBatch(service, tx, block, next, now);
  if (!isRecent) await deleteReplacedBatches(tx, new Date(now.getTime() - KEEP_BATCH_MS));
  const batches = (await standingBatches(tx, now)).map(indexRow);
  const contentSha256 = Buffer.from(service.crypto.sha256(canonicalBytes(batches)));
  const standing = last?.contentSha256.equals(contentSha256) ? last : null;
  if (standing && kept && isRecent) return { kept, isNow: true };
  const sequence = standing?.sequence ?? next;
  if (!standing) await insertIndex(tx, { sequence, contentSha256 }, now);
  const index: RevocationIndex = {
    type: REVOCATION_INDEX_TYPE,
    instance: service.config.instance,
    sequence,
    issuedAt: instant(now),
    nextUpdate: instant(new Date(now.getTime() + VALID_MS)),
    batches,
  };
  const sig = key.sign(preAuthEncoding(REVOCATION_INDEX_PAYLOAD_TYPE, canonicalBytes(index)));
  const envelope = makeEnvelope(REVOCATION_INDEX_PAYLOAD_TYPE, index, [{ keyid: key.keyid, sig }]);
  const fresh = { sequence, issuedAt: now, envelope: canonicalText(envelope) };
  await keepEnvelope(tx, fresh);
  return { kept: fresh, isNow: true };
}

/** A block as it stands now; a batch of it that was named before is named no more, and its entries are in this one. */
async function makeBatch(service: Service, tx: Tx, block: Block, sequence: number, now: Date): Promise<void> {
  const entries = (await blockEntries(tx, block, MAX_BATCH_ENTRIES, now)).map(({ uvciHash, expires }) => ({
    hash: uvciHash.toString('base64url'),
    expires: instant(expires),
  }));
  entries.sort((a, b) => (a.hash < b.hash ? -1 : 1));
  const kid = block.kid.toString('base64url');
  const batch: RevocationBatch = { type: REVOCATION_BATCH_TYPE, kid, hashType: 'UCI', entries };
  const bytes = canonicalBytes(batch);
  const expires = entries.reduce((last, entry) => (entry.expires > last ? entry.expires : last), '');
  await insertRevocationBatch(
    tx,
    {
      ...block,
      sha256: Buffer.from(service.crypto.sha256(bytes)),
      sequence,
      count: entries.length,
      expires: new Date(expires),
    },
    bytes,
  );
}

function indexRow({ kid, sha256, sequence, count, expires }: BatchRow): RevocationIndex['batches'][number] {
  return {
    kid: kid.toString('base64url'),
    sha256: sha256.toString('base64url'),
    sequence,
    count,
    expires: instant(expires),
  };
}

function isSame(a: RevocationMark, b: RevocationMark): boolean {
  return a.last === b.last && a.count === b.count;
}

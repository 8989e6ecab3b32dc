import { base64url } from '#core/bytes';
import { instant } from '#core/dates';
import { Refusal } from '#core/refusal';
import type { Batch } from '#core/wire/batches';
import type { Caller } from '../caller.ts';
import type { Service } from '../service.ts';
import { findBatch, listBatches, type BatchRow } from '../store/batches.ts';
import { countItems } from '../store/item-signatures.ts';
import { findJob } from '../store/jobs.ts';
import { findLease } from '../store/leases.ts';
import { findSession } from '../store/sessions.ts';
import { signingLease } from './open-session.ts';
import { openLease, signingUnit } from './request-batch.ts';
import { ownBatch } from './withdraw-batch.ts';

const PAGE = 100;

/** @throws Refusal BATCH_UNKNOWN, also where the batch is another unit's */
export async function showBatch(service: Service, caller: Caller, batchId: string): Promise<Batch> {
  if (await findBatch(service.db, batchId)) return view(service, await ownBatch(service, caller, batchId));
  const job = await findJob(service.db, batchId);
  if (job?.kind !== 'freeze' || job.unitKind !== caller.role || job.unit !== caller.unit)
    throw new Refusal('BATCH_UNKNOWN');
  const unit = signingUnit(caller);
  return {
    batchId,
    kind: unit.kind,
    unit: unit.code,
    mode: job.args['mode'] === 'each' ? 'each' : 'list',
    state: job.state === 'failed' ? 'failed' : 'freezing',
    ...(job.reason === null ? {} : { reason: job.reason }),
    createdAt: instant(job.madeAt),
  };
}

/** The newest first; one that is still freezing stands before those that were made. */
export async function listOwnBatches(service: Service, caller: Caller): Promise<Batch[]> {
  const unit = signingUnit(caller);
  // asked first: a batch that is made meanwhile is then in the rows
  const open = await findLease(service.db, openLease(unit));
  const rows = await listBatches(service.db, unit.kind, unit.code, PAGE);
  const made = await Promise.all(rows.map((row) => view(service, row)));
  if (!open || rows.some(({ batchId }) => batchId === open.holder)) return made;
  return [await showBatch(service, caller, open.holder), ...made];
}

async function view(service: Service, row: BatchRow): Promise<Batch> {
  const state = row.withdrawnAt ? 'withdrawn' : row.collectedAt ? 'collected' : 'open';
  const signing = state === 'open' ? await whoSigns(service, row.batchId) : undefined;
  return {
    batchId: row.batchId,
    kind: row.kind,
    unit: row.unit,
    mode: row.mode,
    state,
    count: row.count,
    ...(row.mode === 'each' ? { signedItems: await countItems(service.db, row.district, row.batchId) } : {}),
    root: base64url(row.root),
    statement: row.statement.toString('utf8'),
    statementSha256: base64url(row.statementSha256),
    createdAt: instant(row.createdAt),
    ...(row.collectedAt ? { collectedAt: instant(row.collectedAt) } : {}),
    ...(signing ? { signing } : {}),
  };
}

async function whoSigns(
  service: Service,
  batchId: string,
): Promise<{ deviceId: string; since: string } | undefined> {
  const lease = await findLease(service.db, signingLease(batchId));
  if (!lease?.expiresAt || lease.expiresAt <= service.clock()) return undefined;
  const session = await findSession(service.db, lease.holder);
  return session ? { deviceId: session.deviceId, since: instant(lease.since) } : undefined;
}

import { base64url } from '#core/bytes';
import { instant } from '#core/dates';
import { RECORD_TYPE } from '#core/record/record';
import { isRefusal, Refusal } from '#core/refusal';
import { declarations, LIST_TYPE, statementBytes, TREE, type ListStatement } from '#core/sign/statement';
import { StreamRoot } from '#core/tree/stream-root';
import type { Tile } from '#core/tree/tiles';
import type { Service } from '../service.ts';
import {
  batchParts,
  findBatch,
  insertBatch,
  insertTiles,
  lastCollected,
  leafHashes,
} from '../store/batches.ts';
import type { Tx } from '../store/database.ts';
import { lockLease } from '../store/leases.ts';
import { countLeavesForPlanner, districtsOf, freezeLeaves } from '../store/freeze.ts';
import { findUnit } from '../store/units.ts';
import { completeVersions } from './complete-versions.ts';
import { openLease, type SigningUnit } from './request-batch.ts';
import { verifyIdentities, type Progress } from './verify-identity.ts';

const TILES_AT_ONCE = 256;
const MANY_LEAVES = 500;

export type BatchOrder = {
  readonly batchId: string;
  readonly unit: SigningUnit;
  readonly mode: 'list' | 'each';
  readonly by: string;
};

/**
 * Freezes every eligible record of a unit into a batch: ordered leaves, tiles, root and statement, all in one transaction, before
 * anything is signed. Running it again for the same batch changes nothing.
 * @throws Refusal BATCH_EMPTY, BATCH_WITHDRAWN (the unit gave the batch up before it was frozen)
 */
export async function makeBatch(
  service: Service,
  order: BatchOrder,
  progress: Progress,
): Promise<{ count: number }> {
  const frozen = await findBatch(service.db, order.batchId);
  if (frozen) return { count: frozen.count };
  await refreshIdentities(service, order.unit, progress);
  return service.db.transaction(async (tx) => {
    const { kind, code } = order.unit;
    // whoever freezes holds the unit's open lease to the end: of two processes on one job the second finds the batch made
    if (!(await lockLease(tx, openLease(order.unit), order.batchId))) throw new Refusal('BATCH_WITHDRAWN');
    const made = await findBatch(tx, order.batchId);
    if (made) return { count: made.count };
    const unit = await findUnit(tx, kind, code);
    const district = unit.district;
    const count = await freezeAll(tx, order, district, service.config.campaign);
    if (count === 0) throw new Refusal('BATCH_EMPTY');
    const root = await hashLeaves(service, tx, order.batchId, district);
    const previous = await lastCollected(tx, kind, code);
    const createdAt = new Date(Math.floor(service.clock().getTime() / 1000) * 1000);
    const statement: ListStatement = {
      type: LIST_TYPE,
      instance: service.config.instance,
      batchId: order.batchId,
      kind,
      mode: order.mode,
      unit: { code, name: unit.name },
      campaign: service.config.campaign,
      sequence: (previous?.sequence ?? 0) + 1,
      ...(previous ? { previous: base64url(previous.statementSha256) } : {}),
      declaration: declarations[kind],
      count,
      root: base64url(root),
      tree: TREE,
      recordType: RECORD_TYPE,
      createdAt: instant(createdAt),
    };
    const bytes = Buffer.from(statementBytes(statement));
    await insertBatch(tx, {
      district,
      batchId: order.batchId,
      kind,
      unit: code,
      mode: order.mode,
      sequence: statement.sequence,
      count,
      root: Buffer.from(root),
      statement: bytes,
      statementSha256: Buffer.from(service.crypto.sha256(bytes)),
      createdAt,
      by: order.by,
    });
    if (count >= MANY_LEAVES) await countLeavesForPlanner(tx);
    return { count };
  });
}

/** Asks the register again where answers are too old. Where it cannot be reached those records stay out: freezing goes on. */
async function refreshIdentities(service: Service, unit: SigningUnit, progress: Progress): Promise<void> {
  const scope = {
    district: unit.kind === 'district' ? unit.code : null,
    facility: unit.kind === 'facility' ? unit.code : null,
  };
  try {
    await verifyIdentities(service, scope, progress);
  } catch (error) {
    if (!isRefusal(error, 'REGISTER_UNREACHABLE')) throw error;
  }
  await completeVersions(service, scope);
}

async function freezeAll(tx: Tx, order: BatchOrder, district: string, campaign: string): Promise<number> {
  const { kind, code } = order.unit;
  let count = 0;
  for (const leafDistrict of await districtsOf(tx, kind, code))
    count += await freezeLeaves(
      tx,
      { batchId: order.batchId, kind, unit: code, district, campaign },
      leafDistrict,
      count,
    );
  return count;
}

async function hashLeaves(service: Service, tx: Tx, batchId: string, district: string): Promise<Uint8Array> {
  let tiles: Tile[] = [];
  const tree = new StreamRoot(service.crypto.sha256, (tile) => tiles.push(tile));
  const write = async () => {
    await insertTiles(tx, district, batchId, tiles);
    tiles = [];
  };
  for await (const page of leafHashes(tx, batchId, await batchParts(tx, district, batchId))) {
    for (const hash of page) tree.push(hash);
    if (tiles.length >= TILES_AT_ONCE) await write();
  }
  const root = tree.end();
  await write();
  return root;
}

import { base64url } from '#core/bytes';
import { instant } from '#core/dates';
import { Refusal, type RefusalCode } from '#core/refusal';
import { itemStatement, itemWriter } from '#core/sign/item-statement';
import { parseStatement } from '#core/sign/statement';
import type { ItemsCollected, ItemSignature } from '#core/wire/signing-sessions';
import { SignatureJudge, type SignatureVerdict } from '#verifier/verify-signature';
import type { Service } from '../service.ts';
import { batchParts, findBatch, type BatchRow } from '../store/batches.ts';
import { findDevice } from '../store/devices.ts';
import {
  countItems,
  insertItemCount,
  insertItems,
  leafHashesOf,
  type ItemRow,
} from '../store/item-signatures.ts';
import { lockLease } from '../store/leases.ts';
import type { SessionRow } from '../store/sessions.ts';
import { insertMaterial } from '../store/signatures.ts';
import { listStaleItems, lockStatus } from '../store/status.ts';
import { closeBatch } from './close-batch.ts';
import { demandMode } from './collect-signature.ts';
import { judgingNow, materialOf, whyNotCollected } from './judging.ts';
import { closeSession, requireLease } from './keep-session.ts';
import { openLease } from './request-batch.ts';
import { whyNotOpen } from './withdraw-batch.ts';

/**
 * Takes a window of items in: every signature is verified in full over the item statement that follows from the list and the leaf, then
 * all of them are kept, or none. An item that has a signature keeps it; with the last one the batch is closed. The same window sent again
 * changes nothing.
 * @throws Refusal BATCH_OF_OTHER_MODE, BATCH_WITHDRAWN, SESSION_ENDED, DEVICE_UNKNOWN; for items, each under `/items/<place>` in the
 * faults and the first one's as the code: RECORD_UNKNOWN (no such index), REQUEST_MALFORMED (an index twice),
 * TICKET_OF_OTHER_CERTIFICATE, and every code of SignatureJudge
 */
export async function collectItems(
  service: Service,
  session: SessionRow,
  items: readonly ItemSignature[],
): Promise<ItemsCollected> {
  const batch = await findBatch(service.db, session.batchId);
  if (!batch) throw new Refusal('BATCH_UNKNOWN');
  demandMode(batch, 'each');
  if (batch.collectedAt) return answer(batch, batch.count, batch.collectedAt);
  if (batch.withdrawnAt) throw new Refusal('BATCH_WITHDRAWN');
  await requireLease(service, session);
  const leafDistricts = (await batchParts(service.db, batch.district, batch.batchId)).map(
    (part) => part.leafDistrict,
  );
  const window = await judgeWindow(service, session, batch, leafDistricts, items);
  const collectedAt = service.clock();
  const signed = await keep(service, batch, leafDistricts, window, collectedAt);
  if (signed === null) return refuseClosed(service, batch);
  if (signed < batch.count) return answer(batch, signed, null);
  await closeSession(service, session);
  return answer(batch, signed, collectedAt);
}

type Window = {
  readonly rows: readonly ItemRow[];
  readonly signerSha256: Buffer;
  readonly verdicts: readonly SignatureVerdict[];
};

async function judgeWindow(
  service: Service,
  session: SessionRow,
  batch: BatchRow,
  leafDistricts: readonly string[],
  items: readonly ItemSignature[],
): Promise<Window> {
  const device = await findDevice(service.db, session.deviceId);
  if (!device) throw new Refusal('DEVICE_UNKNOWN');
  const indexes = items.map(({ index }) => index);
  const hashes = await leafHashesOf(service.db, batch.batchId, leafDistricts, indexes);
  const list = parseStatement(batch.statement);
  const listSha256 = base64url(batch.statementSha256);
  const write = itemWriter(list, listSha256);
  const requireToken = service.config.keyStorage === 'token';
  // the wire shape holds them to be canonical
  const signatures = items.map(({ cms }) => Buffer.from(cms, 'base64'));
  // path, revocation and trust list are of this moment for the whole window
  const judge = new SignatureJudge({ ...(await judgingNow(service, signatures)), requireToken });
  const signer = base64url(device.signerSha256);
  const seen = new Set<number>();
  const rows: ItemRow[] = [];
  const verdicts: SignatureVerdict[] = [];
  const faults: { readonly at: string; readonly code: RefusalCode }[] = [];
  for (const [place, item] of items.entries()) {
    const { index } = item;
    const refuse = (code: RefusalCode) => faults.push({ at: `/items/${place}`, code });
    const hash = hashes.get(index);
    if (!hash) refuse('RECORD_UNKNOWN');
    else if (seen.has(index)) refuse('REQUEST_MALFORMED');
    else {
      const cms = signatures[place] as Buffer;
      const named = { index, leafHash: hash.toString('base64url') };
      const verdict = await judge.judge(write(named), cms, itemStatement(list, listSha256, named));
      const reason = whyNotCollected(verdict);
      if (reason) refuse(reason);
      else if (verdict.signerSha256 !== signer) refuse('TICKET_OF_OTHER_CERTIFICATE');
      rows.push({
        index,
        cms,
        cmsSha256: service.crypto.sha256(cms),
      });
      verdicts.push(verdict);
    }
    seen.add(index);
  }
  const [first] = faults;
  if (first) throw new Refusal(first.code, { faults, detail: `${faults.length} of ${items.length} items` });
  return { rows, signerSha256: device.signerSha256, verdicts };
}

/** @returns how many items are signed now, or null where the batch was closed meanwhile */
async function keep(
  service: Service,
  batch: BatchRow,
  leafDistricts: readonly string[],
  { rows, signerSha256, verdicts }: Window,
  at: Date,
): Promise<number | null> {
  const { district, batchId } = batch;
  const material = materialOf(service, verdicts);
  return service.db.transaction(async (tx) => {
    // windows of one batch come in one after the other, even from two sessions
    if (!(await lockLease(tx, openLease({ kind: batch.kind, code: batch.unit }), batchId))) return null;
    const before = await countItems(tx, district, batchId);
    const stored = await insertItems(tx, { district, batchId, signerSha256, collectedAt: at }, rows);
    if (stored.length === 0) return before;
    const signed = before + stored.length;
    await insertItemCount(tx, district, batchId, signed);
    await insertMaterial(tx, district, batchId, material);
    if (signed === batch.count) await closeBatch(tx, batch, at);
    await lockStatus(tx);
    await listStaleItems(tx, batchId, leafDistricts, stored, at);
    return signed;
  });
}

/** Another session may have brought the last items in. */
async function refuseClosed(service: Service, { batchId }: BatchRow): Promise<ItemsCollected> {
  const batch = await findBatch(service.db, batchId);
  if (batch?.collectedAt) return answer(batch, batch.count, batch.collectedAt);
  throw new Refusal(await whyNotOpen(service, batchId));
}

function answer({ batchId, count }: BatchRow, items: number, collectedAt: Date | null): ItemsCollected {
  return { batchId, items, count, ...(collectedAt ? { collectedAt: instant(collectedAt) } : {}) };
}

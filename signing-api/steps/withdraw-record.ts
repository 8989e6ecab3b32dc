import { Refusal } from '#core/refusal';
import { isOwnRecord, type Caller } from '../caller.ts';
import type { Service } from '../service.ts';
import { findPerson, insertRecordWithdrawal } from '../store/records.ts';
import { lockStatus, withdrawLeavesOfRecord } from '../store/status.ts';

/**
 * Takes a record back: it is not signed any more, and what was signed goes into the status list.
 * @throws Refusal RECORD_UNKNOWN, also where the record is another unit's
 */
export async function withdrawRecord(
  service: Service,
  caller: Caller,
  district: string,
  recordId: string,
  reason: string,
): Promise<void> {
  const record = await findPerson(service.db, district, recordId);
  if (!record || !isOwnRecord(caller, { district, ward: record.ward, facility: record.facility }))
    throw new Refusal('RECORD_UNKNOWN');
  await service.db.transaction(async (tx) => {
    const at = service.clock();
    await insertRecordWithdrawal(tx, {
      district,
      recordId,
      version: record.version,
      reason,
      by: caller.keyId,
      at,
    });
    await lockStatus(tx);
    await withdrawLeavesOfRecord(tx, recordId, at);
  });
}

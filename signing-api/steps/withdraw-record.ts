import { Refusal } from '#core/refusal';
import { isOwnRecord, type Caller } from '../caller.ts';
import type { Service } from '../service.ts';
import { revokeOfRecord } from '../store/certificate-revocations.ts';
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
  await service.db.transaction(async (tx) => {
    // an import that moves the record commits under the same lock: it is seen here, or it sees this withdrawal
    await lockStatus(tx);
    const record = await findPerson(tx, district, recordId);
    if (!record || !isOwnRecord(caller, { district, ward: record.ward, facility: record.facility }))
      throw new Refusal('RECORD_UNKNOWN');
    const at = service.clock();
    const { version } = record;
    await insertRecordWithdrawal(tx, { district, recordId, version, reason, by: caller.keyId, at });
    await withdrawLeavesOfRecord(tx, recordId, at);
    await revokeOfRecord(tx, recordId, caller.keyId, at);
  });
}

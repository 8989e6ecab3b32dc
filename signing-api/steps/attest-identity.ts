import { Refusal } from '#core/refusal';
import type { Caller } from '../caller.ts';
import type { Service } from '../service.ts';
import { findPerson, insertAttestation } from '../store/records.ts';
import { completeVersions } from './complete-versions.ts';

/**
 * A facility answers for a foreigner whom the register does not know; the attestation serves all of that person's doses there.
 * @throws Refusal RECORD_UNKNOWN, ATTESTATION_NOT_ALLOWED (a Vietnamese, another facility's record, or one with problems)
 */
export async function attestIdentity(
  service: Service,
  caller: Caller,
  district: string,
  recordId: string,
): Promise<void> {
  const person = await findPerson(service.db, district, recordId);
  if (!person || person.facility !== caller.unit) throw new Refusal('RECORD_UNKNOWN');
  if (!person.isForeign || !person.identityIndex || caller.unit === null)
    throw new Refusal('ATTESTATION_NOT_ALLOWED');
  await insertAttestation(
    service.db,
    district,
    person.identityIndex,
    caller.unit,
    caller.keyId,
    service.clock(),
  );
  const { identityIndex } = person;
  await completeVersions(service, { district, facility: caller.unit, identityIndex });
}

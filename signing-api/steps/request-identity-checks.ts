import { v7 as uuidv7 } from 'uuid';
import type { Caller } from '../caller.ts';
import type { Service } from '../service.ts';
import { insertIdentityJob } from '../store/jobs.ts';
import { districtOfUnit } from '../store/units.ts';

/**
 * Queues the question to the register about everyone in the caller's scope who was not answered yet; while such a run waits or goes on,
 * it is that one.
 * @param again also about those whom the register did not find right, however lately it said so
 * @returns the job's id
 */
export async function requestIdentityChecks(
  service: Service,
  caller: Caller,
  again: boolean,
): Promise<string> {
  const isLocal = caller.role === 'district' || caller.role === 'ward';
  return insertIdentityJob(service.db, {
    jobId: uuidv7(),
    unitKind: caller.role,
    unit: caller.unit,
    args: {
      district: isLocal ? await districtOfUnit(service.db, caller) : null,
      facility: caller.role === 'facility' ? caller.unit : null,
      again,
    },
    madeAt: service.clock(),
  });
}

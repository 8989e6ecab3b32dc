import { v7 as uuidv7 } from 'uuid';
import type { Caller } from '../caller.ts';
import type { Service } from '../service.ts';
import { insertJob } from '../store/jobs.ts';
import { districtOfUnit } from '../store/units.ts';

/** Queues the question to the register about everyone in the caller's scope who was not answered yet. @returns the job's id */
export async function requestIdentityChecks(service: Service, caller: Caller): Promise<string> {
  const jobId = uuidv7();
  const isLocal = caller.role === 'district' || caller.role === 'ward';
  await insertJob(service.db, {
    jobId,
    kind: 'identity',
    unitKind: caller.role,
    unit: caller.unit,
    args: {
      district: isLocal ? await districtOfUnit(service.db, caller) : null,
      facility: caller.role === 'facility' ? caller.unit : null,
    },
    madeAt: service.clock(),
  });
  return jobId;
}

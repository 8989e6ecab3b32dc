import { v7 as uuidv7 } from 'uuid';
import { Refusal, type Fault } from '#core/refusal';
import type { NewPaperJob } from '#core/wire/papers';
import { isOwnRecord, type Caller } from '../../caller.ts';
import type { Service } from '../../service.ts';
import { countUnendedJobs, insertJob } from '../../store/jobs.ts';
import { placesOfPapers, type PaperScope } from '../../store/papers.ts';
import type { PaperWish } from './print-papers.ts';

/** So that one unit's wishes do not keep the others waiting for hours. */
const MAX_UNENDED = 3;

/**
 * Queues the printing of many certificates of the caller's own.
 * @returns the job's id
 * @throws Refusal FORBIDDEN (another district), CERTIFICATE_UNKNOWN naming those that are not the caller's or not in force,
 * TOO_MANY_REQUESTS
 */
export async function requestPapers(service: Service, caller: Caller, asked: NewPaperJob): Promise<string> {
  const args: PaperWish =
    'district' in asked
      ? { scope: scopeOf(caller, asked.district, asked.after ?? null) }
      : { certificateIds: await requireOwn(service, caller, asked.certificateIds) };
  const job = { kind: 'papers', unitKind: caller.role, unit: caller.unit } as const;
  if ((await countUnendedJobs(service.db, job)) >= MAX_UNENDED) throw new Refusal('TOO_MANY_REQUESTS');
  const jobId = uuidv7();
  await insertJob(service.db, { ...job, jobId, args, madeAt: service.clock() });
  return jobId;
}

function scopeOf({ role, unit }: Caller, district: string, after: string | null): PaperScope {
  if (role === 'district' && district !== unit) throw new Refusal('FORBIDDEN');
  return {
    district,
    ward: role === 'ward' ? unit : null,
    facility: role === 'facility' ? unit : null,
    after,
  };
}

async function requireOwn(
  service: Service,
  caller: Caller,
  certificateIds: readonly string[],
): Promise<string[]> {
  const ids = [...new Set(certificateIds)];
  const places = await placesOfPapers(service.db, ids, service.clock());
  const own = new Set(places.flatMap((place) => (isOwnRecord(caller, place) ? [place.certificateId] : [])));
  const faults = certificateIds.flatMap((id, i): Fault[] =>
    own.has(id) ? [] : [{ at: `/certificateIds/${i}`, code: 'CERTIFICATE_UNKNOWN' }],
  );
  if (faults.length > 0) throw new Refusal('CERTIFICATE_UNKNOWN', { faults });
  return ids;
}

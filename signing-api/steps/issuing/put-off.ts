import type { RefusalCode } from '#core/refusal';
import type { Database } from '../../store/database.ts';

/** How long a worker has what it leased, or what was put off at its lease waits for the next. */
export const LEASE_MS = 120_000;

type PutOff = { readonly at: Date; readonly codes: readonly RefusalCode[] };
const leases = new WeakMap<Database, PutOff[]>();

/** Notes jobs of one lease that cannot be now, as where a CRL is not fresh, and why. Kept by this process alone. */
export function notePutOff(db: Database, codes: readonly RefusalCode[], at: Date): void {
  const kept = recent(db, at);
  leases.set(db, codes.length > 0 ? [...kept, { at, codes }] : kept);
}

/** Jobs that were put off and are not leased again yet, by code: each was in one lease of the last two minutes. */
export function countPutOff(db: Database, now: Date): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const code of recent(db, now).flatMap(({ codes }) => codes)) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

function recent(db: Database, now: Date): PutOff[] {
  return (leases.get(db) ?? []).filter(({ at }) => Math.abs(now.getTime() - at.getTime()) < LEASE_MS);
}

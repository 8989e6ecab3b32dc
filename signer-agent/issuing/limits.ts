import { Refusal } from '#core/refusal';
import type { KeyCounts } from './key-counts.ts';

/** How many certificates a key may make; the journal counts, so that a restart begins nothing anew. */
export type Limits = {
  readonly perHour?: number | undefined;
  readonly total?: number | undefined;
};

/** @throws Refusal CERTIFICATE_LIMIT */
export function demandBelowLimits(
  kid: string,
  { perHour, total }: Limits,
  counts: KeyCounts,
  now: Date,
): void {
  if (total !== undefined && counts.total(kid) >= total)
    throw new Refusal('CERTIFICATE_LIMIT', { detail: `${kid}: ${total} in all` });
  if (perHour !== undefined && counts.lastHour(kid, now) >= perHour)
    throw new Refusal('CERTIFICATE_LIMIT', { detail: `${kid}: ${perHour} an hour` });
}

export function isBelowLimits(kid: string, limits: Limits, counts: KeyCounts, now: Date): boolean {
  try {
    demandBelowLimits(kid, limits, counts, now);
    return true;
  } catch {
    return false;
  }
}

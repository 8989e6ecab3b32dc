import { instant } from '#core/dates';
import { undetermined, type Finding } from '../finding.ts';
import { ageSeconds } from '../time.ts';
import type { DistrictStatus, StatusReading } from './read-status.ts';

const FRESH_SECONDS = 24 * 60 * 60;

export type StatusQuestion = {
  readonly district: string;
  /** base64url */
  readonly leafHash: string;
  readonly batchIds: readonly string[];
  /** null where no status file was handed in */
  readonly status: StatusReading | null;
  readonly at: Date;
  /** the caller accepts "signed; present status unknown" in place of a fresh list */
  readonly offline: boolean;
};

export type StatusAnswer = { readonly findings: readonly Finding[]; readonly list: DistrictStatus | null };

/**
 * Whether the record still holds (formats §4). What a list takes back stays taken back, so an old list may condemn; only a fresh one
 * may acquit.
 */
export function judgeStatus(question: StatusQuestion): StatusAnswer {
  const { status, district, at, offline } = question;
  const list = status?.districts.get(district) ?? null;
  const damage = status?.fileFinding ?? (list ? null : (status?.findings.get(district) ?? null));
  if (damage) return { findings: [damage], list };
  if (list && isFresh(list, at)) return { findings: takenBack(question, list), list };
  const unknown: Finding = offline
    ? { code: 'STATUS_UNKNOWN', verdict: 'valid' }
    : undetermined(list ? 'STATUS_STALE' : 'STATUS_UNKNOWN');
  return { findings: [...(list ? takenBack(question, list) : []), unknown], list };
}

function isFresh(list: DistrictStatus, at: Date): boolean {
  const age = ageSeconds(list.issuedAt, at);
  return age >= 0 && age < FRESH_SECONDS && instant(at) < list.nextUpdate;
}

function takenBack({ leafHash, batchIds }: StatusQuestion, list: DistrictStatus): Finding[] {
  const findings: Finding[] = [];
  if (list.withdrawn.has(leafHash)) findings.push({ code: 'RECORD_WITHDRAWN', verdict: 'revoked' });
  if (batchIds.some((batchId) => list.batchesWithdrawn.has(batchId)))
    findings.push({ code: 'RECORD_WITHDRAWN', verdict: 'revoked', detail: 'batch' });
  if (list.superseded.has(leafHash)) findings.push({ code: 'RECORD_SUPERSEDED', verdict: 'superseded' });
  return findings;
}

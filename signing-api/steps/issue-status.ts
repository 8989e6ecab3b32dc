import { base64url, utf8 } from '#core/bytes';
import { districts } from '#core/record/places';
import { Refusal } from '#core/refusal';
import type { Service } from '../service.ts';
import {
  batchedDistricts,
  insertStatusList,
  lastStatusList,
  readStatus,
  statusMark,
  type IssuedStatus,
  type StatusMark,
} from '../store/status.ts';
import { requireListSize, signStatus, toLists } from './sign-status.ts';
import { statusCacheOf, type HeldList } from './status-cache.ts';

const RENEW_MS = 3_600_000;

/**
 * Every status list there is, in the order of the districts: those of the city, and any other that a batch holds leaves of.
 * @returns envelopes, canonical text
 */
export async function allStatus(service: Service): Promise<string[]> {
  const known = new Set([...districts.keys(), ...(await batchedDistricts(service.db))]);
  const envelopes: string[] = [];
  for (const district of [...known].sort()) envelopes.push((await issueStatus(service, district)).envelope);
  return envelopes;
}

/** @throws Refusal STATUS_UNKNOWN where allStatus has no such district; those of issueStatus */
export async function publicStatus(service: Service, district: string): Promise<HeldList> {
  if (!(await districtIsKnown(service, district)))
    throw new Refusal('STATUS_UNKNOWN', { detail: 'no such district' });
  return issueStatus(service, district);
}

const digests = new WeakMap<HeldList, string>();

/** base64url SHA-256 of a list's envelope, by which whoever has it is told that it did not change. */
export function statusDigest({ crypto }: Pick<Service, 'crypto'>, list: HeldList): string {
  const digest = digests.get(list) ?? base64url(crypto.sha256(utf8(list.envelope)));
  digests.set(list, digest);
  return digest;
}

/** Whether a district has a status list. */
export async function districtIsKnown(service: Service, district: string): Promise<boolean> {
  return districts.has(district) || (await batchedDistricts(service.db)).includes(district);
}

/**
 * The status list of a district as it stands now: the last one issued where nothing changed within the hour, else a new one with the
 * next sequence number. A list that did not change is not read again.
 * @throws Refusal STATUS_TOO_LARGE, OVERLOADED
 */
export async function issueStatus(service: Service, district: string): Promise<HeldList> {
  const cache = statusCacheOf(service.db);
  return cache.inTurn(district, async () => {
    const mark = await statusMark(service.db, district);
    const held = cache.get(district);
    if (held && isSame(held.mark, mark) && isRecent(held, service.clock())) return held;
    requireListSize(mark);
    const { envelope, issuedAt } = await issue(service, district);
    return cache.hold(district, { mark, envelope, issuedAt, reading: null });
  });
}

async function issue(
  service: Service,
  district: string,
): Promise<Pick<IssuedStatus, 'envelope' | 'issuedAt'>> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const lists = toLists(await readStatus(service.db, district));
    const contentSha256 = Buffer.from(service.crypto.sha256(utf8(JSON.stringify(lists))));
    const last = await lastStatusList(service.db, district);
    const issuedAt = service.clock();
    if (
      last &&
      last.envelope !== null &&
      last.contentSha256.equals(contentSha256) &&
      isRecent(last, issuedAt)
    )
      return { envelope: last.envelope, issuedAt: last.issuedAt };
    const sequence = (last?.sequence ?? 0) + 1;
    const envelope = signStatus(service, district, sequence, issuedAt, lists);
    if (await insertStatusList(service.db, district, { sequence, contentSha256, issuedAt, envelope }))
      return { envelope, issuedAt };
  }
  throw new Refusal('OVERLOADED', { detail: 'status list' });
}

function isSame(a: StatusMark, b: StatusMark): boolean {
  return (
    a.entries === b.entries && a.batches === b.batches && a.changedAt?.getTime() === b.changedAt?.getTime()
  );
}

function isRecent({ issuedAt }: { readonly issuedAt: Date }, now: Date): boolean {
  return now.getTime() - issuedAt.getTime() < RENEW_MS;
}

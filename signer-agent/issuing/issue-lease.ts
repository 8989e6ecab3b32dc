import { base64 } from '#core/bytes';
import { instant } from '#core/dates';
import { isRefusal, type Refusal } from '#core/refusal';
import type * as wire from '#core/wire/issuing';
import type { IssuingJournal } from './issuing-journal.ts';
import type { Intent, Line } from './journal-lines.ts';
import { judgeJob, type Ground, type Order } from './judge-job.ts';
import type { KeySessions } from './key-sessions.ts';
import { signedOf } from './outbox.ts';
import { isOfTheJob } from './passing-refusals.ts';
import type { Patience } from './patience.ts';
import type { Reservations } from './reservations.ts';

export type Workshop = {
  readonly journal: IssuingJournal;
  readonly reservations: Reservations;
  /** by kid */
  readonly sessions: ReadonlyMap<string, Pick<KeySessions, 'sign'>>;
  readonly patience: Patience;
  readonly now: () => Date;
  /** told of each refusal, without personal data */
  readonly refused: (certificateId: string, refusal: Refusal) => void;
};

type ToSign = { readonly order: Order; readonly intent: Intent; readonly isNew: boolean };

/** Every job is judged, then written down, then signed, then written down, and only then told. @returns what the API is told */
export async function issueLease(
  { leaseId, jobs }: Pick<wire.Lease, 'leaseId' | 'jobs'>,
  ground: Ground,
  shop: Workshop,
): Promise<wire.Result[]> {
  const { toSign, told } = await judgeAll(leaseId, jobs, ground, shop);
  try {
    await shop.journal.append(toSign.flatMap(({ intent, isNew }) => (isNew ? [intent] : [])));
    const outcomes = await signAll(toSign, ground.at, shop);
    await shop.journal.append(outcomes);
    return [...told, ...outcomes.flatMap((line) => (line.type === 'result' ? [signedOf(line)] : []))];
  } finally {
    for (const { order } of toSign) shop.reservations.release(order);
  }
}

async function judgeAll(
  leaseId: string,
  jobs: readonly wire.Job[],
  ground: Ground,
  { reservations, patience, now, refused }: Workshop,
): Promise<{ toSign: ToSign[]; told: wire.Result[] }> {
  const toSign: ToSign[] = [];
  const told: wire.Result[] = [];
  for (const job of jobs)
    try {
      const order = await judgeJob(job, ground);
      const reserved = reservations.reserve(order, leaseId, now());
      patience.decided();
      if (reserved.what === 'sign') toSign.push({ order, ...reserved });
      else if (reserved.what === 'replay')
        told.push({ ...signedOf(reserved.result), certificateId: job.certificateId });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refused(job.certificateId, error);
      if (!isOfTheJob(error)) patience.passed(error);
      else {
        patience.decided();
        told.push({ certificateId: job.certificateId, refusal: error.code });
      }
    }
  return { toSign, told };
}

/** @returns a line for each: its result, or that it was not signed */
async function signAll(toSign: readonly ToSign[], judgedAt: Date, shop: Workshop): Promise<Line[]> {
  const byKey = new Map<string, ToSign[]>();
  for (const one of toSign) byKey.set(one.order.key.kid, [...(byKey.get(one.order.key.kid) ?? []), one]);
  const signed = [...byKey].map(async ([kid, orders]) => {
    const sessions = shop.sessions.get(kid);
    const messages = orders.map(({ order }) => order.message);
    const outcomes = (await sessions?.sign(messages, judgedAt)) ?? [];
    return orders.map(({ intent }, i) => lineOf(intent, outcomes[i], shop));
  });
  return (await Promise.all(signed)).flat();
}

function lineOf(intent: Intent, outcome: Uint8Array | Refusal | undefined, shop: Workshop): Line {
  const at = instant(shop.now());
  if (outcome instanceof Uint8Array) return { ...intent, type: 'result', at, signature: base64(outcome) };
  if (outcome) shop.refused(intent.certificateId, outcome);
  shop.journal.counts.add(intent.kid, shop.now(), -1);
  return { ...intent, type: 'unsigned', at };
}

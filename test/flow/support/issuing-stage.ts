import { setTimeout as wait } from 'node:timers/promises';
import type { IssuingState } from '#core/wire/issuing';
import { identities, people, requestFreeze, signToTheEnd, untilOpen } from './kill-flow.ts';
import { persist } from './kill-persist.ts';
import type { KillStage } from './kill-stage.ts';

const ROWS_AT_ONCE = 20_000;

/** People of one district, imported, checked and signed in one list. */
export async function signedPeople(stage: KillStage, count: number): Promise<void> {
  for (let done = 0; done < count; done += ROWS_AT_ONCE)
    await stage.import(people(stage, Math.min(ROWS_AT_ONCE, count - done)));
  await identities(stage, 600_000);
  const { batchId } = await untilOpen(stage, await requestFreeze(stage), 600_000);
  const { outcome } = await signToTheEnd(await stage.signer(), batchId);
  if (!outcome.report) throw new Error(`signing: ${outcome.refused ?? ''}`);
}

/** Orders everyone's newest dose. @returns how many wait */
export async function orderAll(stage: KillStage): Promise<number> {
  const { jobId } = await stage.must('ministry', '/v1/issuing/orders', { scope: 'newest' });
  for (;;) {
    const { state } = await stage.must('ministry', `/v1/jobs/${String(jobId)}`);
    if (state === 'done') return (await issuing(stage)).waiting;
    if (state === 'failed') throw new Error('ordering failed');
    await wait(200);
  }
}

export function issuing(stage: KillStage): Promise<IssuingState> {
  return persist(async () => (await stage.must('ministry', '/v1/issuing')) as unknown as IssuingState);
}

/** What must hold whatever was killed: every certificate that was ordered is there once, each with an identifier of its own. */
export async function demandIssuedOnce(stage: KillStage, ordered: number): Promise<void> {
  const [found] = await persist(() =>
    stage.sql<{ all: number; names: number; identifiers: number; waiting: number; refused: number }>(
      `select (select count(*)::int from certificates) as all,
         (select count(*)::int from (select distinct record_id, version, renewal from certificates) c) as names,
         (select count(distinct uvci_hash)::int from certificates) as identifiers,
         (select count(*)::int from certificate_jobs) as waiting,
         (select count(*)::int from certificate_refusals) as refused`,
    ),
  );
  const expected = { all: ordered, names: ordered, identifiers: ordered, waiting: 0, refused: 0 };
  if (JSON.stringify(found) !== JSON.stringify(expected))
    throw new Error(`${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`);
}

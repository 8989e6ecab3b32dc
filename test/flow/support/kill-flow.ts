import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { parseTrustKeys } from '#core/sign/trust-list';
import type { RefusalCode } from '#core/refusal';
import type { Row } from '#core/record/row';
import { nodeCrypto } from '#verifier/crypto-node';
import { verifyEvidence } from '#verifier/index';
import { readStatus } from '#verifier/status/read-status';
import { readTrust } from '#verifier/trust/read-trust';
import { demandInvariants } from './kill-invariants.ts';
import type { KillStage } from './kill-stage.ts';
import { newPeople } from './new-people.ts';
import type { Outcome, Signer } from './signer.ts';

/** The flow of one list on a stage where things are killed, and what must hold whatever was killed. */

/** Refusals that pass when what was killed is back, or when the lease of a session that nobody holds has run out. */
export const PASSING: readonly (RefusalCode | null)[] = [
  'API_UNREACHABLE',
  'API_ANSWER_INVALID',
  'UNAVAILABLE',
  'INTERNAL',
  'SESSION_ENDED',
  'BATCH_BEING_SIGNED',
  'IDEMPOTENCY_IN_PROGRESS',
];

export function people(stage: KillStage, count: number, facility = '79-00123'): Row[] {
  const { rows, registered } = newPeople(count, '760', facility);
  for (const person of registered) stage.register.know(person);
  return rows;
}

export async function identities(stage: KillStage, ms?: number): Promise<void> {
  const { jobId } = await stage.must('operator', '/v1/identity-checks', {});
  const isDone = async () => (await stage.must('operator', `/v1/jobs/${String(jobId)}`))['state'] === 'done';
  await until(isDone, ms);
}

export async function requestFreeze(stage: KillStage): Promise<string> {
  return String((await stage.must('district', '/v1/batches', { mode: 'list' }))['batchId']);
}

export type Batch = {
  readonly batchId: string;
  readonly state: string;
  readonly count?: number;
  readonly statement?: string;
};

export async function showBatch(stage: KillStage, batchId: string): Promise<Batch> {
  return (await stage.must('district', `/v1/batches/${batchId}`)) as Batch;
}

export async function untilOpen(stage: KillStage, batchId: string, ms?: number): Promise<Batch> {
  let batch = await showBatch(stage, batchId);
  await until(async () => {
    batch = await showBatch(stage, batchId);
    return batch.state !== 'freezing';
  }, ms);
  if (batch.state !== 'open') throw new Error(`freezing: ${JSON.stringify(batch)}`);
  return batch;
}

/** Signs, with as many tickets as it takes. @returns the last outcome and all token operations together */
export async function signToTheEnd(
  signer: Signer,
  batchId: string,
  first?: Outcome,
): Promise<{ outcome: Outcome; tokenOperations: number; tickets: number }> {
  let outcome = first;
  let tokenOperations = outcome?.tokenOperations ?? 0;
  let tickets = outcome ? 1 : 0;
  for (const end = Date.now() + 40_000; Date.now() < end; await wait(300)) {
    if (outcome && !PASSING.includes(outcome.refused)) break;
    const ticket = await signer.ticket(batchId).catch(nullWhileAway);
    if (ticket === null) continue;
    outcome = await signer.redeem(ticket);
    tokenOperations += outcome.tokenOperations;
    tickets++;
  }
  if (!outcome) throw new Error('nothing was signed');
  return { outcome, tokenOperations, tickets };
}

/** PostgreSQL recovers, or the API is not there yet. */
function nullWhileAway(error: unknown): null {
  if (error instanceof Error && /"UNAVAILABLE"|"INTERNAL"|fetch failed/.test(error.message)) return null;
  throw error;
}

/** What must hold at any time, see demandInvariants; here nothing is under way. */
export async function checkInvariants(stage: KillStage, acknowledgedRecords: number): Promise<void> {
  await demandInvariants(stage, {
    acknowledgedRecords,
    acknowledgedSignatures: new Set(),
    isSettled: true,
  });
}

/** Evidence of one record of the batch, judged by a verifier that has only what is public. */
export async function verdictOf(stage: KillStage, batchId: string, leafIndex = 0): Promise<string> {
  const [record] = await stage.sql<{ id: string }>(
    'select record_id as id from batch_leaves where batch_id = $1 and leaf_index = $2',
    [batchId, leafIndex],
  );
  const evidence = await stage.call('cdc', 'GET', `/v1/evidence/760/${record?.id ?? ''}`);
  if (evidence.status !== 200) return String(evidence.body['code']);
  const at = new Date();
  const pins = parseTrustKeys(await readFile(stage.pki.files.trustKeys));
  const envelopeBytes = await readFile(stage.pki.files.trust);
  const trust = await readTrust({ envelopeBytes, pins, at, crypto: nodeCrypto });
  if (!trust.trust) throw new Error('trust');
  const fileBytes = Buffer.from((await stage.call('cdc', 'GET', '/v1/status/760')).text);
  const status = await readStatus({ fileBytes, trust: trust.trust, at, crypto: nodeCrypto });
  const options = { crypto: nodeCrypto, at, trust, status, crls: [], offline: false };
  return (await verifyEvidence(Buffer.from(evidence.text), options)).verdict;
}

export async function until(isTrue: () => Promise<boolean>, ms = 40_000): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end; await wait(50)) if (await isTrue()) return;
  throw new Error('waited too long');
}

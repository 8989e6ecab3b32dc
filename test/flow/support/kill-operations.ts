import type { AgentEnd, AgentMachine } from './kill-agent.ts';
import { judgeItemJournal, judgeListJournal } from './kill-journal.ts';

/** What is signed of a batch, and how often its token was asked to sign so far. */
export type Standing = {
  /** signatures that are still to be made, by the journal */
  readonly left: number;
  readonly tokenOperations: number | null;
};

export type BatchOnMachine = {
  readonly machine: AgentMachine;
  readonly mode: 'list' | 'each';
  readonly batchId: string;
  readonly count: number;
};

/** @throws Error where a journal says that something was signed twice */
export function standing({ machine, mode, batchId, count }: BatchOnMachine): Standing {
  const { tokenOperations } = machine;
  const ofBatch = machine.journal().filter((line) => line['batchId'] === batchId);
  const left =
    mode === 'list'
      ? 1 - judgeListJournal(ofBatch).size
      : count - judgeItemJournal(machine.itemJournal(batchId)).size;
  return { left, tokenOperations };
}

/** What the token may have at hand when its driver is killed: windows of 256 items. */
const AT_TOKEN = 2 * 256;

/**
 * In one run of the agent: whatever was not killed asked the token once for each result that it wrote down; whatever was killed may have
 * asked for something that it could not write down any more, never for something that was written down before.
 * @throws Error
 */
export function demandSignedOnce(
  before: Standing,
  after: Standing,
  { report, refused, driversKilled }: AgentEnd,
): void {
  if (before.tokenOperations === null || after.tokenOperations === null) return;
  const operations = after.tokenOperations - before.tokenOperations;
  const results = before.left - after.left;
  const wasKilled = (report === null && refused === null) || driversKilled > 0;
  const most = wasKilled ? before.left + driversKilled * AT_TOKEN : results;
  if (operations < results || operations > most)
    throw new Error(
      `${operations} token operations for ${results} results of ${before.left}, at most ${most}`,
    );
}

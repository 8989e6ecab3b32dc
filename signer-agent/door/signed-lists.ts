import { openBatches, type OpenBatch } from '../commands/status.ts';
import type { Home } from '../config.ts';
import { readJournal, type Collected } from '../journal.ts';

/** What this machine has signed. */
export type SignedLists = {
  /** that the server has, newest first */
  readonly collected: readonly Collected[];
  /** begun here and not collected, as far as this machine knows */
  readonly begun: readonly OpenBatch[];
};

const SHOWN = 10;

/** @throws Refusal AGENT_STATE_DAMAGED */
export function readSignedLists(home: Home): SignedLists {
  const entries = readJournal(home);
  const collected = entries.filter((entry): entry is Collected => entry.type === 'collected');
  return { collected: collected.slice(-SHOWN).reverse(), begun: openBatches(entries) };
}

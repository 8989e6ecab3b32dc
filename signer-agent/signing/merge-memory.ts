import type { MemoryReader } from './memory-file.ts';
import { WORDS, type RecordIds } from './record-ids.ts';

/** What is done with a record that is remembered only, listed only, or both. */
type Merge = {
  readonly remembered: (entry: Uint8Array) => void;
  readonly fresh: (index: number) => void;
  readonly both: (index: number, entry: Uint8Array) => void;
};

/** Walks a memory and a list together in the order of ids, each once. @throws Refusal AGENT_STATE_DAMAGED, at the end */
export function merge(memory: MemoryReader | null, recordIds: RecordIds, on: Merge): void {
  const order = recordIds.inOrder();
  let at = 0;
  for (;;) {
    const entry = memory?.has ? memory : null;
    const index = order[at];
    if (index === undefined && !entry) break;
    const side = index === undefined ? -1 : entry ? compare(entry, recordIds, index) : 1;
    if (side < 0 && entry) on.remembered(entry.entry);
    if (side > 0 && index !== undefined) on.fresh(index);
    if (side === 0 && entry && index !== undefined) on.both(index, entry.entry);
    if (side <= 0) entry?.next();
    if (side >= 0) at++;
  }
  memory?.end();
}

function compare(memory: MemoryReader, ids: RecordIds, index: number): number {
  for (let word = 0; word < WORDS; word++) {
    const difference = memory.word(word) - ids.word(index, word);
    if (difference !== 0) return difference;
  }
  return 0;
}

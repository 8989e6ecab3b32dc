import { randomInt } from 'node:crypto';
import type { ListScope } from '#core/record/eligibility';
import type { FoundRecord } from './door.ts';
import type { LeafHashes } from './leaf-hashes.ts';
import { openRecord } from './records.ts';

/**
 * Draws records at random, once the root is fixed, and fetches them again: what is shown is held against the kept hashes.
 * @param fetchLine one stream line by leaf index
 * @throws Refusal BATCH_CHANGED where a record is not the one that was hashed
 */
export async function drawSample(
  hashes: LeafHashes,
  scope: ListScope,
  size: number,
  fetchLine: (index: number) => Promise<string>,
): Promise<FoundRecord[]> {
  const sample: FoundRecord[] = [];
  for (const index of drawIndexes(hashes.count, size))
    sample.push({ index, leaf: await openRecord(fetchLine, hashes, scope, index) });
  return sample;
}

/** `size` different indexes, or all there are, ascending. */
function drawIndexes(count: number, size: number): number[] {
  const drawn = new Set<number>();
  while (drawn.size < Math.min(count, size)) drawn.add(randomInt(count));
  return [...drawn].sort((a, b) => a - b);
}

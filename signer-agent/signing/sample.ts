import { randomInt } from 'node:crypto';
import { concat, sameBytes, utf8 } from '#core/bytes';
import type { ListScope } from '#core/record/eligibility';
import { isRefusal, Refusal } from '#core/refusal';
import { sha256 } from '#verifier/crypto-node';
import { checkLeaf, type CheckedLeaf } from './check-leaf.ts';
import type { LeafHashes } from './leaf-hashes.ts';

const LEAF_PREFIX = Uint8Array.of(0);

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
): Promise<CheckedLeaf[]> {
  const sample: CheckedLeaf[] = [];
  for (const index of drawIndexes(hashes.count, size)) {
    const line = await fetchLine(index);
    sample.push(checkAgain(line, scope, hashes.at(index), index));
  }
  return sample;
}

function checkAgain(line: string, scope: ListScope, expected: Uint8Array, index: number): CheckedLeaf {
  try {
    const checked = checkLeaf(line, scope);
    if (sameBytes(sha256(concat(LEAF_PREFIX, utf8(checked.leaf))), expected)) return checked;
  } catch (cause) {
    if (isRefusal(cause))
      throw new Refusal('BATCH_CHANGED', { detail: `leaf ${index} fetched again: ${cause.code}`, cause });
    throw cause;
  }
  throw new Refusal('BATCH_CHANGED', { detail: `leaf ${index} fetched again` });
}

/** `size` different indexes, or all there are, ascending. */
function drawIndexes(count: number, size: number): number[] {
  const drawn = new Set<number>();
  while (drawn.size < Math.min(count, size)) drawn.add(randomInt(count));
  return [...drawn].sort((a, b) => a - b);
}

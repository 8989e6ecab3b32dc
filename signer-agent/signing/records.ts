import { concat, utf8 } from '#core/bytes';
import type { ListScope } from '#core/record/eligibility';
import { parseStreamEnd } from '#core/record/stream-line';
import { foldName } from '#core/text';
import { isRefusal, Refusal } from '#core/refusal';
import { checkLeaf, type CheckedLeaf } from './check-leaf.ts';
import type { FoundRecord, Records } from './door.ts';
import type { LeafHashes } from './leaf-hashes.ts';
import { LineReader } from './line-reader.ts';
import { prefixedLeaf } from './prefixed-leaf.ts';

export type Fetchers = {
  /** one stream line by leaf index, without its end */
  readonly fetchLine: (index: number) => Promise<string>;
  /** the stream again, from its first leaf: NDJSON in chunks */
  readonly fetchLeaves: () => AsyncIterable<Uint8Array>;
};

const LEAF_PREFIX = Uint8Array.of(0);

/** The records of a list whose root is fixed: nothing of them is kept but their hashes, so each is fetched again and held against its own. */
export function openRecords(fetchers: Fetchers, hashes: LeafHashes, scope: ListScope): Records {
  const { fetchLine, fetchLeaves } = fetchers;
  return {
    open: (index) => openRecord(fetchLine, hashes, scope, index),
    search: (text, limit) => searchRecords(fetchLeaves, hashes, scope, text, limit),
  };
}

/** @throws Refusal BATCH_CHANGED where the record is not the one that was hashed; RangeError outside the list */
export async function openRecord(
  fetchLine: Fetchers['fetchLine'],
  hashes: LeafHashes,
  scope: ListScope,
  index: number,
): Promise<CheckedLeaf> {
  hashes.at(index);
  return checkAgain(await fetchLine(index), scope, index, (leaf) =>
    hashes.matches(index, concat(LEAF_PREFIX, utf8(leaf))),
  );
}

/**
 * Reads the stream again, up to the last record that is asked for; every record on the way is held against its hash, so that none can be
 * hidden. What comes after is not read, and not checked.
 */
async function searchRecords(
  fetchLeaves: Fetchers['fetchLeaves'],
  hashes: LeafHashes,
  scope: ListScope,
  text: string,
  limit: number,
): Promise<FoundRecord[]> {
  const isWanted = wanted(text);
  const found: FoundRecord[] = [];
  let index = 0;
  const reader = new LineReader((line, bytes, start, end) => {
    if (found.length >= limit || index === hashes.count) return;
    if (line.length < 200 && parseStreamEnd(line)) throw new Refusal('BATCH_CHANGED', { detail: 'count' });
    const at = index++;
    const leaf = checkAgain(line, scope, at, (bare) =>
      hashes.matches(at, prefixedLeaf(bare, line, bytes, start, end)),
    );
    if (isWanted(leaf)) found.push({ index: at, leaf });
  });
  for await (const chunk of fetchLeaves()) {
    reader.push(chunk);
    if (found.length >= limit || index === hashes.count) return found;
  }
  throw new Refusal('BATCH_CHANGED', { detail: 'fewer leaves than before' });
}

function checkAgain(
  line: string,
  scope: ListScope,
  index: number,
  isKept: (leaf: string) => boolean,
): CheckedLeaf {
  try {
    const checked = checkLeaf(line, scope);
    if (isKept(checked.leaf)) return checked;
  } catch (cause) {
    if (isRefusal(cause))
      throw new Refusal('BATCH_CHANGED', { detail: `leaf ${index} fetched again: ${cause.code}`, cause });
    throw cause;
  }
  throw new Refusal('BATCH_CHANGED', { detail: `leaf ${index} fetched again` });
}

/** A part of the name, whatever its marks; or a whole id number; or a whole record id. */
function wanted(text: string): (leaf: CheckedLeaf) => boolean {
  const name = foldName(text);
  const number = text.replace(/\s+/g, '').toUpperCase();
  const recordId = text.trim().toLowerCase();
  if (name === '') return () => false;
  return ({ record, opening }) =>
    opening.number === number || record.recordId === recordId || foldName(record.person.name).includes(name);
}

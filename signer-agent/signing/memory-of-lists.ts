import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { base64url, fromBase64url, sameBytes } from '#core/bytes';
import { isRefusal } from '#core/refusal';
import type { ListStatement } from '#core/sign/statement';
import type { Home } from '../config.ts';
import type { RecomputedBatch } from './approve-batch.ts';
import { MemoryReader, MemoryWriter, type MemoryHead } from './memory-file.ts';
import { merge } from './merge-memory.ts';
import type { Difference } from './summary.ts';

/**
 * What this machine remembers of a unit's signed lists, all of them together: lists after the first hold mostly new records, so only
 * the union tells a new record from a changed one. It is the agent's own, never the API's word.
 */

/** How many changed records are named. */
const MAX_CHANGED = 20;

type Listed = Pick<RecomputedBatch, 'recordIds' | 'hashes'>;

/**
 * @returns null where this machine remembers nothing of the unit; `damaged` where it did and cannot read it: the signer is told, and
 *   the next `rememberList` starts anew
 */
export function differenceOf(
  home: Home,
  statement: ListStatement,
  statementSha256: string,
  batch: Listed,
): Difference | 'damaged' | null {
  const path = memoryPath(home, statement);
  if (!existsSync(path)) return null;
  try {
    return readMemory(path, (memory) => differenceFrom(memory, batch, statement, statementSha256));
  } catch (error) {
    if (isRefusal(error, 'AGENT_STATE_DAMAGED')) return 'damaged';
    throw error;
  }
}

/** @throws Refusal AGENT_STATE_DAMAGED */
function differenceFrom(
  memory: MemoryReader,
  batch: Listed,
  statement: ListStatement,
  statementSha256: string,
): Difference {
  const count = { fresh: 0, changed: 0, same: 0 };
  const changedIndexes: number[] = [];
  merge(memory, batch.recordIds, {
    remembered: () => undefined,
    fresh: () => count.fresh++,
    both: (index) => {
      if (sameBytes(memory.hash, batch.hashes.at(index))) count.same++;
      else {
        count.changed++;
        keepSmallest(changedIndexes, index, MAX_CHANGED);
      }
    },
  });
  return { ...count, changedIndexes, complete: follows(memory.head, statement, statementSha256) };
}

/**
 * Adds a collected list to what this machine remembers of its unit. Doing it again changes nothing; being killed leaves what was there.
 * To be called once the API has the signatures, and under the agent's lock.
 * @param isSigned in `each` mode: which items are signed; all by default
 */
export function rememberList(
  home: Home,
  statement: ListStatement,
  statementSha256: string,
  batch: Listed,
  isSigned: (index: number) => boolean = () => true,
): void {
  const path = memoryPath(home, statement);
  const memory = soundMemory(path);
  const writer = new MemoryWriter(path);
  let whole = true;
  const take = (index: number) => {
    if (isSigned(index)) {
      writer.add((word) => batch.recordIds.word(index, word), batch.hashes.at(index));
      return true;
    }
    whole = false;
    return false;
  };
  try {
    merge(memory, batch.recordIds, {
      remembered: (entry) => writer.copy(entry),
      fresh: take,
      both: (index, entry) => {
        if (!take(index)) writer.copy(entry);
      },
    });
    writer.finish(headAfter(memory?.head ?? null, statement, statementSha256, whole));
  } finally {
    writer.close();
    memory?.close();
  }
}

function memoryPath({ folder }: Home, { instance, kind, unit }: ListStatement): string {
  return join(folder, `lists-${instance}-${kind}-${unit.code}.bin`);
}

/** Opened for reading, after it was read once and found sound; a damaged one is set aside, and nothing is remembered. */
function soundMemory(path: string): MemoryReader | null {
  if (!existsSync(path)) return null;
  try {
    readMemory(path, (memory) => memory.end());
  } catch (error) {
    if (!isRefusal(error, 'AGENT_STATE_DAMAGED')) throw error;
    renameSync(path, `${path}.damaged`);
    return null;
  }
  return new MemoryReader(path);
}

function readMemory<T>(path: string, use: (memory: MemoryReader) => T): T {
  const memory = new MemoryReader(path);
  try {
    return use(memory);
  } finally {
    memory.close();
  }
}

function headAfter(
  before: MemoryHead | null,
  statement: ListStatement,
  statementSha256: string,
  whole: boolean,
): MemoryHead {
  const complete = follows(before, statement, statementSha256);
  return whole
    ? { last: fromBase64url(statementSha256), complete }
    : { last: before?.last ?? null, complete: before ? before.complete : complete };
}

/** Whether a memory holds every list of the unit before this statement. */
function follows(memory: MemoryHead | null, { previous }: ListStatement, statementSha256: string): boolean {
  if (!memory?.last) return previous === undefined && (memory?.complete ?? true);
  const last = base64url(memory.last);
  return memory.complete && (last === previous || last === statementSha256);
}

/** Keeps an ascending list of the smallest so far. */
function keepSmallest(kept: number[], value: number, limit: number): void {
  if (kept.length === limit && value > (kept.at(-1) ?? Infinity)) return;
  kept.splice(kept.findLastIndex((other) => other < value) + 1, 0, value);
  if (kept.length > limit) kept.pop();
}

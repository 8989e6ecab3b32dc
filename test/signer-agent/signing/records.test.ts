import { describe, expect, it } from 'vitest';
import { recomputeBatch } from '#signer-agent/signing/approve-batch';
import { openRecords } from '#signer-agent/signing/records';
import {
  chunksOf,
  streamOf,
  testLeaf,
  testLeaves,
  testList,
  testNumber,
  testRecord,
} from '../support/lists.ts';

const honest = testList(testLeaves(40));
const { kind, unit, campaign, createdAt } = honest.statement;
const scope = { kind, unit: unit.code, campaign, createdAt };

/** @param second what the API gives when it is asked again */
async function recordsWith(second: { text?: string; line?: (index: number) => string } = {}) {
  const { hashes } = await recomputeBatch(chunksOf(streamOf(honest), 1000), honest.statement);
  const state = { chunks: 0, lines: 0 };
  const records = openRecords(
    {
      fetchLine: (index) => {
        state.lines++;
        return Promise.resolve((second.line ?? ((i) => honest.leaves[i]?.line ?? ''))(index));
      },
      async *fetchLeaves() {
        for (const chunk of chunksOf(second.text ?? streamOf(honest), 1000)) {
          state.chunks++;
          yield await Promise.resolve(chunk);
        }
      },
    },
    hashes,
    scope,
  );
  return { records, state };
}

const other = testLeaf(testRecord(7, { version: 9 }), 7).line;

describe('opening a record', () => {
  it('gives the record that was hashed, with its id number', async () => {
    const { records } = await recordsWith();
    expect(await records.open(7)).toMatchObject({
      leaf: honest.leaves[7]?.text,
      opening: { number: testNumber(7) },
    });
  });

  it.each([
    ['another version', other],
    ['the record of another place', honest.leaves[8]?.line ?? ''],
    ['another id number', testLeaf(testRecord(7), 7, testNumber(8)).line],
    ['nonsense', 'x'],
  ])('refuses %s', async (_, line) => {
    const { records } = await recordsWith({ line: () => line });
    await expect(records.open(7)).rejects.toMatchObject({ code: 'BATCH_CHANGED' });
  });

  it('asks for nothing outside the list', async () => {
    const { records, state } = await recordsWith();
    await expect(records.open(40)).rejects.toThrow(RangeError);
    await expect(records.open(-1)).rejects.toThrow(RangeError);
    await expect(records.open(1.5)).rejects.toThrow(RangeError);
    expect(state.lines).toBe(0);
  });
});

describe('searching', () => {
  const indexes = async (text: string, limit = 100) => {
    const { records } = await recordsWith();
    return (await records.search(text, limit)).map(({ index }) => index);
  };

  it.each(['Đặng Ngọc', 'dang ngoc', '  ĐANG   NGỌC ', 'NGOC AN'])('finds names by "%s"', async (text) => {
    expect(await indexes(text)).toEqual([2, 7, 12, 17, 22, 27, 32, 37]);
  });

  it('finds one id number and one record id, and no part of them', async () => {
    expect(await indexes(testNumber(31))).toEqual([31]);
    expect(await indexes('0790 8000 0031')).toEqual([31]);
    expect(await indexes(testNumber(31).slice(0, -1))).toEqual([]);
    expect(await indexes(testRecord(12).recordId.toUpperCase())).toEqual([12]);
    expect(await indexes('01800000')).toEqual([]);
  });

  it('finds nothing by nothing', async () => {
    expect(await indexes('   ')).toEqual([]);
  });

  it('gives what was hashed, and stops reading once it has enough', async () => {
    const { records, state } = await recordsWith();
    const found = await records.search('nguyen', 2);
    expect(found.map(({ leaf }) => leaf.leaf)).toEqual([honest.leaves[0]?.text, honest.leaves[5]?.text]);
    expect(state.chunks).toBeLessThan(chunksOf(streamOf(honest), 1000).length / 2);
  });

  const lines = streamOf(honest).split('\n');
  const replaced = (line: string) => lines.with(7, line).join('\n');
  it.each([
    ['a changed record', replaced(other)],
    ['a record hidden by another id number', replaced(testLeaf(testRecord(7), 7, testNumber(8)).line)],
    ['a record left out', lines.toSpliced(7, 1).join('\n')],
    ['a record put in', lines.toSpliced(7, 0, other).join('\n')],
    ['an early end', lines.toSpliced(7, 33).join('\n')],
    ['a stream cut off', lines.slice(0, 7).join('\n') + '\n'],
    ['nothing', ''],
  ])('refuses %s where it looks for somebody behind it', async (_, text) => {
    const { records } = await recordsWith({ text });
    await expect(records.search(testNumber(39), 1)).rejects.toMatchObject({ code: 'BATCH_CHANGED' });
  });

  it('names no person in a refusal', async () => {
    const { records } = await recordsWith({ text: replaced(other) });
    const refusal: unknown = await records.search('không có ai', 1).catch((error: unknown) => error);
    expect(JSON.stringify(refusal) + String(refusal)).not.toMatch(/Nguy|0790800/);
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { base64url, utf8 } from '#core/bytes';
import { leafText } from '#core/record/leaf';
import { parseRecordText } from '#core/record/parse-record';
import type { RecordLeaf } from '#core/record/record';
import { splitStreamLine, streamEnd, streamLine } from '#core/record/stream-line';
import { leafHash } from '#core/tree/hash';
import { StreamRoot } from '#core/tree/stream-root';
import { sha256 } from '#verifier/crypto-node';
import { bringIn, type OpenBatch } from './support/new-batch.ts';
import { makeScene, type Scene } from './support/scene.ts';
import type { Signer } from './support/signer.ts';

/** An API that was taken over: what it streams is not what it froze. The real stream passes through a proxy that alters it. */

let scene: Scene;
let signer: Signer;
let batch: OpenBatch;
beforeAll(async () => {
  scene = await makeScene();
  await bringIn(scene.world, 20);
  await bringIn(scene.world, 5, '769', '79-00208');
  batch = await scene.freeze();
  signer = await scene.signer('district-760');
});
afterEach(() => {
  scene.proxy.lie = null;
});
afterAll(() => scene.close());

type Lines = readonly string[];

const leavesOf = (lines: Lines) => lines.slice(0, -1);
const endOf = (lines: Lines) => lines.slice(-1);

/** A changed record in the place of a leaf, with an id opening that still fits. */
function changed(line: string, change: (record: RecordLeaf) => RecordLeaf): string {
  const { leaf, opening } = splitStreamLine(line);
  return streamLine(leafText(change(parseRecordText(leaf))), opening);
}

/** An end line that tells the root and count of the lines before it, not of the statement. */
function withOwnEnd(leaves: Lines): Lines {
  const tree = new StreamRoot(sha256);
  for (const line of leaves) tree.push(leafHash(sha256, utf8(splitStreamLine(line).leaf)));
  return [...leaves, streamEnd(leaves.length, base64url(tree.end()))];
}

const oneDoseMore = (record: RecordLeaf): RecordLeaf => ({
  ...record,
  dose: { ...record.dose, number: record.dose.number + 1 },
});

const lies: [string, (lines: Lines) => Lines, string][] = [
  ['one missing at the front', (lines) => lines.slice(1), 'BATCH_CHANGED'],
  ['one missing at the end', (lines) => [...lines.slice(0, -2), ...endOf(lines)], 'BATCH_CHANGED'],
  [
    'one missing, and the end line agreeing',
    (lines) => withOwnEnd(leavesOf(lines).slice(1)),
    'BATCH_CHANGED',
  ],
  ['one doubled', (lines) => [...lines.slice(0, 3), ...lines.slice(2)], 'BATCH_CHANGED'],
  ['one doubled in the place of another', (lines) => lines.with(3, lines[2] ?? ''), 'BATCH_CHANGED'],
  [
    'two in each other’s place',
    (lines) => lines.with(4, lines[5] ?? '').with(5, lines[4] ?? ''),
    'BATCH_CHANGED',
  ],
  ['all in reverse', (lines) => withOwnEnd([...leavesOf(lines)].reverse()), 'BATCH_CHANGED'],
  ['one changed', (lines) => lines.with(7, changed(lines[7] ?? '', oneDoseMore)), 'BATCH_CHANGED'],
  [
    'one changed, and the end line agreeing',
    (lines) => withOwnEnd(leavesOf(lines).with(7, changed(lines[7] ?? '', oneDoseMore))),
    'BATCH_CHANGED',
  ],
  [
    'one with another salt',
    (lines) =>
      lines.with(
        0,
        changed(lines[0] ?? '', (record) => ({ ...record, salt: 'A'.repeat(43) })),
      ),
    'BATCH_CHANGED',
  ],
  [
    'one of a person of another district',
    (lines) =>
      lines.with(
        2,
        changed(lines[2] ?? '', (record) => ({ ...record, residence: { district: '769', ward: '26794' } })),
      ),
    'RECORD_NOT_ELIGIBLE',
  ],
  [
    'one with an id number that is not the committed one',
    (lines) => lines.with(2, (lines[2] ?? '').replace(/"number":"\d{11}./, '"number":"079080099999')),
    'OPENING_INVALID',
  ],
  [
    'one with a space in it',
    (lines) => lines.with(2, (lines[2] ?? '').replace('":1', '": 1')),
    'NOT_CANONICAL',
  ],
  [
    'one with a member more',
    (lines) => lines.with(2, (lines[2] ?? '').replace('{"leaf":{', '{"leaf":{"aaa":1,')),
    'NOT_CANONICAL',
  ],
  ['one that is not UTF-8 text of a leaf', (lines) => lines.with(2, '{"leaf":{}}'), 'NOT_CANONICAL'],
  ['none at all', (lines) => endOf(lines), 'BATCH_CHANGED'],
  ['without an end', (lines) => leavesOf(lines), 'API_ANSWER_INVALID'],
  ['with lines after the end', (lines) => [...lines, lines[0] ?? ''], 'API_ANSWER_INVALID'],
  ['with one line too long', (lines) => lines.with(1, 'x'.repeat(9000)), 'INPUT_TOO_LARGE'],
  [
    'and a count in the end line that differs',
    (lines) => [...leavesOf(lines), (endOf(lines)[0] ?? '').replace(/\d+/, '19')],
    'BATCH_CHANGED',
  ],
];

describe('no token is asked where the leaves come', () => {
  it.each(lies)('%s', async (_what, lie, code) => {
    scene.proxy.lie = lie;
    const from = scene.proxy.requests.length;
    expect(await signer.sign(batch.batchId)).toMatchObject({ refused: code, tokenOperations: 0 });
    expect(scene.proxy.requests.slice(from).filter((line) => line.endsWith('/signatures'))).toEqual([]);
    expect(signer.journal()).toEqual([]);
    expect(await scene.signatures(batch.batchId)).toBe(0);
    expect(await scene.stateOf(batch.batchId)).toBe('open');
  });
});

it('and once the leaves are as they were frozen, the same agent signs them', async () => {
  scene.proxy.lie = (lines) => lines;
  expect(await signer.sign(batch.batchId)).toMatchObject({ refused: null, tokenOperations: 1 });
  expect(await scene.stateOf(batch.batchId)).toBe('collected');
});

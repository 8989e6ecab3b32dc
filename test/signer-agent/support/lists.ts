import { base64url, utf8 } from '#core/bytes';
import { commitId } from '#core/record/id-commitment';
import { leafText } from '#core/record/leaf';
import type { RecordLeaf } from '#core/record/record';
import { streamEnd, streamLine } from '#core/record/stream-line';
import { declarations, statementBytes, TREE, type ListStatement } from '#core/sign/statement';
import { leafHash } from '#core/tree/hash';
import { StreamRoot } from '#core/tree/stream-root';
import { sha256 } from '#verifier/crypto-node';

/** Lists as an API freezes them, small, with people that do not exist. */

export type TestLeaf = { readonly text: string; readonly line: string };
export type TestList = {
  readonly leaves: readonly TestLeaf[];
  readonly statement: ListStatement;
  readonly statementText: string;
};

const NAMES = ['Nguyễn Văn Mẫu', 'Trần Thị Thử', 'Đặng Ngọc Ánh', 'Lê "Bé" Ví Dụ', 'Phạm Đức Ưu'];

/** A record of district 760, number `index` in leaf order. */
export function testRecord(index: number, change: Partial<RecordLeaf> = {}): RecordLeaf {
  return {
    type: 'kyso/record/v1',
    recordId: `01800000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`,
    version: 1,
    salt: digestText(`salt ${index}`),
    campaign: 'covid19',
    person: {
      name: NAMES[index % NAMES.length] ?? '',
      familyName: 'Nguyễn',
      birthDate: index % 7 === 0 ? '1957' : '1980-01-02',
      sex: index % 2 === 0 ? 'M' : 'F',
      nationality: 'VN',
      id: { type: 'CCCD', commit: commitId(sha256, 'CCCD', testNumber(index), idSalt(index)) },
    },
    identity: { method: 'register', answeredAt: '2022-04-20T01:02:03Z', reference: `REG-${index}` },
    residence: { district: '760', ward: index % 2 === 0 ? '26734' : '26740' },
    facility: '79-00123',
    dose: {
      number: 1 + (index % 3),
      type: index % 3 === 2 ? 'booster1' : 'primary',
      date: `2021-08-0${1 + (index % 9)}`,
      country: 'VN',
      target: '840539006',
      vaccine: '1119349007',
      product: 'EU/1/20/1528',
      manufacturer: 'ORG-100030215',
      lot: 'FF1234',
    },
    ...change,
  };
}

export function testNumber(index: number): string {
  return `0790800${String(index).padStart(5, '0')}`;
}

function idSalt(index: number): Uint8Array {
  return sha256(utf8(`id salt ${index}`));
}

function digestText(seed: string): string {
  return base64url(sha256(utf8(seed)));
}

export function testLeaf(record: RecordLeaf, index: number, number = testNumber(index)): TestLeaf {
  const text = leafText(record);
  return { text, line: streamLine(text, { number, salt: base64url(idSalt(index)) }) };
}

export function testLeaves(count: number): TestLeaf[] {
  return Array.from({ length: count }, (_, index) => testLeaf(testRecord(index), index));
}

/** The list over these leaves, whatever they are: what a dishonest API would freeze, too. */
export function testList(leaves: readonly TestLeaf[], change: Partial<ListStatement> = {}): TestList {
  const statement: ListStatement = {
    type: 'kyso/list/v1',
    instance: 'test',
    batchId: '01800000-0000-7000-9000-000000000001',
    kind: 'district',
    mode: 'list',
    unit: { code: '760', name: 'Trung tâm Y tế Quận 1' },
    campaign: 'covid19',
    sequence: 1,
    declaration: declarations[change.kind ?? 'district'],
    count: leaves.length,
    root: rootOf(leaves),
    tree: TREE,
    recordType: 'kyso/record/v1',
    createdAt: '2022-04-29T08:15:00Z',
    ...change,
  };
  return { leaves, statement, statementText: Buffer.from(statementBytes(statement)).toString('utf8') };
}

export function rootOf(leaves: readonly TestLeaf[]): string {
  const root = new StreamRoot(sha256);
  for (const { text } of leaves) root.push(leafHash(sha256, utf8(text)));
  return base64url(root.end());
}

/** NDJSON of a list, as the API streams it. */
export function streamOf(list: TestList): string {
  const lines = list.leaves.map(({ line }) => line + '\n').join('');
  return lines + streamEnd(list.leaves.length, rootOf(list.leaves)) + '\n';
}

export function chunksOf(text: string, size: number): Uint8Array[] {
  const bytes = utf8(text);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.slice(at, at + size));
  return chunks;
}

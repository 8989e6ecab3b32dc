import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import canonicalize from 'canonicalize';
import { sample } from '../core/record/records.ts';
import { certificate } from './certificate.ts';

/**
 * Makes the vectors anew (`node dist/test/vectors/make.js`), by the words of the formats and RFC 9162 alone: nothing under test is used.
 */
const sha = (...parts: readonly (Uint8Array | string)[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const canonical = (value: unknown) => canonicalize(value) ?? '';

function root(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (leaves.length === 1 && only) return sha(Uint8Array.of(0), only);
  const k = splitOf(leaves.length);
  return sha(Uint8Array.of(1), root(leaves.slice(0, k)), root(leaves.slice(k)));
}

function path(leaves: readonly Buffer[], index: number): Buffer[] {
  if (leaves.length === 1) return [];
  const k = splitOf(leaves.length);
  if (index < k) return [...path(leaves.slice(0, k), index), root(leaves.slice(k))];
  return [...path(leaves.slice(k), index - k), root(leaves.slice(0, k))];
}

/** PROOF(m, D_n) of RFC 9162 §2.1.4.1 */
function consistency(leaves: readonly Buffer[], first: number, isComplete = true): Buffer[] {
  if (first === leaves.length) return isComplete ? [] : [root(leaves)];
  const k = splitOf(leaves.length);
  return first <= k
    ? [...consistency(leaves.slice(0, k), first, isComplete), root(leaves.slice(k))]
    : [...consistency(leaves.slice(k), first - k, false), root(leaves.slice(0, k))];
}

type Case = { size1: number; size2: number; root1: string; root2: string; proof: string[]; verdict: string };

/** Every pair of sizes of a tree, and what may not be accepted of each. */
function consistencyCases(leaves: readonly Buffer[]): Case[] {
  return leaves.flatMap((_, last) =>
    leaves.slice(0, last + 1).flatMap((_leaf, i) => {
      const [size1, size2] = [i + 1, last + 1];
      const proof = consistency(leaves.slice(0, size2), size1).map((hash) => hash.toString('hex'));
      const rootOf = (size: number) => root(leaves.slice(0, size)).toString('hex');
      const good = { size1, size2, root1: rootOf(size1), root2: rootOf(size2), proof, verdict: 'valid' };
      const other = sha('another').toString('hex');
      const bad = [
        { ...good, root1: other },
        { ...good, root2: other },
        { ...good, size1: 0 },
        { ...good, proof: [...proof, other] },
        ...(proof.length > 0 ? [proof.with(-1, other), proof.slice(1)] : []).map((changed) => ({
          ...good,
          proof: changed,
        })),
      ];
      return [good, ...bad.map((one) => ({ ...one, verdict: 'invalid' }))];
    }),
  );
}

function splitOf(size: number): number {
  let k = 1;
  while (k * 2 < size) k *= 2;
  return k;
}

const records: unknown[] = [
  sample,
  {
    ...sample,
    person: {
      ...sample.person,
      name: 'Đặng "Út" O\\Neil 😀',
      familyName: undefined,
      birthDate: '1931',
      sex: 'X',
    },
    identity: { method: 'facility-attested', answeredAt: '2022-04-29T23:59:59Z' },
    dose: { ...sample.dose, number: 20, type: 'booster2', lot: undefined },
  },
];
const numbers = [
  ['CCCD', '079080000001'],
  ['CMND', '023456789'],
  ['PASSPORT', 'C1234567A'],
] as const;
const leaves = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const leafBytes = leaves.map((leaf) => Buffer.from(leaf, 'hex'));
const counted = (size: number) => Array.from({ length: size }, (_, i) => Buffer.from(String(i)));
const first = {
  type: 'kyso/list/v1',
  instance: 'demo',
  batchId: '0180726f-2c00-7abc-8def-0123456789ab',
  kind: 'district',
  mode: 'list',
  unit: { code: '760', name: 'Trung tâm Y tế Quận 1' },
  campaign: 'covid19',
  sequence: 1,
  declaration:
    'Trung tâm Y tế xác nhận toàn bộ danh sách người đã tiêm chủng đang cư trú trên địa bàn, đã được làm sạch và xác thực.',
  count: 8,
  root: root(leafBytes).toString('base64url'),
  tree: 'rfc9162-sha256',
  recordType: 'kyso/record/v1',
  createdAt: '2022-04-29T08:15:00Z',
};
const second = {
  ...first,
  kind: 'facility',
  unit: { code: '79-00123', name: 'Phòng khám “Ánh Dương”' },
  sequence: 2,
  previous: sha(canonical(first)).toString('base64url'),
};

/** What follows from a list in `each` mode, one a leaf. */
const eachList = { ...second, mode: 'each' };
const items = leafBytes.map((leaf, index) => {
  const statement = {
    ...eachList,
    root: undefined,
    tree: undefined,
    type: 'kyso/item/v1',
    list: sha(canonical(eachList)).toString('base64url'),
    index,
    leafHash: sha(Uint8Array.of(0), leaf).toString('base64url'),
  };
  return { statement, bytes: canonical(statement), sha256: sha(canonical(statement)).toString('hex') };
});

const vectors = {
  leaf: {
    cases: records.map((record) => {
      const leaf = canonical(record);
      return { record, leaf, leafHash: sha(Uint8Array.of(0), leaf).toString('hex') };
    }),
  },
  commitment: {
    cases: numbers.map(([type, number], i) => {
      const salt = Buffer.alloc(32, i + 1);
      return {
        type,
        number,
        salt: salt.toString('base64url'),
        commit: sha('kyso/id/v1\0', salt, `${type}\0${number}`).toString('base64url'),
      };
    }),
  },
  tree: {
    leaves,
    roots: leaves.map((_, i) => root(leafBytes.slice(0, i + 1)).toString('hex')),
    proofs: leaves.map((_, i) => ({
      leafIndex: i,
      treeSize: 8,
      path: path(leafBytes, i).map((hash) => hash.toString('hex')),
    })),
    counted: [1, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537].map((treeSize) => ({
      treeSize,
      root: root(counted(treeSize)).toString('hex'),
    })),
  },
  consistency: { cases: consistencyCases(Array.from({ length: 9 }, (_, i) => Buffer.from(String(i)))) },
  statement: {
    cases: [first, second].map((statement) => ({
      statement,
      bytes: canonical(statement),
      sha256: sha(canonical(statement)).toString('hex'),
    })),
  },
  item: { list: canonical(eachList), cases: items },
  certificate,
};

for (const [name, value] of Object.entries(vectors))
  writeFileSync(`test/vectors/${name}.json`, JSON.stringify(value, null, 1) + '\n');

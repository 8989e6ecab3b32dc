import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { base64url, utf8 } from '#core/bytes';
import { statementBytes, type ListStatement } from '#core/sign/statement';
import { recomputeBatch } from '#signer-agent/signing/approve-batch';
import { LeafHashes } from '#signer-agent/signing/leaf-hashes';
import { differenceOf, rememberList } from '#signer-agent/signing/memory-of-lists';
import { RecordIds } from '#signer-agent/signing/record-ids';
import { sha256 } from '#verifier/crypto-node';
import { chunksOf, streamOf, testLeaf, testLeaves, testList, testRecord } from '../support/lists.ts';

let home: { folder: string };
beforeEach(() => {
  home = { folder: mkdtempSync(join(tmpdir(), 'kyso-memory-')) };
});
afterEach(() => rmSync(home.folder, { recursive: true, force: true }));

/** Records as number → content, in this order. */
type Content = readonly (readonly [id: number, version: number])[];

function uuid(id: number): string {
  const hex = (id * 0x9e3779b1).toString(16).padStart(16, '0');
  return `01800000-${hex.slice(0, 4)}-7${hex.slice(4, 7)}-8${hex.slice(7, 10)}-${hex.slice(10).padStart(12, '0')}`;
}

function batchOf(content: Content) {
  const recordIds = new RecordIds();
  const hashes = new LeafHashes();
  for (const [id, version] of content) {
    recordIds.add(uuid(id));
    hashes.add(utf8(`\0${id} ${version}`));
  }
  return { recordIds, hashes };
}

/** A chain of a unit's statements, number `sequence` of it. */
function listNamed(sequence: number, change: Partial<ListStatement> = {}) {
  const digest = (n: number) => base64url(sha256(utf8(`list ${n}`)));
  const { statement } = testList(testLeaves(1), {
    sequence,
    ...(sequence > 1 ? { previous: digest(sequence - 1) } : {}),
    ...change,
  });
  return { statement, sha: digest(sequence) };
}

function remember(sequence: number, content: Content, isSigned?: (index: number) => boolean): void {
  const { statement, sha } = listNamed(sequence);
  rememberList(home, statement, sha, batchOf(content), isSigned);
}

function difference(sequence: number, content: Content) {
  const { statement, sha } = listNamed(sequence);
  return differenceOf(home, statement, sha, batchOf(content));
}

function memoryFile(): string {
  const [name = ''] = readdirSync(home.folder);
  return join(home.folder, name);
}

const content = fc
  .uniqueArray(fc.tuple(fc.nat(60), fc.nat(2)), { selector: ([id]) => id, maxLength: 40 })
  .map((list) => list as Content);

describe('the memory of lists', () => {
  it('tells new, changed and unchanged records of any lists apart, as a map would', () => {
    fc.assert(
      fc.property(fc.array(content, { minLength: 1, maxLength: 5 }), content, (before, now) => {
        rmSync(home.folder, { recursive: true });
        home = { folder: mkdtempSync(join(tmpdir(), 'kyso-memory-')) };
        const known = new Map<number, number>();
        for (const [i, list] of before.entries()) {
          remember(i + 1, list);
          for (const [id, version] of list) known.set(id, version);
        }
        const changed = now.flatMap(([id, version], index) =>
          known.has(id) && known.get(id) !== version ? [index] : [],
        );
        expect(difference(before.length + 1, now)).toEqual({
          fresh: now.filter(([id]) => !known.has(id)).length,
          changed: changed.length,
          same: now.filter(([id, version]) => known.get(id) === version).length,
          changedIndexes: changed.slice(0, 20),
          complete: true,
        });
      }),
      { numRuns: 60 },
    );
  });

  it('is nothing before the first list', () => {
    expect(difference(1, [[1, 1]])).toBeNull();
  });

  it('names the first changed records, by their place in the list', () => {
    const all = Array.from({ length: 50 }, (_, i) => [50 - i, 1] as const);
    remember(1, all);
    const changed = difference(
      2,
      all.map(([id]) => [id, 2] as const),
    );
    expect(changed).toMatchObject({ changed: 50, changedIndexes: Array.from({ length: 20 }, (_, i) => i) });
  });

  it('reads more than one block', () => {
    const many = Array.from({ length: 10_000 }, (_, i) => [i, 1] as const);
    remember(1, many.slice(0, 9000));
    remember(2, many.slice(7000));
    expect(difference(3, many)).toMatchObject({ fresh: 0, changed: 0, same: 10_000 });
  });

  it('does not change when the same list is merged again', () => {
    remember(1, [[2, 1], [1, 1]]); // prettier-ignore
    const once = readFileSync(memoryFile());
    remember(1, [[2, 1], [1, 1]]); // prettier-ignore
    expect(readFileSync(memoryFile())).toEqual(once);
    expect(readdirSync(home.folder)).toHaveLength(1);
  });

  it('is what it was before where a merge was killed', () => {
    remember(1, [[1, 1]]);
    const before = readFileSync(memoryFile());
    writeFileSync(`${memoryFile()}.new`, 'x'.repeat(5000));
    expect(difference(2, [[1, 1]])).toMatchObject({ same: 1, complete: true });
    remember(1, [[1, 1]]);
    expect(readdirSync(home.folder)).toHaveLength(1);
    expect(readFileSync(memoryFile())).toEqual(before);
  });

  it('keeps units, kinds and instances apart', () => {
    const { statement, sha } = listNamed(1);
    rememberList(home, statement, sha, batchOf([[1, 1]]));
    for (const change of [
      { unit: { code: '769', name: 'Trung tâm Y tế' } },
      { kind: 'facility' as const },
      { instance: 'production' },
    ])
      expect(differenceOf(home, { ...statement, ...change }, sha, batchOf([[1, 1]]))).toBeNull();
  });

  it('remembers of a list signed record by record only what is signed, and the rest when that is', () => {
    const list = [[1, 1], [2, 1], [3, 1]] as const; // prettier-ignore
    remember(1, list);
    const changed = [[1, 2], [2, 2], [4, 1]] as const; // prettier-ignore
    remember(2, changed, (index) => index === 0);
    expect(difference(2, changed)).toEqual({
      fresh: 1,
      changed: 1,
      same: 1,
      changedIndexes: [1],
      complete: true,
    });
    remember(2, changed);
    expect(difference(3, changed)).toMatchObject({ fresh: 0, changed: 0, same: 3, complete: true });
  });

  it('says that it is not complete where lists of the unit are not in it, from then on', () => {
    remember(1, [[1, 1]]);
    expect(difference(2, [[1, 1]])).toMatchObject({ complete: true });
    expect(difference(3, [[1, 1]])).toMatchObject({ complete: false });
    remember(3, [[1, 1]]);
    expect(difference(4, [[1, 1]])).toMatchObject({ complete: false });
  });

  it('says that it is not complete where it began in the middle', () => {
    remember(5, [[1, 1]]);
    expect(difference(6, [[1, 1]])).toMatchObject({ complete: false });
  });

  it('says that it is damaged whatever byte of it changed, and where it was cut or grew', () => {
    remember(1, [[1, 1], [2, 1]]); // prettier-ignore
    const sound = readFileSync(memoryFile());
    for (let at = 0; at < sound.length; at++) {
      const bytes = Buffer.from(sound);
      bytes[at] = (bytes[at] ?? 0) ^ 0x10;
      writeFileSync(memoryFile(), bytes);
      expect(difference(2, [[1, 1]]), `byte ${at}`).toBe('damaged');
    }
    for (const bytes of [
      sound.subarray(0, -1),
      sound.subarray(0, 40),
      Buffer.alloc(0),
      Buffer.concat([sound, sound]),
    ]) {
      writeFileSync(memoryFile(), bytes);
      expect(difference(2, [[1, 1]])).toBe('damaged');
    }
  });

  it('sets a damaged memory aside and starts anew, not complete', () => {
    remember(1, [[1, 1]]);
    const file = memoryFile();
    writeFileSync(file, 'torn');
    remember(2, [[2, 1]]);
    expect(readFileSync(`${file}.damaged`, 'utf8')).toBe('torn');
    expect(difference(3, [[1, 1], [2, 1]])).toMatchObject({ fresh: 1, same: 1, complete: false }); // prettier-ignore
  });

  it('holds nothing of a person, and is for its owner only', async () => {
    const list = testList(testLeaves(3));
    const batch = await recomputeBatch(chunksOf(streamOf(list), 1000), list.statement);
    const sha = base64url(sha256(statementBytes(list.statement)));
    rememberList(home, list.statement, sha, batch);
    const bytes = readFileSync(memoryFile());
    expect(statSync(memoryFile()).mode & 0o777).toBe(0o600);
    expect(bytes).toHaveLength(88 + 3 * 48);
    expect(bytes.toString('latin1')).not.toMatch(/Nguy|0790800|1980/);
    expect(bytes.subarray(88).toString('hex', 0, 16)).toBe('01800000000070008000000000000000');
  });

  it('finds a facility record again whose district changed, though the list is in the order of districts', async () => {
    const at = (index: number, district: string, ward: string) =>
      testLeaf(testRecord(index, { residence: { district, ward } }), index);
    const facility = { kind: 'facility', unit: { code: '79-00123', name: 'Bệnh viện' } } as const;
    const first = testList([at(4, '760', '26734'), at(9, '760', '26734'), at(2, '769', '27112')], facility);
    const second = testList([at(9, '760', '26734'), at(2, '769', '27112'), at(4, '769', '27112')], facility);
    const of = (list: typeof first) => recomputeBatch(chunksOf(streamOf(list), 500), list.statement);
    rememberList(home, first.statement, listNamed(1).sha, await of(first));
    expect(differenceOf(home, second.statement, listNamed(2).sha, await of(second))).toMatchObject({
      fresh: 0,
      changed: 1,
      same: 2,
      changedIndexes: [2],
    });
  });
});

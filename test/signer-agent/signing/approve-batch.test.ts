import { describe, expect, it } from 'vitest';
import type { RecordLeaf } from '#core/record/record';
import { recomputeBatch } from '#signer-agent/signing/approve-batch';
import { drawSample } from '#signer-agent/signing/sample';
import {
  chunksOf,
  streamOf,
  testLeaf,
  testLeaves,
  testList,
  testRecord,
  type TestLeaf,
} from '../support/lists.ts';

const honest = testList(testLeaves(40));
const scope = {
  kind: 'district',
  unit: '760',
  campaign: 'covid19',
  createdAt: honest.statement.createdAt,
} as const;

const recompute = (text: string, statement = honest.statement, size = 1000) =>
  recomputeBatch(chunksOf(text, size), statement);

/** The list with one leaf changed, its root and statement computed over the change: only the leaf's own rules can object. */
function frozenWith(change: (leaves: TestLeaf[]) => void) {
  const leaves = testLeaves(40);
  change(leaves);
  return testList(leaves);
}

function changedRecord(index: number, change: Partial<RecordLeaf>): TestLeaf {
  return testLeaf(testRecord(index, change), index);
}

describe('recomputing a batch', () => {
  it.each([1, 7, 1000, 1_000_000])(
    'agrees with an honest API whatever the chunks (%i bytes)',
    async (size) => {
      const { tally, hashes } = await recompute(streamOf(honest), honest.statement, size);
      expect(hashes.count).toBe(40);
      expect(tally).toMatchObject({
        count: 40,
        foreigners: 0,
        firstDose: '2021-08-01',
        lastDose: '2021-08-09',
      });
      expect([...tally.byWard]).toEqual([
        ['26734', 20],
        ['26740', 20],
      ]);
      expect([...tally.byDoseType]).toEqual([
        ['primary', 27],
        ['booster1', 13],
      ]);
    },
  );

  it.each([
    ['missing', (leaves: TestLeaf[]) => leaves.splice(5, 1)],
    ['doubled', (leaves: TestLeaf[]) => leaves.splice(5, 0, ...leaves.slice(5, 6))],
    ['out of order', (leaves: TestLeaf[]) => leaves.splice(5, 2, ...leaves.slice(5, 7).reverse())],
    ['changed', (leaves: TestLeaf[]) => leaves.splice(5, 1, changedRecord(5, { version: 2 }))],
    ['added', (leaves: TestLeaf[]) => leaves.push(...testLeaves(41).slice(40))],
  ])('refuses leaves %s against the statement', async (_, change) => {
    const received = frozenWith(change);
    await expect(recompute(streamOf(received))).rejects.toMatchObject({ code: 'BATCH_CHANGED' });
  });

  it.each([
    ['doubled', (leaves: TestLeaf[]) => leaves.splice(5, 0, ...leaves.slice(5, 6))],
    ['out of order', (leaves: TestLeaf[]) => leaves.splice(5, 2, ...leaves.slice(5, 7).reverse())],
  ])('refuses leaves %s though the statement was made of them', async (_, change) => {
    const received = frozenWith(change);
    await expect(recompute(streamOf(received), received.statement)).rejects.toMatchObject({
      code: 'BATCH_CHANGED',
      detail: expect.stringContaining('out of order') as string,
    });
  });

  it('refuses a record that stands under two districts', async () => {
    const twice = [
      ['760', '26734'],
      ['769', '27112'],
    ].map(([district = '', ward = '']) => changedRecord(5, { residence: { district, ward } }));
    const received = testList(twice, { kind: 'facility', unit: { code: '79-00123', name: 'Bệnh viện' } });
    await expect(recompute(streamOf(received), received.statement)).rejects.toMatchObject({
      code: 'BATCH_CHANGED',
      detail: expect.stringContaining('twice') as string,
    });
  });

  it('keeps the record ids, counts facility days, and tells how many are done', async () => {
    const done: number[] = [];
    const { recordIds, outliers, uncounted } = await recomputeBatch(
      chunksOf(streamOf(honest), 1000),
      honest.statement,
      (count) => done.push(count),
    );
    expect(recordIds.count).toBe(40);
    expect(recordIds.word(39, 3)).toBe(39);
    expect([outliers, uncounted, done]).toEqual([[], 0, [40]]);
  });

  it("refuses a count or root that only the stream's end claims", async () => {
    const leaves = testLeaves(40);
    const [first] = leaves;
    const lines = streamOf(honest).replace(/"count":40/, '"count":41');
    await expect(recompute(lines)).rejects.toMatchObject({ code: 'BATCH_CHANGED', detail: 'count' });
    const other = streamOf(testList(first ? [first] : []));
    const otherEnd = streamOf(honest).replace(
      /\n[^\n]+\n$/,
      `\n${other.trim().split('\n')[1]?.replace('"count":1', '"count":40') ?? ''}\n`,
    );
    await expect(recompute(otherEnd)).rejects.toMatchObject({ code: 'BATCH_CHANGED', detail: 'root' });
  });

  const residence = { district: '769', ward: '27112' };
  const passport = { ...testRecord(5).person, nationality: 'FR' };
  it.each([
    ['of another district', { residence }, 'OTHER_DISTRICT'],
    ['of another campaign', { campaign: 'measles' }, 'OTHER_CAMPAIGN'],
    [
      'attested by the facility though Vietnamese',
      { identity: { method: 'facility-attested', answeredAt: '2022-04-20T01:02:03Z' } },
      'IDENTITY_NOT_FROM_REGISTER',
    ],
    ['from the register though foreign', { person: passport }, 'IDENTITY_NOT_ATTESTED ID_TYPE_OF_FOREIGNER'],
    [
      'answered after the list was made',
      { identity: { method: 'register', answeredAt: '2022-04-30T00:00:00Z' } },
      'IDENTITY_AFTER_LIST',
    ],
    ['vaccinated before birth', { dose: { ...testRecord(5).dose, date: '1979-12-31' } }, 'DOSE_BEFORE_BIRTH'],
  ] as const)('refuses a record %s though it stands in the statement', async (_, change, faults) => {
    const received = frozenWith((leaves) => leaves.splice(5, 1, changedRecord(5, change)));
    // another district sorts elsewhere: it is the only record then
    const alone = testList([changedRecord(5, change)]);
    const list = 'residence' in change ? alone : received;
    await expect(recompute(streamOf(list), list.statement)).rejects.toMatchObject({
      code: 'RECORD_NOT_ELIGIBLE',
      detail: expect.stringContaining(faults) as string,
    });
  });

  it('refuses an id number that does not open the commitment, and says where without saying whose', async () => {
    const received = frozenWith((leaves) => leaves.splice(5, 1, testLeaf(testRecord(5), 5, '079080099999')));
    await expect(recompute(streamOf(received), received.statement)).rejects.toMatchObject({
      code: 'OPENING_INVALID',
      detail: 'leaf 5',
    });
  });

  const replaced = (from: string | RegExp, to: string) => streamOf(honest).replace(from, to);
  it.each([
    ['white space', replaced('"campaign":', '"campaign": '), 'NOT_CANONICAL'],
    [
      'a duplicate key',
      replaced('{"campaign":"covid19"', '{"campaign":"covid19","campaign":"covid19"'),
      'NOT_CANONICAL',
    ],
    [
      'an unknown member',
      replaced(',"type":"kyso/record/v1"', ',"type":"kyso/record/v1","zone":1'),
      'NOT_CANONICAL',
    ],
    ['an escape', replaced('"name":"Nguyễn', '"name":"\\u004eguyễn'), 'NOT_CANONICAL'],
    ['another number spelling', replaced('"version":1', '"version":1.0'), 'NOT_CANONICAL'],
    [
      'a name that is not NFC',
      replaced('Nguyễn Văn Mẫu', 'Nguyễn Văn Mẫu'.normalize('NFD')),
      'RECORD_MALFORMED',
    ],
    ['a bidi control', replaced('Nguyễn Văn Mẫu', 'Nguyễn \u202eVăn Mẫu'), 'RECORD_MALFORMED'],
    [
      'a date that does not exist',
      replaced('"date":"2021-08-01"', '"date":"2021-02-30"'),
      'RECORD_MALFORMED',
    ],
    [
      'a line too long',
      replaced('"reference":"REG-0"', `"reference":"${'x'.repeat(9000)}"`),
      'INPUT_TOO_LARGE',
    ],
    ['no end of a line', 'x'.repeat(9000), 'INPUT_TOO_LARGE'],
    ['no stream end', replaced(/\{"count".*\n$/, ''), 'API_ANSWER_INVALID'],
    ['an end cut short', streamOf(honest).slice(0, -2), 'API_ANSWER_INVALID'],
    ['something after the end', streamOf(honest) + streamOf(honest), 'API_ANSWER_INVALID'],
    ['an empty line', '\n' + streamOf(honest), 'NOT_CANONICAL'],
    ['nothing', '', 'API_ANSWER_INVALID'],
  ])('refuses %s', async (_, text, code) => {
    await expect(recompute(text)).rejects.toMatchObject({ code });
  });

  it('refuses bytes that are not UTF-8', async () => {
    const bytes = Buffer.from(streamOf(honest));
    bytes[bytes.indexOf('Nguy')] = 0xff;
    await expect(recomputeBatch([bytes], honest.statement)).rejects.toMatchObject({ code: 'NOT_CANONICAL' });
  });

  it('names no person in a refusal', async () => {
    const refusal: unknown = await recompute(replaced('Nguyễn Văn Mẫu', 'Nguyễn \u202eVăn Mẫu')).catch(
      (error: unknown) => error,
    );
    expect(JSON.stringify(refusal) + String(refusal)).not.toMatch(/Nguy|0790800/);
  });
});

describe('the sample', () => {
  const line = (index: number) => honest.leaves[index]?.line ?? '';

  it('shows different records that were hashed before', async () => {
    const { hashes } = await recompute(streamOf(honest));
    const fetched: number[] = [];
    const sample = await drawSample(hashes, scope, 5, (index) => {
      fetched.push(index);
      return Promise.resolve(line(index));
    });
    expect(new Set(fetched).size).toBe(5);
    expect(sample.map(({ index }) => index)).toEqual(fetched);
    expect(sample.map(({ leaf }) => leaf.leaf)).toEqual(fetched.map((index) => honest.leaves[index]?.text));
  });

  it('shows all of a short list', async () => {
    const short = testList(testLeaves(2));
    const { hashes } = await recompute(streamOf(short), short.statement);
    expect(await drawSample(hashes, scope, 5, (index) => Promise.resolve(line(index)))).toHaveLength(2);
  });

  it('refuses a record that was not in the stream', async () => {
    const { hashes } = await recompute(streamOf(honest));
    const other = (index: number) => Promise.resolve(changedRecord(index, { version: 9 }).line);
    await expect(drawSample(hashes, scope, 1, other)).rejects.toMatchObject({ code: 'BATCH_CHANGED' });
    await expect(drawSample(hashes, scope, 1, () => Promise.resolve('x'))).rejects.toMatchObject({
      code: 'BATCH_CHANGED',
    });
  });
});

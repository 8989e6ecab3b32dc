import { describe, expect, it } from 'vitest';
import { recomputeBatch } from '#signer-agent/signing/approve-batch';
import { openRecords } from '#signer-agent/signing/records';
import { lookText, parseLook } from '#signer-agent/terminal/look';
import { chunksOf, streamOf, testLeaves, testList, testNumber } from '../support/lists.ts';

describe('what the signer types before the yes', () => {
  it.each([
    ['xem 12', { open: 12 }],
    ['  XEM   1.200 ', { open: 1200 }],
    ['tìm Nguyễn  Văn An', { search: 'Nguyễn  Văn An' }],
    ['tim 079080000001', { search: '079080000001' }],
    ['tìm an'.normalize('NFD'), { search: 'an' }],
  ])('"%s" looks into the list', (line, look) => {
    expect(parseLook(line)).toEqual(look);
  });

  it.each(['ký', '', 'xem', 'tìm  ', 'xem tất cả', 'xem -1', 'ký 12', 'xemtìm 1'])(
    '"%s" does not',
    (line) => {
      expect(parseLook(line)).toBeNull();
    },
  );
});

describe('looking', () => {
  const list = testList(testLeaves(40));
  const { kind, unit, campaign, createdAt } = list.statement;
  const look = async (line: string) => {
    const { hashes } = await recomputeBatch(chunksOf(streamOf(list), 1000), list.statement);
    const records = openRecords(
      {
        fetchLine: (index) => Promise.resolve(list.leaves[index]?.line ?? ''),
        async *fetchLeaves() {
          yield* await Promise.resolve(chunksOf(streamOf(list), 1000));
        },
      },
      hashes,
      { kind, unit: unit.code, campaign, createdAt },
    );
    return lookText(parseLook(line) ?? { search: '' }, records, 40);
  };

  it('opens a record by its number, from 1, with the whole id number', async () => {
    const text = await look('xem 3');
    expect(text).toContain('Hồ sơ số 3');
    expect(text).toContain('Đặng Ngọc Ánh');
    expect(text).toContain(testNumber(2));
    expect(text).toContain('Phường Tân Định, Quận 1');
  });

  it('says that a number is not in the list', async () => {
    expect(await look('xem 0')).toContain('không có hồ sơ số 0');
    expect(await look('xem 41')).toContain('không có hồ sơ số 41');
  });

  it('finds people, with masked id numbers and the numbers to open them by', async () => {
    const text = await look('tìm ánh');
    expect(text.split('\n')).toHaveLength(9);
    expect(text).toContain('số 3 · Đặng Ngọc Ánh');
    expect(text).toContain(`*********${testNumber(2).slice(-3)}`);
    expect(text).not.toContain(testNumber(2));
    expect(await look('tìm ai đó')).toContain('Không tìm thấy');
  });

  it('shows twenty at most, and says so', async () => {
    expect((await look('tìm n')).split('\n')).toHaveLength(21);
    expect(await look('tìm n')).toContain('20 hồ sơ đầu tiên');
  });
});

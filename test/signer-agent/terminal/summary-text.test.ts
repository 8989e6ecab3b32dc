import { beforeAll, describe, expect, it } from 'vitest';
import { utf8 } from '#core/bytes';
import { shortDigest } from '#core/sign/short-digest';
import { recomputeBatch } from '#signer-agent/signing/approve-batch';
import { drawSample } from '#signer-agent/signing/sample';
import type { Summary } from '#signer-agent/signing/summary';
import { summaryText } from '#signer-agent/terminal/summary-text';
import { sha256 } from '#verifier/crypto-node';
import { chunksOf, streamOf, testLeaves, testList } from '../support/lists.ts';

const list = testList(testLeaves(1200));
let summary: Summary;
beforeAll(async () => {
  const { statement, statementText, leaves } = list;
  const { tally, hashes, outliers, uncounted } = await recomputeBatch(
    chunksOf(streamOf(list), 9000),
    statement,
  );
  const { kind, unit, campaign, createdAt } = statement;
  summary = {
    statement,
    statementDigest: sha256(utf8(statementText)),
    tally,
    sample: await drawSample(hashes, { kind, unit: unit.code, campaign, createdAt }, 5, (index) =>
      Promise.resolve(leaves[index]?.line ?? ''),
    ),
    sequel: 'first-here',
    earlier: { result: undefined, intent: undefined, perhapsSigned: 0 },
    difference: null,
    outliers,
    uncounted,
    revocation: 'good',
    signedItems: 0,
  };
});

const textOf = (change: Partial<Summary> = {}) => summaryText({ ...summary, ...change });

describe('what the signer reads', () => {
  it('names the mode and the count first', () => {
    expect(textOf().trim().split('\n')[0]).toBe('Ký toàn bộ danh sách (1.200 hồ sơ)');
    const statement = { ...list.statement, mode: 'each' as const };
    expect(textOf({ statement, signedItems: 250 }).trim().split('\n')[0]).toBe(
      'Ký từng hồ sơ (1.200 hồ sơ, đã ký 250)',
    );
  });

  it('counts by ward and dose, and shows the digest and numbered samples', () => {
    const text = textOf();
    expect(text).toContain('26734 Phường Tân Định: 600');
    expect(text).toContain('cơ bản 800, nhắc lần 1 400');
    expect(text).toContain(shortDigest(summary.statementDigest));
    for (const { index } of summary.sample)
      expect(text).toMatch(new RegExp(`số ${index + 1 > 999 ? '1.\\d{3}' : index + 1} · `));
  });

  const difference = { fresh: 1100, changed: 2, same: 98, changedIndexes: [4, 1000], complete: true };
  it('tells what is new by the memory of this machine', () => {
    expect(textOf()).toContain('máy này chưa nhớ danh sách nào của đơn vị');
    const text = textOf({ difference });
    expect(text).toContain('mới 1.100, thay đổi 2, không đổi 98');
    expect(text).toContain('hồ sơ thay đổi: số 5, 1.001\n');
    expect(text).not.toContain('LƯU Ý');
  });

  it('warns where that memory is not complete or not readable', () => {
    expect(textOf({ difference: { ...difference, complete: false } })).toContain(
      'LƯU Ý: máy này không nhớ đủ',
    );
    expect(textOf({ difference: 'damaged' })).toContain('LƯU Ý: máy này không đọc được');
    expect(textOf({ difference: { ...difference, changed: 21 } })).toContain('số 5, 1.001, …');
  });

  it('shows days on which a facility gave far more doses than usual', () => {
    expect(textOf({ outliers: [] })).toContain('Ngày tiêm nhiều bất thường:\n    không có');
    const outliers = [{ facility: '79-00123', date: '2021-08-04', count: 1100, usual: 40 }];
    const text = textOf({ outliers, uncounted: 3 });
    expect(text).toContain('cơ sở 79-00123 ngày 04/08/2021: 1.100 mũi (ngày thường 40)');
    expect(text).toContain('LƯU Ý: 3 hồ sơ chưa được xét');
  });

  it('says what was perhaps signed already', () => {
    expect(textOf()).not.toContain('CÓ THỂ ĐÃ KÝ');
    const earlier = { ...summary.earlier, perhapsSigned: 3 };
    expect(textOf({ earlier })).toContain('CÓ THỂ ĐÃ KÝ: lần trước bị gián đoạn');
    const statement = { ...list.statement, mode: 'each' as const };
    expect(textOf({ earlier, statement })).toContain('CÓ THỂ ĐÃ KÝ (3 hồ sơ)');
  });

  it('warns where revocation could not be checked', () => {
    expect(textOf({ revocation: 'unknown' })).toContain('LƯU Ý: chưa kiểm tra được chứng thư số');
  });
});

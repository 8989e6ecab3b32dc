import { wardName } from '#core/record/places';
import { shortDigest } from '#core/sign/short-digest';
import type { Sequel } from '../signing/resume.ts';
import type { Summary } from '../signing/summary.ts';
import { differenceLines, outlierLines } from './difference-text.ts';
import { day, number } from './figures.ts';
import { doseNames, recordLine } from './record-text.ts';

const sequelTexts: Record<Sequel, string> = {
  'first-here': 'danh sách đầu tiên được ký trên máy này',
  next: 'nối tiếp danh sách máy này đã ký',
  gap: 'LƯU Ý: giữa hai lần ký trên máy này, đơn vị đã ký danh sách khác ở máy khác',
};

export function summaryText(summary: Summary): string {
  const { statement, statementDigest, tally, sample, sequel, earlier } = summary;
  const kind = statement.kind === 'district' ? 'quận/huyện' : 'cơ sở tiêm';
  return [
    '',
    modeText(summary),
    `  Hệ thống     ${statement.instance}`,
    `  Đơn vị       ${statement.unit.name} (${kind} ${statement.unit.code})`,
    `  Đợt tiêm     ${statement.campaign}`,
    `  Mã danh sách ${statement.batchId}`,
    `  Số thứ tự    ${statement.sequence} (${sequelTexts[sequel]})`,
    `  Lập lúc      ${statement.createdAt}`,
    `  Nội dung     ${statement.declaration}`,
    `  Ngày tiêm    ${day(tally.firstDose)} – ${day(tally.lastDose)}`,
    `  Loại mũi     ${[...tally.byDoseType].map(([type, count]) => `${doseNames[type]} ${number(count)}`).join(', ')}`,
    `  Người nước ngoài  ${number(tally.foreigners)}`,
    ...block('So với các danh sách máy này đã ký:', differenceLines(summary.difference)),
    ...block('Ngày tiêm nhiều bất thường:', outlierLines(summary.outliers, summary.uncounted)),
    ...block('Theo phường/xã nơi ở:', wardLines(tally.byWard)),
    ...block(`Mẫu ngẫu nhiên (${sample.length}):`, sample.map(recordLine)),
    `  Mã đối chiếu  ${shortDigest(statementDigest)}`,
    ...(summary.revocation === 'unknown'
      ? ['  LƯU Ý: chưa kiểm tra được chứng thư số có bị thu hồi hay không.']
      : []),
    ...(earlier.perhapsSigned > 0 ? [`  ${perhapsText(summary)}`] : []),
    '',
  ].join('\n');
}

/** The mode is named: what the signer agrees to differs. */
function modeText({ statement: { mode }, tally: { count }, signedItems }: Summary): string {
  return mode === 'list'
    ? `Ký toàn bộ danh sách (${number(count)} hồ sơ)`
    : `Ký từng hồ sơ (${number(count)} hồ sơ, đã ký ${number(signedItems)})`;
}

function perhapsText({ statement: { mode }, earlier }: Summary): string {
  const what = mode === 'list' ? '' : ` (${number(earlier.perhapsSigned)} hồ sơ)`;
  return `CÓ THỂ ĐÃ KÝ${what}: lần trước bị gián đoạn; ký lại đúng nội dung đó.`;
}

function block(title: string, lines: readonly string[]): string[] {
  return [`  ${title}`, ...lines.map((line) => `    ${line}`)];
}

/** Wards with names repeat across districts, so the code stands beside every ward of a facility's list. */
function wardLines(byWard: ReadonlyMap<string, number>): string[] {
  return [...byWard]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([ward, count]) => `${ward} ${wardName(ward) ?? '(ngoài thành phố)'}: ${number(count)}`);
}

import type { DoseType } from '#core/record/record';
import { districts, wardName } from '#core/record/places';
import { shortDigest } from '#core/sign/short-digest';
import type { ListStatement } from '#core/sign/statement';
import type { CheckedLeaf } from '../signing/check-leaf.ts';
import type { Earlier, Sequel } from '../signing/resume.ts';
import type { Tally } from '../signing/tally.ts';

/** What the signer reads before signing. All of it comes from the bytes that are signed and the records that give their root. */
export type Summary = {
  readonly statement: ListStatement;
  readonly statementDigest: Uint8Array;
  readonly tally: Tally;
  readonly sample: readonly CheckedLeaf[];
  readonly sequel: Sequel;
  readonly earlier: Earlier;
};

const doseNames: Record<DoseType, string> = {
  primary: 'cơ bản',
  additional: 'bổ sung',
  booster1: 'nhắc lần 1',
  booster2: 'nhắc lần 2',
};

const sequelTexts: Record<Sequel, string> = {
  'first-here': 'danh sách đầu tiên được ký trên máy này',
  next: 'nối tiếp danh sách máy này đã ký',
  gap: 'LƯU Ý: giữa hai lần ký trên máy này, đơn vị đã ký danh sách khác ở máy khác',
};

export function summaryText({ statement, statementDigest, tally, sample, sequel, earlier }: Summary): string {
  const kind = statement.kind === 'district' ? 'quận/huyện' : 'cơ sở tiêm';
  return [
    '',
    `Ký toàn bộ danh sách (${number(tally.count)} hồ sơ)`,
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
    '  Theo phường/xã nơi ở:',
    ...wardLines(tally.byWard),
    `  Mẫu ngẫu nhiên (${sample.length}):`,
    ...sample.map((leaf) => `    ${sampleLine(leaf)}`),
    `  Mã đối chiếu  ${shortDigest(statementDigest)}`,
    ...(earlier.intent ? ['  CÓ THỂ ĐÃ KÝ: lần trước bị gián đoạn; ký lại đúng nội dung đó.'] : []),
    '',
  ].join('\n');
}

/** Wards with names repeat across districts, so the district stands beside every ward of a facility's list. */
function wardLines(byWard: ReadonlyMap<string, number>): string[] {
  return [...byWard]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([ward, count]) => `    ${ward} ${wardName(ward) ?? '(ngoài thành phố)'}: ${number(count)}`);
}

function sampleLine({ record, opening }: CheckedLeaf): string {
  const { person, dose, residence } = record;
  const district = districts.get(residence.district)?.name ?? residence.district;
  return [
    person.name,
    day(person.birthDate),
    `${person.id.type} ${masked(opening.number)}`,
    `mũi ${dose.number} ${doseNames[dose.type]} ${day(dose.date)} ${dose.product} lô ${dose.lot ?? '–'}`,
    `cơ sở ${record.facility}`,
    `${wardName(residence.ward) ?? residence.ward}, ${district}`,
  ].join(' · ');
}

function masked(idNumber: string): string {
  return idNumber.slice(-3).padStart(idNumber.length, '*');
}

function day(date: string): string {
  return date.split('-').reverse().join('/');
}

function number(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, '.');
}

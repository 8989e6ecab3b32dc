import { REASONS, reasonTexts, whoActs, type BlockReason } from '#core/record/stage';
import type { Refused } from './refusals.ts';
import type { SignedBatch } from './sign-unit.ts';

export type Counts = {
  readonly records: number;
  readonly eligible: number;
  readonly blocked: Readonly<Partial<Record<BlockReason, number>>>;
};

/** Tables for people, on the terminal. */
export function countTable({ records, eligible, blocked }: Counts): string {
  const rows = REASONS.flatMap((reason) => {
    const count = blocked[reason];
    return count === undefined
      ? []
      : [[reasonTexts[reason].vi, reasonTexts[reason].en, String(count), whoActs[reason]]];
  });
  return table(
    ['Hồ sơ', 'records', 'n', 'ai xử lý'],
    [['Tất cả', 'all', String(records), ''], ['Đủ điều kiện ký', 'eligible', String(eligible), ''], ...rows],
  );
}

export function batchTable(batches: readonly SignedBatch[]): string {
  const rows = batches.map(({ unit, mode, count, tokenOperations, seconds }) => [
    unit,
    mode,
    String(count),
    String(tokenOperations),
    seconds.toFixed(1),
  ]);
  return table(['Đơn vị', 'kiểu', 'hồ sơ', 'thao tác token', 'giây'], rows);
}

export function refusalTable(refused: readonly Refused[]): string {
  return table(
    ['Bị từ chối', 'mã'],
    refused.map(({ what, code }) => [what, code]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) =>
    Math.max(...[head, ...rows].map((row) => (row[i] ?? '').length), title.length),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

import type { Difference, Outlier, Summary } from '../signing/summary.ts';
import { day, number } from './figures.ts';

/** What is new in a list, by this machine's own memory. */
export function differenceLines(difference: Summary['difference']): string[] {
  if (difference === null) return ['máy này chưa nhớ danh sách nào của đơn vị'];
  if (difference === 'damaged')
    return [
      'LƯU Ý: máy này không đọc được các danh sách đã nhớ, vì tệp bị hỏng (AGENT_STATE_DAMAGED):',
      'KHÔNG biết hồ sơ nào mới, hồ sơ nào thay đổi. Sau lần ký này máy nhớ lại từ đầu.',
    ];
  const { fresh, changed, same } = difference;
  return [
    `mới ${number(fresh)}, thay đổi ${number(changed)}, không đổi ${number(same)}`,
    ...changedLine(difference),
    ...(difference.complete
      ? []
      : ['LƯU Ý: máy này không nhớ đủ các danh sách trước của đơn vị; hồ sơ mới có thể đã ký ở máy khác']),
  ];
}

function changedLine({ changed, changedIndexes }: Difference): string[] {
  if (changedIndexes.length === 0) return [];
  const more = changed > changedIndexes.length ? ', …' : '';
  return [`hồ sơ thay đổi: số ${changedIndexes.map((index) => number(index + 1)).join(', ')}${more}`];
}

/** Days on which a facility gave far more doses than usual. */
export function outlierLines(outliers: readonly Outlier[], uncounted: number): string[] {
  const lines = outliers.map(
    ({ facility, date, count, usual }) =>
      `cơ sở ${facility} ngày ${day(date)}: ${number(count)} mũi (ngày thường ${number(usual)})`,
  );
  const rest =
    uncounted === 0 ? [] : [`LƯU Ý: ${number(uncounted)} hồ sơ chưa được xét, vì quá nhiều cơ sở và ngày`];
  return [...(lines.length > 0 ? lines : ['không có']), ...rest];
}

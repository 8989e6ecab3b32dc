import { Refusal } from '#core/refusal';
import type { Fate } from '../signing/door.ts';
import type { Summary } from '../signing/summary.ts';
import type { Fates } from './fates.ts';

const names: Readonly<Record<Fate, string>> = { signed: 'da-ky', skipped: 'bo-qua', failed: 'loi' };

/**
 * The records of a list that came to one end, by their numbers in it (from 1), and by nothing personal.
 * @returns CSV of one column, RFC 4180
 * @throws Refusal RECORD_UNKNOWN where there are none
 */
export function resultFile(fate: Fate, fates: Fates, { statement: { batchId, count } }: Summary) {
  const numbers: number[] = [];
  for (let index = 0; index < count; index++) if (fates.of(index) === fate) numbers.push(index + 1);
  if (numbers.length === 0) throw new Refusal('RECORD_UNKNOWN', { detail: 'no such records' });
  return { name: `${names[fate]}-${batchId}.csv`, file: ['so_ho_so', ...numbers, ''].join('\r\n') };
}

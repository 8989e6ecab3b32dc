import { foldName } from '#core/text';
import type { Records } from '../signing/door.ts';
import { recordLine, recordText } from './record-text.ts';

/** What the signer may type before the yes, to look into the list: "xem 12", "tìm nguyễn văn an", "tim 079080000001". */
export type Look = { readonly open: number } | { readonly search: string };

export const LOOK_HELP =
  'Gõ "xem <số>" để mở một hồ sơ, "tìm <họ tên hoặc số giấy tờ>" để tìm trong danh sách.';

const MOST_FOUND = 20;

/** @returns `open`: a record's number, from 1; null where the line is something else */
export function parseLook(line: string): Look | null {
  const [, word = '', rest = ''] = /^\s*(\S+)\s+(.*\S)\s*$/su.exec(line.normalize('NFC')) ?? [];
  const folded = foldName(word);
  if (folded === 'XEM' && /^[\d.]{1,20}$/.test(rest)) return { open: Number(rest.replaceAll('.', '')) };
  return folded === 'TIM' ? { search: rest } : null;
}

/**
 * Looks, and says what it saw.
 * @param count records in the list
 * @throws Refusal BATCH_CHANGED; of the API
 */
export async function lookText(look: Look, records: Records, count: number): Promise<string> {
  if ('open' in look) {
    const { open } = look;
    if (open < 1 || open > count) return `  Danh sách không có hồ sơ số ${open}.`;
    return recordText({ index: open - 1, leaf: await records.open(open - 1) });
  }
  const found = await records.search(look.search, MOST_FOUND);
  if (found.length === 0) return '  Không tìm thấy hồ sơ nào.';
  const head = found.length === MOST_FOUND ? `  ${MOST_FOUND} hồ sơ đầu tiên:` : `  ${found.length} hồ sơ:`;
  return [head, ...found.map((record) => `    ${recordLine(record)}`)].join('\n');
}

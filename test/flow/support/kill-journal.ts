import type { JournalLine } from './kill-agent.ts';

/** What an agent's journals say of themselves, read as anyone may read them. */

/** SHA-256 (base64url) of the CMS of every list that was signed. @throws Error naming the line where a signed list was to be signed again */
export function judgeListJournal(lines: readonly JournalLine[]): ReadonlySet<string> {
  const signed = new Set<string>();
  const written = new Set<string>();
  for (const [i, line] of lines.entries()) {
    const what = `${String(line['statementSha256'])} by ${String(line['signerSha256'])}`;
    if (['intent', 'result'].includes(line.type) && signed.has(what))
      throw new Error(`journal line ${i + 1}: ${line.type} of what is signed`);
    if (line.type !== 'result') continue;
    signed.add(what);
    written.add(String(line['cmsSha256']));
  }
  return written;
}

/** The signature value of every item that was signed, by index. @throws Error naming the line where a signed item was to be signed again */
export function judgeItemJournal(lines: readonly JournalLine[]): ReadonlyMap<number, Buffer> {
  const signed = new Map<number, Buffer>();
  const intended = new Set<number>();
  for (const [i, line] of lines.entries()) {
    if (line.type === 'opened') continue;
    for (const [index, value] of line['items'] as readonly [number, string][]) {
      const at = `item journal line ${i + 1}: ${line.type} of item ${index}`;
      if (signed.has(index)) throw new Error(`${at}, which is signed`);
      if (line.type === 'intents') intended.add(index);
      else if (!intended.has(index)) throw new Error(`${at}, which was not intended`);
      else signed.set(index, Buffer.from(value, 'base64'));
    }
  }
  return signed;
}
